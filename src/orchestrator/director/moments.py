"""What in a speech a face moves to: stressed words, questions, ends of sentences, pauses."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np

from avatar.types import HOP_SECONDS, Span, Speech, Word
from orchestrator.director.meanings import meanings_of
from orchestrator.director.placing import loudest_moment

QUESTION_MARKS: Final = ("?", "？", "؟", "\u037e")
SENTENCE_MARKS: Final = (".", "!", "…", "。", "！", *QUESTION_MARKS)
CLOSING_MARKS: Final = "\"'”’»)」』"
RISE_SEMITONES: Final = 3.0
RISE_END_SECONDS, RISE_BODY_SECONDS = 0.12, 0.4
FEWEST_VOICED_HOPS: Final = 5

HIGH_SEMITONES: Final = 2.5
"""Over the phrase's median pitch: from here on a stress is one of the pitch."""
PITCH_REACH_SECONDS: Final = 0.06
NEAR_SECONDS: Final = 0.3
"""A question ends with the phrase where their ends are so near."""
GAP_SECONDS: Final = 0.2
"""From here on a silence between two words begins something new."""


@dataclass(frozen=True, slots=True)
class Stress:
    """A stressed moment of strength 0..1; `high` where the pitch makes the stress."""

    at: float
    strength: float
    word: int | None
    high: bool


@dataclass(frozen=True, slots=True)
class Question:
    """The loudest moment of a question's last word, or where no words are known its end; `end` is its end."""

    at: float
    word: int | None
    end: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Between phrases, and after the last. `asked` and `ended` tell whether a question or a sentence ended there."""

    span: Span
    asked: bool
    ended: bool
    last: bool

    @property
    def seconds(self) -> float:
        return self.span.end - self.span.start


class Moments:
    """A speech, looked through once: `texts` are its words with their marks, `peaks` when each is loudest."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.words: tuple[Word, ...] = speech.transcript.words if speech.transcript else ()
        self.texts = _marked(speech)
        self.peaks = [loudest_moment(word, speech.prosody, speech.duration) for word in self.words]
        self._starts = [word.start for word in self.words]
        self._phrase_starts = [phrase.start for phrase in speech.prosody.phrases]
        self._usual_pitch: dict[int, float | None] = {}
        language = speech.transcript.language if speech.transcript else ""
        self.meant = tuple(meanings_of([word.text for word in self.words], language))
        self.stresses = self._stresses()
        self.questions = list(self._questions())
        self.pauses = list(self._pauses())
        self.strengths = {stress.word: stress.strength for stress in self.stresses if stress.word is not None}

    def word_at(self, time: float) -> int | None:
        """The index of the word that is spoken then."""
        index = bisect(self._starts, time) - 1
        return index if index >= 0 and time <= self.words[index].end else None

    def ends_sentence(self, word: int) -> bool:
        return self.texts[word].endswith(SENTENCE_MARKS)

    def opens(self, word: int) -> bool:
        """Whether a sentence begins with it, or a phrase does."""
        if word == 0 or self.ends_sentence(word - 1):
            return True
        return self.words[word].start - self.words[word - 1].end >= GAP_SECONDS

    def _stresses(self) -> list[Stress]:
        """In the order of time, one a word."""
        found: dict[int | float, Stress] = {}
        for emphasis in self.speech.prosody.emphases:
            word = self.word_at(emphasis.time)
            at = min(emphasis.time, self.speech.duration) if word is None else self.peaks[word]
            stress = Stress(at, emphasis.strength, word, self._is_high(emphasis.time))
            key = at if word is None else word
            if key not in found or found[key].strength < stress.strength:
                found[key] = stress
        return sorted(found.values(), key=lambda stress: stress.at)

    def _is_high(self, time: float) -> bool:
        number = bisect(self._phrase_starts, time) - 1
        if number < 0:
            return False
        phrase = self.speech.prosody.phrases[number]
        own = _median_pitch(self.speech, Span(time - PITCH_REACH_SECONDS, time + PITCH_REACH_SECONDS), fewest=1)
        if number not in self._usual_pitch:
            self._usual_pitch[number] = _median_pitch(self.speech, phrase)
        usual = self._usual_pitch[number]
        return own is not None and usual is not None and 12.0 * np.log2(own / usual) >= HIGH_SEMITONES

    def _questions(self) -> Iterator[Question]:
        """By the marks of the transcript, or where it has none by a voice that rises."""
        if any(text.endswith(SENTENCE_MARKS) for text in self.texts):
            for i, text in enumerate(self.texts):
                if text.endswith(QUESTION_MARKS):
                    yield Question(self.peaks[i], i, self.words[i].end)
        else:
            for phrase in self.speech.prosody.phrases:
                if _rises(self.speech, phrase):
                    end = min(phrase.end, self.speech.duration)
                    yield Question(end, None, end)

    def _pauses(self) -> Iterator[Pause]:
        phrases = self.speech.prosody.phrases
        starts = [phrase.start for phrase in phrases[1:]] + [self.speech.duration]
        asked = [question.end for question in self.questions]
        for number, (phrase, start) in enumerate(zip(phrases, starts, strict=True)):
            before = bisect(self._starts, phrase.end) - 1
            near = bisect(asked, phrase.end + NEAR_SECONDS) - 1
            yield Pause(
                Span(phrase.end, start),
                asked=near >= 0 and asked[near] >= phrase.end - NEAR_SECONDS,
                ended=before >= 0 and self.ends_sentence(before),
                last=number + 1 == len(phrases),
            )


def _marked(speech: Speech) -> list[str]:
    """The words with the marks after them, which some engines leave in the text alone."""
    if speech.transcript is None:
        return []
    text, place, found = speech.transcript.text, 0, []
    for word in speech.transcript.words:
        bare = word.text.strip()
        at = text.find(bare, place)
        marks = ""
        if at >= 0:
            place = at + len(bare)
            marks = "".join(takewhile(lambda c: not c.isalnum() and not c.isspace(), text[place:]))
        found.append((bare + marks).strip(CLOSING_MARKS))
    return found


def _median_pitch(speech: Speech, span: Span, fewest: int = FEWEST_VOICED_HOPS) -> float | None:
    f0 = speech.prosody.f0_hz[max(round(span.start / HOP_SECONDS), 0) : round(span.end / HOP_SECONDS) + 1]
    voiced = f0[f0 > 0.0]
    return float(np.median(voiced)) if len(voiced) >= fewest else None


def _rises(speech: Speech, phrase: Span) -> bool:
    first = max(phrase.start, phrase.end - RISE_BODY_SECONDS - RISE_END_SECONDS)
    f0 = speech.prosody.f0_hz[round(first / HOP_SECONDS) : round(phrase.end / HOP_SECONDS)]
    split = max(len(f0) - round(RISE_END_SECONDS / HOP_SECONDS), 0)
    body, end = (part[part > 0.0] for part in (f0[:split], f0[split:]))
    if min(len(body), len(end)) < FEWEST_VOICED_HOPS:
        return False
    return bool(12.0 * np.log2(np.median(end) / np.median(body)) >= RISE_SEMITONES)

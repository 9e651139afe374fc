"""Feelings that come up in the face: at words that name one, and where the mood changes."""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from audio_processor.lexicon.entries import Kind
from audio_processor.word_emotion import felt_words, lexicon_of
from avatar.performance import Action, Cue
from avatar.types import EmotionLabel, TimedEmotion
from orchestrator.director.meanings import Meaning
from orchestrator.director.moments import Moments
from orchestrator.director.moods import LEAST_CONFIDENCE
from orchestrator.director.thinning import Idea
from orchestrator.director.variety import Variety

FACES: Final[Mapping[Kind, tuple[tuple[Action, float, float], ...]]] = {
    "happy": (("smile", 0.4, 1.5),),
    "good": (("smile", 0.25, 1.3),),
    "sad": (("frown", 0.2, 1.2),),
    "angry": (("frown", 0.4, 1.0),),
    "fearful": (("eyes_wide", 0.35, 0.9),),
    "disgusted": (("squint", 0.4, 0.9),),
    "surprised": (("eyes_wide", 0.4, 0.8), ("brow_raise", 0.45, 0.8)),
    "bad": (("frown", 0.25, 0.9),),
}
"""Action, intensity and seconds of what a word of that feeling does to the face."""

PLEASANT: Final = ("happy", "good")
UNPLEASANT: Final = ("sad", "angry", "fearful", "disgusted", "bad")
"""The ones are not played in a mood of the others."""

COURTESIES: Final[tuple[Meaning, ...]] = ("greeting", "thanks", "parting")
"""These have a face of their own: nobody is sad about a goodbye."""

WORD_WEIGHT: Final = 0.5
ONSET_WEIGHT: Final = 0.6
ONSET_SECONDS: Final = 2.5
"""A change of mood comes up on a stress that follows so soon."""
LEAST_DEGREE: Final = 0.7
"""Weight of a word of feeling, 1 for a plain one, under which it leaves the face alone."""


def feeling_ideas(moments: Moments, variety: Variety, emotions: Sequence[TimedEmotion]) -> Iterator[Idea]:
    """What words of feeling do to the face, as far as it fits the mood, and what a new mood does."""
    yield from _words(moments, variety, emotions)
    yield from _onsets(moments, variety, emotions)


def _words(moments: Moments, variety: Variety, emotions: Sequence[TimedEmotion]) -> Iterator[Idea]:
    transcript = moments.speech.transcript
    lexicon = lexicon_of(transcript.language) if transcript else None
    if lexicon is None:
        return
    courtesies = {
        i for meant in moments.meant if meant.meaning in COURTESIES for i in range(meant.first, meant.last + 1)
    }
    for felt in felt_words(moments.words, lexicon):
        word = moments.word_at(felt.time)
        if (
            word is None
            or word in courtesies
            or felt.weight < LEAST_DEGREE
            or not _fits(felt.kind, mood_at(emotions, felt.time))
        ):
            continue
        strength = moments.strengths.get(word, 0.0)
        yield from _faces(felt.kind, moments.peaks[word], word, WORD_WEIGHT + 0.4 * strength, variety)


def _onsets(moments: Moments, variety: Variety, emotions: Sequence[TimedEmotion]) -> Iterator[Idea]:
    stresses = moments.stresses
    times = [stress.at for stress in stresses]
    before: EmotionLabel = "neutral"
    for timed in emotions:
        label = timed.emotion.label if timed.emotion.confidence >= LEAST_CONFIDENCE else "neutral"
        place = bisect(times, timed.span.start)
        if label not in (before, "neutral") and place < len(times):
            stress = stresses[place]
            if stress.at <= min(timed.span.start + ONSET_SECONDS, timed.span.end):
                weight = ONSET_WEIGHT + 0.3 * timed.emotion.confidence
                yield from _faces(label, stress.at, stress.word, weight, variety)
        before = label


def mood_at(emotions: Sequence[TimedEmotion], time: float) -> EmotionLabel:
    """The emotion of that moment where it is sure enough to show, else `neutral`."""
    for timed in emotions:
        if timed.span.start <= time < timed.span.end and timed.emotion.confidence >= LEAST_CONFIDENCE:
            return timed.emotion.label
    return "neutral"


def _fits(kind: Kind, mood: EmotionLabel) -> bool:
    return not (kind in PLEASANT and mood in UNPLEASANT) and not (kind in UNPLEASANT and mood in PLEASANT)


def _faces(kind: Kind, at: float, word: int | None, weight: float, variety: Variety) -> Iterator[Idea]:
    for action, intensity, seconds in FACES.get(kind, ()):
        cue = Cue(
            action=action,
            at=at,
            word=word,
            intensity=variety.around(intensity, f"feeling {action}", at),
            duration=variety.around(seconds, f"feeling {action} length", at),
        )
        yield Idea(cue, min(weight, 1.0))

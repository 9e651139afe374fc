"""What a language model is told of a stretch of speech: words with their times, and how they are said.

Times are seconds from the start of what the stretch hears. Whatever a person has said or written is plain text on one
line without angle brackets, so that it cannot end the block that it stands in.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from math import log
from typing import Final, NamedTuple

import numpy as np

from avatar.types import HOP_SECONDS, Emphasis, Floats, Prosody, Span, Speech, TimedEmotion, Transcript, Word
from orchestrator.director.stretches import Stretch

STRESS_MARKS: Final = ((0.75, "***"), (0.45, "**"), (0.15, "*"))
"""From which strength on a stress has which mark."""
STRESS_REACH_SECONDS: Final = 0.08

SHORTEST_PAUSE_SECONDS: Final = 0.15
LOUDER_DB: Final = 2.5
HIGHER_SEMITONES: Final = 1.5
MOVING_SEMITONES: Final = 2.0
"""From here on the pitch of a phrase rises or falls."""
FASTER: Final = 1.2
FEWEST_VOICED_HOPS: Final = 12
LONGEST_WORD: Final = 40
LEAST_SURE: Final = 0.15


def plain(text: str, most: int) -> str:
    """The text on one line, without control characters and angle brackets, and no longer than that."""
    letters = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * most])
    return " ".join(letters.replace("<", "‹").replace(">", "›").split())[:most]


class Usual(NamedTuple):
    """What phrases are told against: mean level in dB and syllables a second of speech, median pitch in Hz or 0."""

    level_db: float
    pitch_hz: float
    rate: float


def usual(prosody: Prosody) -> Usual:
    """Of the whole sound."""
    voiced = prosody.f0_hz[prosody.f0_hz > 0.0]
    level = float(prosody.loudness_db[prosody.speech].mean()) if prosody.speech.any() else 0.0
    return Usual(level, float(np.median(voiced)) if len(voiced) else 0.0, prosody.rate_syllables_s)


def speech_lines(stretch: Stretch, speech: Speech, norm: Usual) -> list[str]:
    """A line for each phrase, with its words where they are known, and for each pause."""
    prosody = speech.prosody
    first = bisect(prosody.phrases, stretch.heard.start, key=lambda phrase: phrase.end)
    last = bisect_left(prosody.phrases, stretch.heard.end, key=lambda phrase: phrase.start)
    heard = list(enumerate(prosody.phrases))[first:last]
    words = _marked_words(stretch, speech)
    lines: list[str] = []
    ended: float | None = None
    for index, phrase in heard:
        if ended is not None and phrase.start - ended >= SHORTEST_PAUSE_SECONDS:
            lines.append(f"(pause {phrase.start - ended:.1f} s)")
        ended = phrase.end
        how = [*_manner(phrase, prosody, norm), *_voice(index, prosody)]
        lines.append(f"[{_times(phrase, stretch)}{''.join(f', {word}' for word in how)}]")
        lines[-1] += f" {words.get(index) or _stresses(phrase, stretch, prosody)}".rstrip()
    return lines


def voice_line(norm: Usual, voices: int) -> str:
    """The speaker's own measure."""
    told = [f"{norm.rate:.1f} syllables a second"]
    if norm.pitch_hz:
        told.append(f"pitch about {norm.pitch_hz:.0f} Hz")
    if voices > 1:
        told.append(f"{voices} voices; the face is that of all of them")
    return ", ".join(told)


def emotion_lines(stretch: Stretch, emotions: Sequence[TimedEmotion]) -> list[str]:
    """How the speaker seems to feel, over time; stretches of one label are one."""
    lines: list[str] = []
    runs: list[list[TimedEmotion]] = []
    for timed in emotions:
        if not _meet(timed.span, stretch.heard):
            continue
        if runs and runs[-1][-1].emotion.label == timed.emotion.label:
            runs[-1].append(timed)
        else:
            runs.append([timed])
    for run in runs:
        span = Span(run[0].span.start, run[-1].span.end)
        valence, arousal, sure = (
            sum(getattr(timed.emotion, name) for timed in run) / len(run)
            for name in ("valence", "arousal", "confidence")
        )
        label = run[0].emotion.label if sure >= LEAST_SURE else "neutral"
        lines.append(f"{_times(span, stretch)} {label} {sure:.1f}, valence {valence:+.1f}, arousal {arousal:+.1f}")
    return lines


def _marked_words(stretch: Stretch, speech: Speech) -> dict[int, str]:
    """For each phrase its words: `index@time word` with marks of stress and punctuation."""
    transcript = speech.transcript
    if transcript is None or not stretch.words:
        return {}
    starts = [phrase.start for phrase in speech.prosody.phrases]
    texts = _punctuated(transcript)
    words = [transcript.words[place] for place in stretch.words]
    marks = _stress_marks(words, speech.prosody.emphases)
    lines: dict[int, list[str]] = {}
    for index, (word, mark) in enumerate(zip(words, marks, strict=True)):
        phrase = max(bisect(starts, (word.start + word.end) / 2) - 1, 0)
        at = max(word.start - stretch.begin, 0.0)
        shown = f"{index}@{at:.1f} {plain(texts[stretch.words[index]], LONGEST_WORD)}{mark}"
        lines.setdefault(phrase, []).append(shown)
    return {phrase: " ".join(found) for phrase, found in lines.items()}


def _punctuated(transcript: Transcript) -> list[str]:
    """The words with their marks, which some engines leave in the text alone."""
    tokens = transcript.text.split()
    return tokens if len(tokens) == len(transcript.words) else [word.text for word in transcript.words]


def _stress_marks(words: Sequence[Word], emphases: Sequence[Emphasis]) -> Iterator[str]:
    """For each word the mark of the strongest stress in it."""
    times = [emphasis.time for emphasis in emphases]
    for word in words:
        inside = emphases[bisect(times, word.start - STRESS_REACH_SECONDS) : bisect(times, word.end)]
        yield _mark(max((emphasis.strength for emphasis in inside), default=0.0))


def _mark(strength: float) -> str:
    return next((mark for least, mark in STRESS_MARKS if strength >= least), "")


def _stresses(phrase: Span, stretch: Stretch, prosody: Prosody) -> str:
    inside: list[Emphasis] = [e for e in prosody.emphases if phrase.start <= e.time <= phrase.end]
    told = [f"{e.time - stretch.begin:.1f}{_mark(e.strength)}" for e in inside if _mark(e.strength)]
    return f"stress at {', '.join(told)}" if told else ""


def _voice(index: int, prosody: Prosody) -> list[str]:
    return [f"voice {prosody.speakers[index]}"] if prosody.voices > 1 and index < len(prosody.speakers) else []


def _manner(phrase: Span, prosody: Prosody, norm: Usual) -> Iterator[str]:
    """In what the phrase differs from the rest: level, pitch, melody, rate."""
    window = slice(round(phrase.start / HOP_SECONDS), max(round(phrase.end / HOP_SECONDS), 1))
    spoken = prosody.speech[window]
    levels = prosody.loudness_db[window][spoken]
    if len(levels):
        yield from _differs(float(levels.mean()) - norm.level_db, LOUDER_DB, "louder", "quieter")
    pitch = _semitones(prosody.f0_hz[window], norm)
    if len(pitch) >= FEWEST_VOICED_HOPS:
        yield from _differs(float(np.median(pitch)), HIGHER_SEMITONES, "higher", "lower")
        third = len(pitch) // 3
        moved = float(np.median(pitch[-third:]) - np.median(pitch[:third]))
        yield from _differs(moved, MOVING_SEMITONES, "pitch rises", "pitch falls")
    rates = prosody.rates[window]
    rates = rates[rates > 0.0]
    if len(rates) and norm.rate > 0.0:
        yield from _differs(log(float(rates.mean()) / norm.rate), log(FASTER), "faster", "slower")


def _differs(value: float, least: float, more: str, less: str) -> Iterator[str]:
    if abs(value) >= least:
        yield more if value > 0.0 else less


def _semitones(f0_hz: Floats, norm: Usual) -> Floats:
    """Of the voiced hops, over the speaker's usual pitch."""
    voiced = f0_hz[f0_hz > 0.0]
    return np.asarray(12.0 * np.log2(voiced / norm.pitch_hz), np.float32) if len(voiced) else voiced


def _meet(span: Span, other: Span) -> bool:
    return span.start < other.end and span.end > other.start


def _times(span: Span, stretch: Stretch) -> str:
    start, end = (min(max(at, stretch.heard.start), stretch.heard.end) - stretch.begin for at in span)
    return f"{start:.1f}-{end:.1f}"

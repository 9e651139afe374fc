"""When each word of a given transcript is said, without any model file.

The words are spoken by espeak-ng, whose times are known; dynamic time warping matches that sound with the recording.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.alignment.cepstra import cepstra, comparable
from audio_processor.alignment.scripts import language_of
from audio_processor.alignment.warping import warp
from audio_processor.captions.given import GivenTranscript, check_fits
from audio_processor.decode import decode_audio
from audio_processor.tracks import SoundTracks, measure
from audio_processor.tts import SpokenText, speak
from audio_processor.vad import speech_mask
from avatar.errors import InputError
from avatar.types import HOP_SECONDS, AudioClip, Floats, Span, Transcript, Word

ALIGNED_SOURCE: Final = "aligned"

ONSET_LEAD_SECONDS: Final = 0.01
"""What the path is late by, on speech whose times are known."""

LEAST_WORD_SECONDS: Final = 0.03
PAUSE_FRAMES: Final = 8
SNAP_FRAMES: Final = 5
"""A word that the path begins so near a pause of the recording begins after it."""

SURE_RATIO: Final = 0.55
CHANCE_RATIO: Final = 0.95
"""Distance along the path over that of frames paired by chance: of the same words, and of other ones."""

MOST_TIMES_SLOWER: Final = 4.0
"""espeak-ng takes 160 words a minute; nobody speaks so many times as fast."""

CHANCE_PAIRS: Final = 4000
MAX_SPOKEN_MINUTES: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Voice:
    """The frames of a sound in which somebody speaks: their indexes (n,), and what is compared (n, 26)."""

    frames: NDArray[np.int64]
    features: Floats

    def between(self, start: float, end: float) -> slice:
        first, last = np.searchsorted(self.frames, (round(start / HOP_SECONDS), round(end / HOP_SECONDS)))
        return slice(int(first), int(last))


def align(
    given: GivenTranscript,
    clip: AudioClip,
    *,
    language: str | None = None,
    default_language: str = "en",
    tracks: SoundTracks | None = None,
    check: Callable[[], None] = lambda: None,
) -> Transcript:
    """The words of `given` with their times in `clip`; those of captions stay inside their cues.

    `language` is one that espeak-ng speaks; where it is None it is told by the script, else `default_language`.
    `tracks` are the clip's curves, measured here where they are None.

    Raises `InputError` for a transcript that is too long for the sound or whose language is unknown,
    `SynthesisError`, `DiskSpaceError`.
    """
    check_fits(given, clip.duration)
    with TemporaryDirectory(prefix="avatar-align-") as folder:
        tongue = language or language_of(given.text) or default_language
        spoken = speak(given.text, language=tongue, folder=Path(folder))
        check()
        ours = _spoken_voice(spoken, Path(folder), check)
    theirs = _recorded_voice(clip, tracks or measure(clip.samples, check=check), check)
    _check_pace(given, ours, theirs, clip)
    chance = _chance_distance(theirs.features, ours.features)
    words: list[Word] = []
    for part, span in _parts(given, spoken.words, clip.duration):
        check()
        words += _placed(part, span, ours, theirs, chance, check)
    return Transcript(given.text, spoken.language, tuple(words), ALIGNED_SOURCE)


def _spoken_voice(spoken: SpokenText, folder: Path, check: Callable[[], None]) -> _Voice:
    sound = decode_audio(
        spoken.path, folder, max_minutes=MAX_SPOKEN_MINUTES, max_megabytes=float("inf"), check=check
    ).samples
    found = cepstra(sound, check=check)
    mask = np.zeros(len(found), np.bool_)
    for phoneme in spoken.phonemes:
        if phoneme.symbol:
            first = round(phoneme.start / HOP_SECONDS)
            mask[first : max(first + 1, round(phoneme.end / HOP_SECONDS))] = True
    return _voice(found, mask)


def _recorded_voice(clip: AudioClip, tracks: SoundTracks, check: Callable[[], None]) -> _Voice:
    return _voice(cepstra(clip.samples, check=check), speech_mask(tracks))


def _voice(found: Floats, mask: NDArray[np.bool_]) -> _Voice:
    """All frames where no speech is noticed."""
    frames = np.flatnonzero(mask) if mask.any() else np.arange(len(found))
    return _Voice(frames, comparable(found[frames]))


def _check_pace(given: GivenTranscript, ours: _Voice, theirs: _Voice, clip: AudioClip) -> None:
    spoken, heard = len(ours.frames) * HOP_SECONDS, len(theirs.frames) * HOP_SECONDS
    if spoken > MOST_TIMES_SLOWER * heard:
        raise InputError(
            f"The transcript is too long for the sound: saying '{given.text[:30].strip()}…' takes about "
            f"{spoken:.0f} s, and in {clip.duration:.0f} s of sound there are {heard:.1f} s of speech.",
            cure="Give the transcript of this sound.",
        )


def _chance_distance(one: Floats, other: Floats) -> float:
    random = np.random.default_rng(0)
    pairs = (one[random.integers(len(one), size=CHANCE_PAIRS)], other[random.integers(len(other), size=CHANCE_PAIRS)])
    return float(np.linalg.norm(pairs[0] - pairs[1], axis=1).mean())


def _parts(given: GivenTranscript, words: Sequence[Word], duration: float) -> Iterator[tuple[Sequence[Word], Span]]:
    """The words of each cue, and the time that they have; all words and the whole sound without cues."""
    if not given.cues:
        yield words, Span(0.0, duration)
        return
    at = 0
    for cue in given.cues:
        letters = _letters(cue.text)
        first = at
        while at < len(words) and letters > 0:
            letters -= _letters(words[at].text)
            at += 1
        if at > first:
            yield words[first:at], Span(min(cue.start, duration), min(cue.end, duration))


def _letters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def _placed(
    words: Sequence[Word], span: Span, ours: _Voice, theirs: _Voice, chance: float, check: Callable[[], None]
) -> list[Word]:
    """The words, spoken in `ours`, at their times in `theirs`, inside `span`."""
    rows = theirs.between(span.start, span.end)
    spoken = ours.between(words[0].start, words[-1].end)
    frames, features = theirs.frames[rows], theirs.features[rows]
    said = ours.features[spoken]
    if len(frames) < 2 or len(said) < 2:
        return _shared(words, span)
    path, distances = warp(features, _stretched(said, len(frames)), check=check)
    scale = (len(frames) - 1) / (len(said) - 1)
    own = ours.frames[spoken]
    starts = [_row(path, np.searchsorted(own, word.start / HOP_SECONDS) * scale) for word in words]
    snapped = _after_pauses(np.array(starts), frames)
    return _timed(words, snapped, frames, distances / chance, span)


def _stretched(features: Floats, count: int) -> Floats:
    """The frames (m, k) at `count` even steps, so that the straight way is that of an even pace."""
    at = np.linspace(0, len(features) - 1, count)
    low = np.minimum(at.astype(np.int64), len(features) - 2)
    share = (at - low)[:, None].astype(np.float32)
    return np.asarray(features[low] * (1 - share) + features[low + 1] * share, np.float32)


def _row(path: NDArray[np.int32], column: float) -> int:
    return min(int(np.searchsorted(path, column)), len(path) - 1)


def _after_pauses(rows: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows that lie a few frames beside a pause of the recording are moved to its end."""
    ends = np.flatnonzero(np.diff(frames) > PAUSE_FRAMES) + 1
    moved = rows.copy()
    for end in ends:
        near = int(np.argmin(np.abs(rows - end)))
        if abs(int(rows[near]) - int(end)) <= SNAP_FRAMES:
            moved[near] = end
    return np.maximum.accumulate(moved)


def _timed(
    words: Sequence[Word], rows: NDArray[np.int64], frames: NDArray[np.int64], ratios: Floats, span: Span
) -> list[Word]:
    placed: list[Word] = []
    clock = span.start
    for i, word in enumerate(words):
        first = int(rows[i])
        last = int(rows[i + 1]) if i + 1 < len(words) else len(frames)
        start = max(clock, min(frames[first] * HOP_SECONDS - ONSET_LEAD_SECONDS, span.end - LEAST_WORD_SECONDS))
        run = frames[first : max(last, first + 1)]
        pauses = np.flatnonzero(np.diff(run) > PAUSE_FRAMES)
        spoken = run[pauses[-1]] if len(pauses) and len(run) - pauses[-1] <= SNAP_FRAMES else run[-1]
        end = min(max(start + LEAST_WORD_SECONDS, float(spoken + 1) * HOP_SECONDS - ONSET_LEAD_SECONDS), span.end)
        end = max(end, start)
        ratio = float(ratios[first : max(last, first + 1)].mean())
        confidence = float(np.clip((CHANCE_RATIO - ratio) / (CHANCE_RATIO - SURE_RATIO), 0.0, 1.0))
        placed.append(Word(word.text, round(start, 3), round(end, 3), round(confidence, 3)))
        clock = end
    return placed


def _shared(words: Sequence[Word], span: Span) -> list[Word]:
    """Where nothing can be compared the words share the time by their letters, without confidence."""
    total = sum(len(word.text) for word in words)
    shared: list[Word] = []
    start = span.start
    for word in words:
        end = start + (span.end - span.start) * len(word.text) / total
        shared.append(Word(word.text, round(start, 3), round(end, 3), 0.0))
        start = end
    return shared

"""Lips heard in a recording, steered by the words that are known to be said in it.

espeak-ng tells which sounds the words have and how long each usually is; within the time of its word each sound is
moved to where the lips that were heard fit it best (a monotonic alignment, found by dynamic programming).
"""

import tempfile
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.articulation import articulation, letters
from audio_processor.curves import smooth
from audio_processor.phonemes import LEAD_SECONDS, viseme_track
from audio_processor.tts import MAX_CHARACTERS, Phoneme, SpokenText, languages, speak
from avatar.blendshapes import VISEME_INDEX
from avatar.errors import InputError, SynthesisError
from avatar.types import HOP_SECONDS, Floats, Transcript, VisemeTrack, Word

TEXT_SHARE: Final = 0.5
"""Weight of the words' lips against those heard, for a word that is sure."""

LEAST_CONFIDENCE: Final = 0.3
"""A word less sure than this does not steer."""

FADE_SECONDS: Final = 0.03
SPEAK_CHARACTERS: Final = MAX_CHARACTERS // 20
"""So much of the text is spoken at a time."""

LEAST_EVIDENCE: Final = 0.02
DURATION_WEIGHT: Final = 0.35
"""Of a place's distance from the usual one, in standard deviations, squared, against a frame's log-probability."""

DURATION_SPREAD: Final = 0.35
"""Standard deviation of a sound's edge around the usual place, as a share of the word's mean sound."""


class _Known(NamedTuple):
    """A word of the transcript with its sounds as the synthesiser times them."""

    word: Word
    phonemes: tuple[Phoneme, ...]


def steered(track: VisemeTrack, transcript: Transcript, *, check: Callable[[], None] = lambda: None) -> VisemeTrack:
    """`track` (n,) of a recording, drawn to the sounds of the words in `transcript`, inside their times alone.

    Where the words have no times, or nobody here can speak their language, it is `track` itself. What `check` raises
    ends the work.
    """
    words = [word for word in transcript.words if word.end > word.start and word.confidence >= LEAST_CONFIDENCE]
    if not words:
        return track
    known = _with_sounds(words, transcript.language, check)
    if not known:
        return track
    phonemes = tuple(sound for item in known for sound in _fitted(item, track))
    wanted = viseme_track(phonemes, len(track.opening))
    return _blended(track, wanted, _weights(known, len(track.opening)))


def _with_sounds(words: Sequence[Word], language: str, check: Callable[[], None]) -> list[_Known]:
    code = language.lower().replace("_", "-")
    if not code or code.partition("-")[0] not in {known.partition("-")[0] for known in languages()}:
        return []
    known: list[_Known] = []
    for part in _parts(words):
        check()
        known += _sounds_of(part, code)
    return known


def _parts(words: Sequence[Word]) -> list[list[Word]]:
    parts: list[list[Word]] = [[]]
    size = 0
    for word in words:
        if size > SPEAK_CHARACTERS:
            parts.append([])
            size = 0
        parts[-1].append(word)
        size += len(word.text) + 1
    return parts


def _sounds_of(words: list[Word], code: str) -> list[_Known]:
    """The words with their sounds; none where espeak-ng cannot say them."""
    text = " ".join(word.text.strip() for word in words)
    try:
        with tempfile.TemporaryDirectory() as folder:
            spoken = speak(text, language=code, folder=Path(folder))
    except (InputError, SynthesisError):
        return []
    edges = np.cumsum([0, *(len(word.text.strip()) + 1 for word in words)]).astype(float)
    times = _times_at(spoken, edges)
    starts = [0.5 * (sound.start + sound.end) for sound in spoken.phonemes]
    found = []
    for word, begin, end in zip(words, times[:-1], times[1:], strict=True):
        inside = spoken.phonemes[bisect_left(starts, begin) : bisect_left(starts, end)]
        sounds = tuple(sound for sound in inside if letters(sound.symbol))
        if sounds:
            found.append(_Known(word, sounds))
    return found


def _times_at(spoken: SpokenText, characters: NDArray[np.float64]) -> list[float]:
    """When espeak-ng reaches characters of the text, whose words it may have cut in another way."""
    places, times = [0.0], [0.0]
    at = 0
    for word in spoken.words:
        at = max(at, spoken.text.find(word.text.split()[0], at))
        places += [float(at), float(at + len(word.text)) + 0.999]
        times += [word.start, word.end]
        at += len(word.text)
    found: list[float] = np.interp(characters, places, np.maximum.accumulate(times)).tolist()
    return found


def _fitted(known: _Known, track: VisemeTrack) -> list[Phoneme]:
    """The word's sounds within its time in the recording."""
    word, sounds = known
    first, last = round(word.start / HOP_SECONDS), round(word.end / HOP_SECONDS)
    lead = round(LEAD_SECONDS / HOP_SECONDS)
    heard = track.probabilities[max(0, first - lead) : max(0, last - lead)]
    lengths = np.array([sound.end - sound.start for sound in sounds])
    usual = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum() * (last - first)
    edges = usual if len(heard) < 2 * len(sounds) else _aligned(heard, _visemes(sounds), usual)
    times = word.start + edges * HOP_SECONDS
    return [Phoneme(s.symbol, float(a), float(b)) for s, a, b in zip(sounds, times[:-1], times[1:], strict=True)]


def _visemes(sounds: Sequence[Phoneme]) -> list[int]:
    return [VISEME_INDEX[articulation(letters(sound.symbol)[0].letter).viseme] for sound in sounds]


def _aligned(heard: Floats, visemes: Sequence[int], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges (k + 1,) in frames of k sounds over the word's frames (n, 15): best sum of evidence and usual length."""
    frames, count = len(heard), len(visemes)
    evidence = np.log(np.maximum(heard[:, visemes], LEAST_EVIDENCE))
    totals = np.concatenate([np.zeros((1, count)), np.cumsum(evidence, axis=0)])
    spread = DURATION_SPREAD * frames / count
    at = np.arange(frames + 1)
    best = np.where(at == 0, 0.0, -np.inf)
    came: list[NDArray[np.intp]] = []
    for sound in range(count):
        open_sum = best - totals[:, sound]
        reached = np.maximum.accumulate(open_sum)
        came.append(np.maximum.accumulate(np.where(open_sum >= reached, at, 0)))
        late = (at - usual[sound + 1]) / spread
        best = np.full(frames + 1, -np.inf)
        best[1:] = reached[:-1] + totals[1:, sound]
        best -= DURATION_WEIGHT * np.square(late) * frames / count
        if sound == count - 1:
            best[:-1] = -np.inf
    edges = [frames]
    for sound in reversed(range(count)):
        edges.append(int(came[sound][edges[-1] - 1]))
    return np.array(edges[::-1], np.float64)


def _weights(known: Sequence[_Known], frames: int) -> Floats:
    weights = np.zeros(frames, np.float32)
    for word, _ in known:
        first, last = round((word.start - LEAD_SECONDS) / HOP_SECONDS), round((word.end - LEAD_SECONDS) / HOP_SECONDS)
        weights[max(0, first) : max(0, last)] = TEXT_SHARE * min(1.0, word.confidence)
    return smooth(weights, FADE_SECONDS)


def _blended(heard: VisemeTrack, wanted: VisemeTrack, weights: Floats) -> VisemeTrack:
    def mixed(one: Floats, other: Floats) -> Floats:
        share = weights[:, None] if one.ndim > 1 else weights
        result: Floats = one + share * (other - one)
        return result

    closure = np.maximum(mixed(heard.closure, wanted.closure), np.minimum(1.0, weights / TEXT_SHARE) * wanted.closure)
    opening = mixed(heard.opening, wanted.opening) * np.clip(1.0 - 1.1 * (closure - heard.closure), 0.0, 1.0)
    return VisemeTrack(
        probabilities=mixed(heard.probabilities, wanted.probabilities),
        opening=opening.astype(np.float32),
        width=mixed(heard.width, wanted.width),
        rounding=mixed(heard.rounding, wanted.rounding),
        closure=closure.astype(np.float32),
    )

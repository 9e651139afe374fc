"""Speech made up from numbers: syllables, phrases and pauses of a size that people talk with."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import HOP_SECONDS, Emphasis, Floats, Prosody, Span, Speech, Transcript, VisemeTrack, Word

VOWELS = {
    "aa": (0.7, 0.5, 0.0),
    "E": (0.5, 0.7, 0.0),
    "ih": (0.4, 0.8, 0.0),
    "oh": (0.3, 0.3, 0.6),
    "ou": (0.1, 0.15, 0.9),
}
"""Opening, width and rounding."""
CONSONANTS = {
    "PP": (0.0, 0.5, 0.1),
    "FF": (0.05, 0.5, 0.0),
    "DD": (0.25, 0.55, 0.0),
    "SS": (0.3, 0.65, 0.0),
    "kk": (0.3, 0.5, 0.0),
    "CH": (0.2, 0.3, 0.5),
    "nn": (0.2, 0.5, 0.0),
}
SYLLABLE_SECONDS = 0.2


def make_speech(duration: float, *, seed: int = 0) -> Speech:
    """Phrases of 1.5 to 4 s between pauses of 0.3 to 1 s, a stress about every 0.8 s, a word every two syllables."""
    random = np.random.Generator(np.random.PCG64(seed))
    n = round(duration / HOP_SECONDS)
    phrases = _phrases(duration, random)
    sounds = _sounds(phrases, n, random)
    voiced = sounds >= 0
    emphases = [Emphasis(float(t), float(random.uniform(0.3, 1.0))) for p in phrases for t in _every(0.8, p, random)]
    melody = _coarticulated(random.standard_normal(n).astype(np.float32), 15)
    f0 = np.where(voiced, 150.0 * 2.0**melody, 0.0)
    words = [Word(f"w{i}", t, t + 0.35) for i, t in enumerate(t for p in phrases for t in _every(0.4, p, random))]
    return Speech(
        duration=duration,
        prosody=Prosody(
            loudness_db=np.where(voiced, -20.0, -80.0).astype(np.float32),
            f0_hz=f0.astype(np.float32),
            speech=voiced,
            phrases=tuple(phrases),
            emphases=tuple(emphases),
            rate_syllables_s=1.0 / SYLLABLE_SECONDS,
        ),
        visemes=_visemes(sounds),
        transcript=Transcript(" ".join(w.text for w in words), "en", tuple(words), "test"),
    )


def make_tone(duration: float, opening: float, **changes: Floats) -> Speech:
    """One phrase with lips held at `opening`; `changes` replace tracks of the visemes."""
    n = round(duration / HOP_SECONDS)
    speech = make_silence(duration)
    visemes = replace(speech.visemes, opening=np.full(n, opening, np.float32))
    prosody = replace(speech.prosody, speech=np.ones(n, np.bool_), phrases=(Span(0.0, duration),))
    return replace(speech, prosody=prosody, visemes=replace(visemes, **changes))


def make_silence(duration: float) -> Speech:
    n = round(duration / HOP_SECONDS)
    zeros = np.zeros(n, np.float32)
    prosody = Prosody(np.full(n, -80.0, np.float32), zeros, np.zeros(n, np.bool_), (), (), 0.0)
    return Speech(duration, prosody, _visemes(np.full(n, -1)))


def _phrases(duration: float, random: np.random.Generator) -> list[Span]:
    phrases, at = [], 0.3
    while at + 0.5 < duration:
        end = min(at + random.uniform(1.5, 4.0), duration - 0.1)
        phrases.append(Span(float(at), float(end)))
        at = end + random.uniform(0.3, 1.0)
    return phrases


def _every(seconds: float, phrase: Span, random: np.random.Generator) -> list[float]:
    count = max(1, int((phrase.end - phrase.start) / seconds))
    return [phrase.start + seconds * (i + float(random.uniform(0.1, 0.6))) for i in range(count)]


def _sounds(phrases: list[Span], n: int, random: np.random.Generator) -> NDArray[np.int64]:
    """(n,) viseme indices: a consonant, then a vowel, in every syllable; -1 in pauses."""
    sounds = np.full(n, -1)
    for phrase in phrases:
        for start in np.arange(phrase.start, phrase.end, SYLLABLE_SECONDS):
            first, end = round(start / HOP_SECONDS), round(min(start + SYLLABLE_SECONDS, phrase.end) / HOP_SECONDS)
            sounds[first : first + 8] = VISEME_INDEX[str(random.choice(list(CONSONANTS)))]
            sounds[first + 8 : end] = VISEME_INDEX[str(random.choice(list(VOWELS)))]
            sounds[end:] = -1
    return sounds


def _visemes(sounds: NDArray[np.int64]) -> VisemeTrack:
    table = np.zeros((len(VISEMES) + 1, 3), np.float32)
    table[:, 1] = 0.5
    for name, shape in {**VOWELS, **CONSONANTS}.items():
        table[VISEME_INDEX[name]] = shape
    opening, width, rounding = (_coarticulated(column) for column in table[sounds].T)
    probabilities = np.eye(len(VISEMES), dtype=np.float32)[np.maximum(sounds, 0)]
    closure = np.isin(sounds, [VISEME_INDEX["PP"], VISEME_INDEX["FF"]]).astype(np.float32)
    return VisemeTrack(probabilities, opening, width, rounding, _coarticulated(closure, 2))


def _coarticulated(track: Floats, half: int = 3) -> Floats:
    if not len(track):
        return track
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.convolve(np.pad(track, half, mode="edge"), kernel, "valid").astype(np.float32)

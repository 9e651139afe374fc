"""How well the rate of speech is heard, and words that somebody stresses."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from audio_processor.articulation import articulation, letters
from audio_processor.detectors import SpeechDetector
from audio_processor.prosody import prosody_of
from audio_processor.tracks import measure
from audio_processor.tts import SpokenText
from avatar.types import SAMPLE_RATE_HZ, Floats, Prosody, Span
from scripts.hearing.material import CONDITIONS, TEXTS, Heard, said, spoken_material

SPEEDS: Final = (0.75, 1.0, 1.33)
"""Factors by which the recording is played faster, pitch and all."""

STRESSES: Final[Mapping[str, tuple[float, float]]] = {
    "6 dB louder": (6.0, 0.0),
    "3 semitones higher": (0.0, 3.0),
    "both": (6.0, 3.0),
}
STRESSED_TEXTS: Final = (
    ("en", None, "I think that we should buy the yellow house near the river before the summer ends."),
    ("en", "f2", "She never told me that her brother lives in another city far from here."),
    ("de", "m3", "Wir haben gestern Abend einen neuen Film über das Leben in den Bergen gesehen."),
    ("fr", "f4", "Nous partons demain matin pour visiter la vieille maison de mes parents."),
    ("es", None, "Mi hermano compró una mesa grande para la cocina de su casa nueva."),
)
LEAST_LETTERS: Final = 4
REACH_SECONDS: Final = 0.1


def prosody_heard(detector: SpeechDetector, samples: Floats) -> Prosody:
    tracks = measure(samples)
    return prosody_of(tracks, detector.mask(samples, tracks, lambda: None))


def rates(detectors: Mapping[str, SpeechDetector]) -> list[list[str]]:
    """Rows: a condition, and each detector's rate over the true one, lowest, mean and highest over the languages."""
    rows = [["condition", *(f"{name}: heard / true" for name in detectors)]]
    truths = [true_rate(said(text, language, voice)[0]) for language, voice, text in TEXTS]
    material = spoken_material()
    for condition, spoil in CONDITIONS.items():
        row = [condition]
        for detector in detectors.values():
            heard = [prosody_heard(detector, spoil(h)).rate_syllables_s for h in material]
            row.append(_spread(np.array(heard) / truths))
        rows.append(row)
    return [*rows, *(_at_speed(factor, detectors, material, truths) for factor in SPEEDS)]


def _at_speed(
    factor: float, detectors: Mapping[str, SpeechDetector], material: list[Heard], truths: list[float]
) -> list[str]:
    heard = {
        n: [prosody_heard(d, played(h.samples, factor)).rate_syllables_s for h in material]
        for n, d in detectors.items()
    }
    return [f"played {factor:g} times as fast", *(_spread(np.array(h) / truths / factor) for h in heard.values())]


def _spread(ratios: np.ndarray) -> str:
    return f"{ratios.min():.2f} / {ratios.mean():.2f} / {ratios.max():.2f}"


def true_rate(spoken: SpokenText) -> float:
    """Vowels per second of speech."""
    sounds = [sound for sound in spoken.phonemes if sound.symbol]
    vowels = sum(any(articulation(unit.letter).is_vowel for unit in letters(sound.symbol)) for sound in sounds)
    return vowels / sum(sound.end - sound.start for sound in sounds)


def played(samples: Floats, factor: float) -> Floats:
    at = np.arange(0, len(samples) - 1, factor)
    return np.asarray(np.interp(at, np.arange(len(samples)), samples), np.float32)


def stresses(detectors: Mapping[str, SpeechDetector]) -> list[list[str]]:
    """Rows: how a word is stressed, and for each detector in how many an emphasis is heard, and the strongest one."""
    rows = [["word is", *(f"{name}: {what}" for name in detectors for what in ("heard", "strongest"))]]
    for manner, (louder_db, higher) in {"as it is": (0.0, 0.0), **STRESSES}.items():
        row = [manner]
        for detector in detectors.values():
            verdicts = np.array([v for case in STRESSED_TEXTS for v in _verdicts(detector, case, louder_db, higher)])
            row += [f"{share:.0%}" for share in verdicts.mean(axis=0)]
        rows.append(row)
    return rows


def _verdicts(
    detector: SpeechDetector, case: tuple[str, str | None, str], louder_db: float, higher: float
) -> list[tuple[bool, bool]]:
    language, voice, text = case
    spoken, samples = said(text, language, voice)
    found = []
    for word in spoken.words:
        if len(word.text) >= LEAST_LETTERS:
            changed, span = stressed(samples, Span(word.start, word.end), louder_db, higher)
            found.append(_heard_at(prosody_heard(detector, changed), span))
    return found


def stressed(samples: Floats, word: Span, louder_db: float, higher_semitones: float) -> tuple[Floats, Span]:
    """The sound with one stretch louder and higher, by playing it faster, and where that stretch then lies."""
    first, last = (round(time * SAMPLE_RATE_HZ) for time in word)
    piece = played(samples[first:last], 2 ** (higher_semitones / 12)) * np.float32(10 ** (louder_db / 20))
    whole = np.concatenate([samples[:first], piece, samples[last:]])
    peak = max(1.0, float(np.abs(whole).max()))
    return (whole / peak).astype(np.float32), Span(word.start, word.start + len(piece) / SAMPLE_RATE_HZ)


def _heard_at(prosody: Prosody, span: Span) -> tuple[bool, bool]:
    inside = [span.start - REACH_SECONDS <= e.time <= span.end + REACH_SECONDS for e in prosody.emphases]
    if not any(inside):
        return False, False
    strengths = np.array([e.strength for e in prosody.emphases])
    return True, bool(inside[int(strengths.argmax())])

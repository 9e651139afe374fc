"""What a voice seems to feel, from how it speaks: louder, higher, faster and sharper than usual is aroused.

Directions of the cues: P. Juslin and P. Laukka (2003), *Communication of emotions in vocal expression and music
performance*, table 7. Their sizes are set by hand. Anger, joy, sadness and calm are told apart; fear, disgust and
surprise hardly show in these cues and get a small share.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import frames_in, smooth
from audio_processor.nuclei import syllable_nuclei
from avatar.emotions import expected, shares
from avatar.types import HOP_SECONDS, EmotionLabel, EmotionReading, Floats, Span, Speech

VOICE: Final = "voice"
WINDOW_SECONDS: Final = 2.0
LEAST_VOICED_SECONDS: Final = 0.25
VOICED_FOR_CONFIDENCE_SECONDS: Final = 0.8
BASELINE_SECONDS: Final = 20.0
"""With this much speech a voice is judged half by its own habits, half by those of people at large."""

ATTACK_BLUR_SECONDS: Final = 0.03
MOST_SPREADS: Final = 2.5
VALENCE_TRUST: Final = 0.6
"""A voice tells arousal better than valence."""


class _Cues(NamedTuple):
    """`level_db`: loud syllables. `pitch`, `range`: median, and 10th to 90th percentile, in semitones over 100 Hz.
    `rate`: syllables/s of speech. `attack`: 90th percentile of the level's rise, dB/s. `tilt_db`: median of the
    voiced frames' energy of 1 to 5 kHz over that below.
    """

    level_db: float
    pitch: float
    range: float
    rate: float
    attack: float
    tilt_db: float


PEOPLE: Final = _Cues(level_db=0.0, pitch=7.5, range=7.0, rate=4.7, attack=180.0, tilt_db=-14.0)
"""Cues of calm adult speech, men and women together; level has no meaning across recordings."""

SPREAD: Final = _Cues(level_db=5.0, pitch=5.0, range=3.5, rate=1.2, attack=45.0, tilt_db=4.0)
"""What is much for one voice."""

PEOPLE_SPREAD: Final = SPREAD._replace(pitch=8.0, tilt_db=5.0)
"""What is much among people, where a low voice may be a calm one or a man's."""

AROUSAL_WEIGHTS: Final = _Cues(level_db=0.25, pitch=0.3, range=0.1, rate=0.1, attack=0.2, tilt_db=0.3)


class _Signs(NamedTuple):
    """Evidence for a label, in nepers: `bias`, and what each cue adds for each spread that it is over the usual."""

    bias: float
    cues: _Cues


SIGNS: Final[Mapping[EmotionLabel, _Signs]] = {
    "neutral": _Signs(0.8, _Cues(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    "happy": _Signs(0.2, _Cues(level_db=0.3, pitch=0.8, range=0.4, rate=0.3, attack=0.1, tilt_db=0.2)),
    "angry": _Signs(-0.8, _Cues(level_db=0.6, pitch=0.5, range=0.1, rate=0.2, attack=0.6, tilt_db=1.0)),
    "sad": _Signs(-0.2, _Cues(level_db=-0.5, pitch=-0.5, range=-0.4, rate=-0.7, attack=-0.3, tilt_db=-0.8)),
    "fearful": _Signs(-1.0, _Cues(level_db=0.0, pitch=0.6, range=-0.3, rate=0.4, attack=0.0, tilt_db=0.1)),
    "disgusted": _Signs(-1.0, _Cues(level_db=0.0, pitch=-0.2, range=0.0, rate=-0.4, attack=0.1, tilt_db=0.2)),
    "surprised": _Signs(-1.5, _Cues(level_db=0.2, pitch=0.6, range=0.5, rate=0.1, attack=0.2, tilt_db=0.1)),
}


class _Window(NamedTuple):
    cues: _Cues
    voiced_seconds: float

    @property
    def is_heard(self) -> bool:
        return self.voiced_seconds >= LEAST_VOICED_SECONDS


def emotion_windows(speech: Speech) -> tuple[Span, ...]:
    """Stretches of about 2 s that cover the phrases, in order; none where nobody speaks."""
    windows: list[Span] = []
    for start, end in speech.prosody.phrases:
        edges = np.linspace(start, end, max(1, round((end - start) / WINDOW_SECONDS)) + 1)
        windows += [Span(float(a), float(b)) for a, b in pairwise(edges)]
    return tuple(windows)


def voice_readings(speech: Speech, windows: tuple[Span, ...]) -> tuple[EmotionReading | None, ...]:
    """What the voice says in each window; None where there is hardly any."""
    measured = _measured(speech, windows)
    heard = [window.cues for window in measured if window.is_heard]
    usual = np.mean(heard, axis=0) if heard else np.array(PEOPLE)
    seconds = sum(end - start for (start, end), window in zip(windows, measured, strict=True) if window.is_heard)
    trust = seconds / (seconds + BASELINE_SECONDS)
    return tuple(_reading(window, usual, trust) for window in measured)


def _measured(speech: Speech, windows: tuple[Span, ...]) -> list[_Window]:
    prosody = speech.prosody
    attack = np.maximum(np.diff(smooth(prosody.loudness_db, ATTACK_BLUR_SECONDS), prepend=0.0), 0.0)
    nuclei = syllable_nuclei(prosody.loudness_db, prosody.f0_hz, prosody.speech).frames
    return [_window(speech, attack, nuclei, window) for window in windows]


def _window(speech: Speech, attack: Floats, nuclei: NDArray[np.intp], span: Span) -> _Window:
    first = round(span.start / HOP_SECONDS)
    last = max(round(span.end / HOP_SECONDS), first + 1)
    at, prosody = slice(first, last), speech.prosody
    speaking, f0_hz = prosody.speech[at], prosody.f0_hz[at]
    voiced = f0_hz > 0
    if voiced.sum() < frames_in(LEAST_VOICED_SECONDS):
        return _Window(PEOPLE, float(voiced.sum()) * HOP_SECONDS)
    low, middle, high = np.percentile(12.0 * np.log2(f0_hz[voiced] / 100.0), (10, 50, 90))
    cues = _Cues(
        level_db=float(np.percentile(prosody.loudness_db[at][voiced], 80)),
        pitch=float(middle),
        range=float(high - low),
        rate=float(((nuclei >= first) & (nuclei < last)).sum() / (speaking.sum() * HOP_SECONDS)),
        attack=float(np.percentile(attack[at][speaking], 90) / HOP_SECONDS),
        tilt_db=PEOPLE.tilt_db if prosody.tilt_db is None else float(np.median(prosody.tilt_db[at][voiced])),
    )
    return _Window(cues, float(voiced.sum()) * HOP_SECONDS)


def _reading(window: _Window, usual: NDArray[np.float64], trust: float) -> EmotionReading | None:
    if not window.is_heard:
        return None
    own = (np.array(window.cues) - usual) / np.array(SPREAD)
    people = (np.array(window.cues) - np.array(PEOPLE)) / np.array(PEOPLE_SPREAD)
    people[0] = 0.0
    cues = np.clip(trust * own + (1.0 - trust) * people, -MOST_SPREADS, MOST_SPREADS)
    scores = shares({label: signs.bias + float(cues @ np.array(signs.cues)) for label, signs in SIGNS.items()})
    return EmotionReading(
        source=VOICE,
        scores=scores,
        valence=VALENCE_TRUST * expected(scores).valence,
        arousal=float(np.tanh(cues @ np.array(AROUSAL_WEIGHTS))),
        confidence=min(1.0, window.voiced_seconds / VOICED_FOR_CONFIDENCE_SECONDS),
    )

"""Cues on spoken words: they peak where the word is loudest."""

import tempfile
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.performance import Action, ControlParameters, Cue
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Speech, Word
from scripts.measuring.figures import Measurement, worst_of
from scripts.measuring.motion.cues import NEAR_SECONDS, OWN, PEAK_SECONDS
from scripts.measuring.motion.playing import FPS, played, with_cues

LOUD_SECONDS: Final = 0.02
WORDS: Final = 6
SEEDS: Final = (1, 2, 3, 4, 5)
TEXT: Final = (
    "Nobody believed that it would work. Yesterday we tried it again, and suddenly everything was different! "
    "Would you like to see the beautiful machine yourself?"
)


def measure() -> Measurement:
    """In a face that plays the default control parameters: the mean over words and seeds."""
    clip, speech = spoken()
    moments = [loudest(clip, word) for word in chosen_words(speech)]
    off: dict[str, float] = {action: peak_off(action, moments, speech) for action in OWN}
    name = f"peak off the loudest 20 ms, mean of {len(moments)} words and {len(SEEDS)} seeds"
    rows = [["action", "off, ms"], *([action, f"{1000 * seconds:.0f}"] for action, seconds in off.items())]
    return Measurement("words", (worst_of(name, off, "at most", PEAK_SECONDS, "s"),), {"cues on words": rows})


def spoken() -> tuple[AudioClip, Speech]:
    with tempfile.TemporaryDirectory(prefix="avatar-measure-") as folder:
        said = speak(TEXT, language="en-us", folder=Path(folder))
        clip = decode_audio(said.path, Path(folder), max_minutes=1.0, max_megabytes=16.0)
        return AudioClip(np.array(clip.samples), clip.source), analyse_speech(clip, said)


def chosen_words(speech: Speech) -> list[Word]:
    """The longest words that are neither first nor last."""
    words = speech.transcript.words[1:-1] if speech.transcript else ()
    return sorted(sorted(words, key=lambda word: word.start - word.end)[:WORDS], key=lambda word: word.start)


def loudest(clip: AudioClip, word: Word) -> float:
    """Middle of the word's loudest 20 ms, seconds."""
    first, last = (round(edge * SAMPLE_RATE_HZ) for edge in (word.start, word.end))
    width = round(LOUD_SECONDS * SAMPLE_RATE_HZ)
    power = np.convolve(clip.samples[first:last].astype(np.float64) ** 2, np.ones(width), "valid")
    return (first + int(np.argmax(power)) + width / 2) / SAMPLE_RATE_HZ


def peak_off(action: Action, moments: list[float], speech: Speech) -> float:
    """Seconds from the moments to the peak of the mean motion around them with a cue of full intensity."""
    take, half = OWN[action][1], round(NEAR_SECONDS * float(FPS))
    offsets = np.arange(-half, half + 1) / float(FPS)
    total = np.zeros(len(offsets))
    for seed, at in product(SEEDS, moments):
        cue = Cue(action=action, at=at, intensity=1.0, direction=1.0)
        curve = take(played(speech, with_cues([cue], ControlParameters()), seed=seed))
        total += np.interp(at + offsets, (np.arange(len(curve)) + 0.5) / float(FPS), curve)
    return float(abs(offsets[int(np.argmax(total))]))

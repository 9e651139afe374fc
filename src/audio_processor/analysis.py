"""From a sound to all that is known of it, and that to a file and back."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.curves import without_short_gaps
from audio_processor.detectors import OwnDetector, SpeechDetector
from audio_processor.phonemes import viseme_track
from audio_processor.prosody import prosody_of
from audio_processor.spoken_words import WORD_GAP_SECONDS, Phoneme
from audio_processor.steering import steered
from audio_processor.tracks import SoundTracks, measure
from audio_processor.tts import SpokenText
from audio_processor.visemes import visemes_from_sound
from avatar.arrays import opened_arrays
from avatar.files import atomic_file
from avatar.types import HOP_SECONDS, AudioClip, Emphasis, Floats, Prosody, Span, Speech, Transcript, VisemeTrack, Word

TEXT_SOURCE: Final = "text"


def analyse_speech(
    clip: AudioClip,
    spoken: SpokenText | None = None,
    *,
    detector: SpeechDetector | None = None,
    transcript: Transcript | None = None,
    tracks: SoundTracks | None = None,
    check: Callable[[], None] = lambda: None,
) -> Speech:
    """What is said in `clip` and how, and what lips do.

    Where the sound is `spoken` by us, its words and sounds are known: they give the transcript, the lips and
    the mask of speech. Otherwise all comes from the sound: `detector`, by default our own rule, finds the speech, and
    the words of a `transcript`, where there is one, steer the lips. `tracks` are the clip's curves, measured here where
    they are None. What `check`, called again and again, raises ends the work.
    """
    tracks = tracks or measure(clip.samples, check=check)
    hearer = detector or OwnDetector()
    if spoken is None:
        speech = hearer.mask(clip.samples, tracks, check)
        visemes = visemes_from_sound(clip.samples, check=check)
        if transcript is not None:
            visemes = steered(visemes, transcript, check=check)
    else:
        speech = _spoken_mask(spoken.phonemes, len(tracks.f0_hz))
        visemes = viseme_track(spoken.phonemes, len(tracks.f0_hz))
        transcript = Transcript(spoken.text, spoken.language, spoken.words, TEXT_SOURCE)
    prosody = prosody_of(tracks, speech)
    if spoken is not None:
        prosody = replace(prosody, speakers=(0,) * len(prosody.phrases))
    heard_by = hearer.name if spoken is None else TEXT_SOURCE
    return Speech(clip.duration, prosody, visemes, transcript, heard_by)


def _spoken_mask(phonemes: tuple[Phoneme, ...], frames: int) -> NDArray[np.bool_]:
    mask = np.zeros(frames, np.bool_)
    for phoneme in phonemes:
        if phoneme.symbol:
            first = round(phoneme.start / HOP_SECONDS)
            mask[first : max(first + 1, round(phoneme.end / HOP_SECONDS))] = True
    return without_short_gaps(mask, WORD_GAP_SECONDS)


def save_speech(path: Path, speech: Speech) -> None:
    """Writes an npz file of arrays and one JSON text; under a temporary name, then renamed."""
    prosody, visemes = speech.prosody, speech.visemes
    told = {
        "duration": speech.duration,
        "phrases": prosody.phrases,
        "emphases": [asdict(emphasis) for emphasis in prosody.emphases],
        "rate_syllables_s": prosody.rate_syllables_s,
        "speakers": prosody.speakers,
        "heard_by": speech.heard_by,
        "transcript": asdict(speech.transcript) if speech.transcript else None,
    }
    curves: dict[str, NDArray[Any]] = {
        "loudness_db": prosody.loudness_db,
        "f0_hz": prosody.f0_hz,
        "speech": prosody.speech,
        "rates": prosody.rates,
        **({} if prosody.tilt_db is None else {"tilt_db": prosody.tilt_db}),
        "probabilities": visemes.probabilities,
        "opening": visemes.opening,
        "width": visemes.width,
        "rounding": visemes.rounding,
        "closure": visemes.closure,
    }
    text = np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), np.uint8)
    with atomic_file(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, told=text, **curves)


def load_speech(path: Path) -> Speech:
    """What `save_speech` wrote."""
    with opened_arrays(path) as file:
        told = json.loads(file["told"].tobytes())
        return Speech(
            told["duration"], _prosody(file, told), _visemes(file), _transcript(told["transcript"]), told["heard_by"]
        )


def _prosody(file: Any, told: dict[str, Any]) -> Prosody:
    return Prosody(
        loudness_db=file["loudness_db"],
        f0_hz=file["f0_hz"],
        speech=file["speech"],
        phrases=tuple(Span(*span) for span in told["phrases"]),
        emphases=tuple(Emphasis(**emphasis) for emphasis in told["emphases"]),
        rate_syllables_s=told["rate_syllables_s"],
        rates=file["rates"],
        speakers=tuple(told["speakers"]),
        tilt_db=file.get("tilt_db"),
    )


def _visemes(file: Any) -> VisemeTrack:
    names = ("probabilities", "opening", "width", "rounding", "closure")
    curves: list[Floats] = [file[name] for name in names]
    return VisemeTrack(*curves)


def _transcript(told: dict[str, Any] | None) -> Transcript | None:
    if told is None:
        return None
    words = tuple(Word(**word) for word in told["words"])
    return Transcript(told["text"], told["language"], words, told["source"])

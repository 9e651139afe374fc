"""Real recordings, made and found: what each must give, and how close the lips come to those of people."""

import csv
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from avatar.errors import AudioError
from avatar.types import AudioClip, Floats, Speech

pytestmark = pytest.mark.samples

WITHOUT_SPEECH = {
    "made/music_like_tones_3s.wav",
    "made/silence_3s.wav",
    "made/white_noise_3s.wav",
    "made/very_short_0.1s.wav",
    "made/lead_silence_4s_then_speech.wav",
}
"""The last holds four seconds of nothing and five of the quiet room before the first word."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def decoded(path: Path, folder: Path) -> AudioClip:
    return decode_audio(path, folder, max_minutes=60, max_megabytes=512)


def test_every_recording_gives_what_its_manifest_expects(samples: Path, tmp_path: Path) -> None:
    for i, row in enumerate(rows(samples / "audio" / "manifest.csv")):
        path = samples / "audio" / row["file"]
        if row["expect"] == "refuse":
            with pytest.raises(AudioError, match=path.name):
                decoded(path, tmp_path / str(i))
            continue
        speech = analyse_speech(decoded(path, tmp_path / str(i)))
        assert speech.is_silent == (row["file"] in WITHOUT_SPEECH), row["file"]
        if row["seconds"]:
            assert speech.duration == pytest.approx(float(row["seconds"]), abs=0.1), row["file"]
        if speech.is_silent:
            assert speech.visemes.opening.mean() < 0.1, row["file"]
        else:
            assert speaks_like_a_person(speech), row["file"]


def speaks_like_a_person(speech: Speech) -> bool:
    opening = speech.visemes.opening[speech.prosody.speech]
    closed = float((opening < 0.067).mean())
    return 0.12 < float(opening.mean()) < 0.42 and 0.015 < closed < 0.45 and float(opening.max()) > 0.45


def test_every_format_of_one_recording_moves_the_lips_alike(samples: Path, tmp_path: Path) -> None:
    made = samples / "audio" / "made"
    reference = analyse_speech(decoded(made / "speech_float32.wav", tmp_path / "reference")).visemes.opening
    names = ["flac", "m4a", "_128k.mp3", "_24k_bad.mp3", "_48k_stereo.wav", "_8k.wav", "_dc_offset.wav", "_opus.ogg"]
    names += ["_left_only_44k.wav", "_minus50dB.wav", "_mulaw_8k.wav", "_opus.webm", "_vorbis.ogg", "_clipped.wav"]

    for name in names:
        path = made / (f"speech{name}" if name.startswith("_") else f"speech.{name}")
        opening = analyse_speech(decoded(path, tmp_path / name)).visemes.opening
        n = min(len(opening), len(reference))
        likeness = max(np.corrcoef(np.roll(opening[:n], lag), reference[:n])[0, 1] for lag in range(-3, 4))
        assert likeness > 0.8, name


def mouth(path: Path, column: str) -> tuple[Floats, Floats]:
    curve = [(float(row["t"]), float(row[column])) for row in rows(path) if row[column]]
    t, values = np.array(curve, np.float32).T
    return t, values


def test_lips_from_the_sound_follow_real_mouths(samples: Path) -> None:
    """Pearson r of the opening at each clip's own offset; another person's sound gives 0.05, loudness 0.30."""
    likeness = []
    for row in rows(samples / "talking" / "manifest.csv"):
        if row["use"] != "lips":
            continue
        path = samples / "talking" / f"{row['name']}.wav"
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768)
        opening = analyse_speech(AudioClip(sound, path)).visemes.opening
        t, real = mouth(samples / "talking" / f"{row['name']}.curves.csv", "mouth_open")
        at = np.arange(len(opening)) / 100 + float(row["offset_ms"]) / 1000
        inside = (at >= t[0]) & (at <= t[-1])
        likeness.append(np.corrcoef(opening[inside], np.interp(at[inside], t, real))[0, 1])

    assert len(likeness) == 13
    assert np.mean(likeness) > 0.5
    assert np.min(likeness) > 0.0

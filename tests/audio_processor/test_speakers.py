"""Voices told apart: made-up ones first, then spoken ones."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from audio_processor.decode import decode_audio
from audio_processor.speakers import LEAST_VOICE_FRAMES, MOST_PHRASES, speakers_of
from audio_processor.tts import speak
from avatar.types import AudioClip, Floats, Span
from tests.audio_processor.sounds import noise, silence

LINES = (
    "I went to the market this morning.",
    "It was raining, so I bought an umbrella.",
    "Then the sun came out again.",
    "We had lunch by the river.",
)
PHRASE_FRAMES = 80


def made_up(voices: list[int], *, apart: float = 3.0, frames: int = PHRASE_FRAMES) -> tuple[Floats, Floats]:
    """Timbre and pitch of one phrase after another, each of the voice with that number, 20 frames apart."""
    random = np.random.default_rng(5)
    centres = random.normal(size=(max(voices) + 1, 12)) * apart
    step = frames + 20
    timbre = random.normal(size=(step * len(voices), 12)).astype(np.float32)
    f0_hz = np.zeros(step * len(voices), np.float32)
    for i, voice in enumerate(voices):
        inside = slice(i * step, i * step + frames)
        timbre[inside] += centres[voice] + 0.3 * random.normal(size=12)
        f0_hz[inside] = 110 * 2 ** (0.1 * random.normal(size=frames))
    return timbre, f0_hz


def phrases(count: int, frames: int = PHRASE_FRAMES) -> tuple[Span, ...]:
    step = frames + 20
    return tuple(Span(i * step / 100, (i * step + frames) / 100) for i in range(count))


@pytest.mark.parametrize("voices", [[0, 1, 0, 1, 0, 1], [0, 0, 0, 1, 1, 1], [0, 1, 2, 1, 0, 2, 2, 1, 0]])
def test_voices_are_numbered_as_they_are_first_heard(voices: list[int]) -> None:
    assert speakers_of(*made_up(voices), phrases(len(voices))) == tuple(voices)


def test_one_voice_stays_one() -> None:
    assert speakers_of(*made_up([0] * 8), phrases(8)) == (0,) * 8


def test_what_is_heard_for_a_moment_only_is_no_voice_of_its_own() -> None:
    frames = LEAST_VOICE_FRAMES - 1
    found = speakers_of(*made_up([0, 0, 0, 1], frames=frames), phrases(4, frames))

    assert found == (0, 0, 0, 0)


def test_phrases_without_pitch_go_to_the_voice_before_them() -> None:
    timbre, f0_hz = made_up([0, 1, 0, 1, 0, 1])
    f0_hz[300:400] = 0.0

    assert speakers_of(timbre, f0_hz, phrases(6)) == (0, 1, 0, 0, 0, 1)


def test_more_phrases_than_are_compared_find_their_voices() -> None:
    voices = [i % 2 for i in range(MOST_PHRASES + 30)]

    assert speakers_of(*made_up(voices, frames=40), phrases(len(voices), 40)) == tuple(voices)


def test_no_phrase_and_a_single_one_need_no_comparison() -> None:
    timbre, f0_hz = made_up([0])
    assert speakers_of(timbre, f0_hz, ()) == ()
    assert speakers_of(timbre, f0_hz, phrases(1)) == (0,)


def conversation(folder: Path, voices: list[str | None]) -> AudioClip:
    parts = []
    for i, (line, voice) in enumerate(zip(LINES, voices, strict=True)):
        place = folder / str(i)
        spoken = speak(line, voice=voice, folder=place)
        parts += [np.array(decode_audio(spoken.path, place, max_minutes=1, max_megabytes=10).samples), silence(0.4)]
    whole = np.concatenate(parts)
    return AudioClip((whole + noise(len(whole) / 16_000, level=1e-4)[: len(whole)]).astype(np.float32), folder)


def test_two_people_in_turn_are_two_voices(tmp_path: Path) -> None:
    prosody = analyse_speech(conversation(tmp_path, [None, "f4", None, "f4"])).prosody

    assert prosody.voices == 2
    assert len(prosody.speakers) == len(prosody.phrases)
    assert all(a.end <= b.start for a, b in pairwise(prosody.phrases))
    first = [n for n, phrase in zip(prosody.speakers, prosody.phrases, strict=True) if phrase.start < 1.5]
    assert set(first) == {0}


@pytest.mark.parametrize("voice", [None, "f4"])
def test_one_person_is_one_voice(tmp_path: Path, voice: str | None) -> None:
    assert analyse_speech(conversation(tmp_path, [voice] * 4)).prosody.voices == 1


@pytest.mark.samples
def test_recordings_of_one_person_hardly_ever_hold_two_voices(samples: Path, tmp_path: Path) -> None:
    with (samples / "audio" / "manifest.csv").open(encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["expect"] == "ok" and "5min" not in row["file"]]
    paths = [samples / "audio" / name for name in names] + sorted((samples / "talking").glob("*.wav"))
    found = []
    for i, path in enumerate(paths):
        clip = decode_audio(path, tmp_path / str(i), max_minutes=10, max_megabytes=100)
        found.append(analyse_speech(clip).prosody.voices)

    assert len(found) > 40
    assert np.mean([voices > 1 for voices in found]) <= 0.05


@pytest.mark.samples
def test_two_real_people_in_turn_are_mostly_told_apart(samples: Path, tmp_path: Path) -> None:
    """The same four sentences in boredom: four pairs of a man and a woman."""
    folder = samples / "emotion_speech"
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["emotion"] == "boredom"]
    said: dict[str, list[Floats]] = {}
    for row in rows:
        clip = decode_audio(folder / row["file"], tmp_path / row["file"], max_minutes=1, max_megabytes=10)
        said.setdefault(row["speaker"], []).append(np.concatenate([clip.samples, noise(0.4, level=1e-4)]))
    counts = []
    for pair in (("03", "08"), ("03", "09"), ("10", "08"), ("15", "09")):
        turns = [said[pair[i % 2]][i // 2] for i in range(6)]
        counts.append(analyse_speech(AudioClip(np.concatenate(turns), folder)).prosody.voices)

    assert counts.count(2) >= 3

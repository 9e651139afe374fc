import io
import json
import sys
import wave
from pathlib import Path

import httpx
import numpy as np
import pytest
from rich.console import Console

from api.cli.bench import hearing, motion, processes, puppet, report, service, serving, speech
from api.cli.bench.report import Benchmark, Figure
from avatar.errors import AvatarError
from avatar.types import SAMPLE_RATE_HZ, AudioClip, Size
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_sound


def test_figures_are_held_against_their_targets() -> None:
    assert [Figure("a", 1.0, "s", target).met for target in (None, 1.0, 0.9)] == [None, True, False]
    assert [Figure("a", 1.0, "fps", target, at_least=True).met for target in (1.0, 1.1)] == [True, False]


def test_the_report_names_the_machine_and_holds_all_figures() -> None:
    benchmark = Benchmark([Figure("cold", 9.0, "s", 8.0)], {"cold": {"assemble": 0.5}})
    content = json.loads(json.dumps(benchmark.to_json()))
    assert content["figures"] == [
        {"name": "cold", "value": 9.0, "unit": "s", "target": 8.0, "at_least": False, "met": False}
    ]
    assert content["stages"] == {"cold": {"assemble": 0.5}}
    assert content["machine"]["cores"] >= 1
    assert content["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_tables_show_values_beside_targets() -> None:
    benchmark = Benchmark(
        [Figure("cold", 9.0, "s", 8.0), Figure("encoder", 200.0, "frames/s", 250.0, at_least=True)],
        {"cold": {"x": 0.5}},
    )
    console = Console(file=io.StringIO(), width=200)
    console.print(report.figures_table(benchmark), report.stages_table(benchmark))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "at most 8 s" in shown
    assert "MISSED" in shown
    assert "200 frames/s" in shown
    assert "at least 250 frames/s" in shown
    assert "0.50" in shown


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.25])
def test_speech_is_repeated_to_the_exact_length(seconds: float, tmp_path: Path) -> None:
    samples = np.linspace(-1, 1, 2 * SAMPLE_RATE_HZ, dtype=np.float32)
    path = speech.write_speech(AudioClip(samples, tmp_path / "x"), seconds, tmp_path / "long.wav")
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (SAMPLE_RATE_HZ, 1)
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(written) == round(seconds * SAMPLE_RATE_HZ)
    expected = np.resize(samples, len(written))
    assert np.abs(written / 32767 - expected).max() < 1e-4


def test_a_recording_takes_the_place_of_synthetic_speech(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 / SAMPLE_RATE_HZ * np.arange(SAMPLE_RATE_HZ))
    clip = AudioClip(tone.astype(np.float32), tmp_path)
    recording = speech.write_speech(clip, 1.0, tmp_path / "recording.wav")
    found = speech.base_clip(recording, tmp_path)
    assert len(found.samples) == SAMPLE_RATE_HZ
    assert np.abs(found.samples - clip.samples).max() < 0.02


def test_a_process_is_timed_and_its_memory_taken(tmp_path: Path) -> None:
    program = "import json, os; data = bytearray(200_000_000); data[::4096] = b'x' * len(data[::4096]);"
    program += "print(json.dumps({'folder': os.environ['DATA_DIR']}))"
    done = processes.run_json(["-c", program], tmp_path)
    assert done.output == {"folder": str(tmp_path)}
    assert done.seconds > 0
    assert done.peak_bytes is not None
    assert 200_000_000 < done.peak_bytes < 2_000_000_000


def test_a_process_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(AvatarError, match="out of cheese"):
        processes.run_json(["-c", "import sys; sys.exit('out of cheese')"])


def test_a_shifted_clip_is_another_sound_of_the_same_speech(tmp_path: Path) -> None:
    samples = np.linspace(-1, 1, 2 * SAMPLE_RATE_HZ, dtype=np.float32)
    moved = speech.shifted(AudioClip(samples, tmp_path), 0.5)
    assert moved.samples[0] == samples[SAMPLE_RATE_HZ // 2]
    assert sorted(moved.samples) == sorted(samples)


def test_a_service_is_measured_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SIZE", {"resolution": "128", "fps": "25"})
    image = face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)
    sounds = [write_sound(tmp_path / f"{seconds}.wav", seconds) for seconds in (0.8, 1.0, 12.0)]
    with service.warm_client(tmp_path / "data", image, sounds[0]) as client:
        overhead = service.measure_overhead(client, image, sounds[1:2])
        assert 0 < overhead.added < overhead.request
        assert overhead.stages["total"] == pytest.approx(overhead.request - overhead.added)
        assert service.first_picture_seconds(client, image, sounds[2]) > 0
        watched = client.get("/api/v1/jobs").json()["jobs"][0]
        assert watched["duration"] is None or watched["duration"] == pytest.approx(12.0)


def test_a_picture_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    answers = [httpx.Response(503, headers={"Retry-After": "2"})] * 2 + [httpx.Response(200, text="part.m4s")]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={"stream_url": "/stream.m3u8", "job_url": "/job"})
        return answers.pop(0) if request.url.path == "/stream.m3u8" else httpx.Response(200)

    sound = write_sound(tmp_path / "sound.wav", 0.1)
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1") as client:
        assert service.first_picture_seconds(client, sound, sound) > 0
        assert (slept, answers) == ([2.0, 2.0], [])
        answers.append(httpx.Response(503, text="too busy for ever"))
        with pytest.raises(AvatarError, match="too busy for ever"):
            service.first_picture_seconds(client, sound, sound)


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(AvatarError, match="DEFAULT_FPS has a wrong value"),
        serving.running_service(tmp_path, default_fps="many"),
    ):
        pass


def test_motion_is_measured_on_one_core(tmp_path: Path) -> None:
    taken = motion.main(write_sound(tmp_path / "sound.wav", 2.0))
    assert set(taken) == {"times_real"}
    assert taken["times_real"] > 0


def test_the_puppet_is_measured_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puppet, "TARGETS_FPS", {Size(96, 96): 1.0, Size(128, 72): 1.0})
    monkeypatch.setattr(puppet, "FRAMES", 4)
    monkeypatch.setattr(puppet, "REPEATS", 1)
    taken = puppet.main(face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER))
    assert set(taken["fps"]) == {"96x96", "128x72"}
    assert min(taken["fps"].values()) > 0
    assert taken["prepare_seconds"] > 0
    own_fields = 2e6
    assert own_fields < taken["prepared_mb"] * 1e6 < 500e6


def test_speech_analysis_is_measured_on_one_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "WARM_SAMPLES", 8_000)
    monkeypatch.setattr(hearing, "_use_one_core", lambda: None)
    clip = speech.base_clip(None, tmp_path)
    taken = hearing.main(speech.write_speech(clip, 3.0, tmp_path / "short.wav"))
    assert taken["detector"] in ("silero", "own")
    assert taken["lips"] > 1
    assert taken["analysis"] > 1
    assert 0 < taken["tail_ms"] < 1000

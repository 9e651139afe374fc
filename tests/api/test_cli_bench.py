import io
import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from api.cli.bench import processes, report, speech
from api.cli.bench.report import Benchmark, Figure
from avatar.errors import AvatarError
from avatar.types import SAMPLE_RATE_HZ, AudioClip


def test_figures_are_held_against_their_targets() -> None:
    assert [Figure("a", 1.0, "s", target).met for target in (None, 1.0, 0.9)] == [None, True, False]


def test_the_report_names_the_machine_and_holds_all_figures() -> None:
    benchmark = Benchmark([Figure("cold", 9.0, "s", 8.0)], {"cold": {"assemble": 0.5}})
    content = json.loads(json.dumps(benchmark.to_json()))
    assert content["figures"] == [{"name": "cold", "value": 9.0, "unit": "s", "target": 8.0, "met": False}]
    assert content["stages"] == {"cold": {"assemble": 0.5}}
    assert content["machine"]["cores"] >= 1
    assert content["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_tables_show_values_beside_targets() -> None:
    benchmark = Benchmark([Figure("cold", 9.0, "s", 8.0), Figure("encoder", 200.0, "frames/s")], {"cold": {"x": 0.5}})
    console = Console(file=io.StringIO(), width=200)
    console.print(report.figures_table(benchmark), report.stages_table(benchmark))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "at most 8 s" in shown
    assert "MISSED" in shown
    assert "200 frames/s" in shown
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

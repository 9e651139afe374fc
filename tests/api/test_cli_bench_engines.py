"""Networks are measured beside plain runs of themselves."""

import sys

import pytest

from api.cli.bench.engines import ROWS, Row, measure_engines
from avatar.errors import ConfigurationError, MissingExtraError


def work(times: int) -> int:
    return sum(index * index for index in range(times))


def test_a_row_gives_both_speeds_and_their_ratio() -> None:
    pytest.importorskip("torch")
    calls: list[str] = []

    def row(device: str) -> Row:
        def ours() -> None:
            calls.append(device)
            work(20_000)

        return Row("net", ours, lambda: work(400_000), 4, target=1.7)

    ours, reference, ratio = measure_engines("cpu", (row,)).figures
    assert (ours.unit, reference.unit, ratio.unit) == ("frames/s", "frames/s", "times")
    assert "threads of" in ours.name
    assert ours.value > reference.value > 0.0
    assert ratio.value > 2.0
    assert ratio.met
    assert calls == ["cpu"] * 6


def test_a_device_that_is_not_there_is_refused() -> None:
    pytest.importorskip("torch")
    with pytest.raises(ConfigurationError, match="no device cuda:77"):
        measure_engines("cuda:77", ())


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="need PyTorch"):
        measure_engines("cpu", ())


def test_wav2lips_row_draws_with_random_weights() -> None:
    pytest.importorskip("torch")
    row = next(build for build in ROWS if build.__name__ == "wav2lip_network")("cpu")
    assert row.frames == 16
    assert row.name in ("Wav2Lip network, fp32", "Wav2Lip network, bf16")

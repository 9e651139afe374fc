import sys
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import InputError, MissingExtraError, SynthesisError, WeightsError
from models.kokoro.network import INSTALL, KOKORO, RATE_HZ, KokoroNetwork
from models.kokoro.symbols import CONTEXT, SYMBOL_COUNT, VOCABULARY, known, numbers
from models.kokoro.voices import STYLE_SIZE, VOICES, VoiceFile
from tests.kokoro_files import NAMES, kokoro_store, write_voices

STYLE = np.full((1, STYLE_SIZE), 0.1, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kokoro")
    kokoro_store(folder)
    return folder


@pytest.fixture(scope="module")
def network(folder: Path) -> KokoroNetwork:
    return KokoroNetwork(kokoro_store(folder).path(KOKORO), 1)


def written_graph(path: Path, *, speed: int, output: str = "audio", scale: float = 0.5) -> Path:
    """An export without durations, as those of 2025: the sound is the numbers of the symbols, times `scale`."""
    from onnx import TensorProto

    from scripts.speaking.graph import FLOAT, INT64, Graph, value

    graph = Graph(0)
    told = graph.op("Cast", "tokens", to=TensorProto.FLOAT)
    sound = graph.op("Mul", graph.op("Reshape", told, graph.integers(-1)), graph.constant(scale))
    quick = graph.op("Mul", graph.op("Cast", "speed", to=TensorProto.FLOAT), graph.op("ReduceMax", "style", keepdims=0))
    inputs = [value("tokens", INT64, 1, "n"), value("style", FLOAT, 1, STYLE_SIZE), value("speed", speed, 1)]
    graph.save(path, inputs, {output: (graph.op("Mul", sound, quick), FLOAT, ["n"])})
    return path


def test_a_sound_comes_with_the_time_of_each_symbol(network: KokoroNetwork) -> None:
    found = network(numbers("hˈɛlO wˈɜɹld."), STYLE)

    assert found.edges is not None
    assert found.samples.dtype == np.float32
    assert np.abs(found.samples).max() <= 1
    assert found.samples.std() > 0.01
    assert len(found.edges) == len("hˈɛlO wˈɜɹld.") + 1
    assert np.diff(found.edges).min() >= 600 / RATE_HZ - 1e-6
    assert 0 < found.edges[0] < found.edges[-1] < len(found.samples) / RATE_HZ


def test_the_longest_text_is_taken_and_a_longer_one_refused(network: KokoroNetwork) -> None:
    whole = network([50] * CONTEXT, STYLE)

    assert whole.edges is not None
    assert len(whole.edges) == CONTEXT + 1
    with pytest.raises(SynthesisError, match="Kokoro failed on 511 symbols"):
        network([50] * (CONTEXT + 1), STYLE)


@pytest.mark.parametrize("speed", [1, 6])
def test_exports_without_durations_and_with_whole_speeds_are_run_too(tmp_path: Path, speed: int) -> None:
    pytest.importorskip("onnx")
    found = KokoroNetwork(written_graph(tmp_path / "old.onnx", speed=speed, scale=0.01), 1)([10, 20], STYLE)

    assert found.edges is None
    assert found.samples == pytest.approx([0, 0.01, 0.02, 0])


def test_sound_that_is_no_numbers_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    broken = KokoroNetwork(written_graph(tmp_path / "nan.onnx", speed=1, scale=float("nan")), 1)

    with pytest.raises(SynthesisError, match="no numbers"):
        broken([10], STYLE)


def test_files_that_are_not_the_network_are_named(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    (tmp_path / "k.onnx").write_bytes(b"not a network")
    written_graph(tmp_path / "mute.onnx", speed=1, output="duration")

    with pytest.raises(WeightsError, match=r"k\.onnx cannot be used: .*models download kokoro"):
        KokoroNetwork(tmp_path / "k.onnx", 1)
    with pytest.raises(WeightsError, match=r"mute\.onnx cannot be used: it has no output of sound"):
        KokoroNetwork(tmp_path / "mute.onnx", 1)


def test_another_network_is_told_by_its_inputs(tmp_path: Path) -> None:
    from tests.face_models import face_store

    pytest.importorskip("onnxruntime")
    with pytest.raises(WeightsError, match="has no input speed"):
        KokoroNetwork(face_store("silero-vad").path("silero-vad"), 1)


def test_without_onnxruntime_the_cure_is_kokoros_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("models.kokoro.network.importlib.util.find_spec", lambda name: None)

    with pytest.raises(MissingExtraError, match="onnxruntime") as caught:
        KokoroNetwork(tmp_path / "k.onnx", 1)
    assert caught.value.cure == f"Run: {INSTALL}"
    assert ".[kokoro]" in INSTALL


def test_a_voice_has_a_style_for_each_length(folder: Path) -> None:
    voices = VoiceFile(kokoro_store(folder).path(VOICES))
    with np.load(kokoro_store(folder).path(VOICES)) as archive:
        table = archive["ef_dora"]

    assert voices.names == NAMES
    assert np.array_equal(voices.style("ef_dora", 1), table[0])
    assert np.array_equal(voices.style("ef_dora", 37), table[36])
    assert np.array_equal(voices.style("ef_dora", CONTEXT + 9), table[-1])
    with pytest.raises(InputError, match=r"no voice 'nobody'.*af_heart"):
        voices.style("nobody", 5)


def test_wrong_voice_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.bin").write_text("voices", encoding="ascii")
    pickled = np.array([{"a": 1}], object)
    np.savez(tmp_path / "odd.npz", flat=np.zeros((510, 256), np.float32), pickled=pickled)
    odd = VoiceFile(tmp_path / "odd.npz")
    half = write_voices(tmp_path / "half.bin").read_bytes()
    (tmp_path / "half.bin").write_bytes(half[: len(half) // 2])

    for name in ("text.bin", "half.bin", "missing.bin"):
        with pytest.raises(WeightsError, match=rf"{name} cannot be used: .*kokoro-voices"):
            VoiceFile(tmp_path / name)
    with pytest.raises(WeightsError, match=r"voice flat has shape \(510, 256\)"):
        odd.style("flat", 3)
    with pytest.raises(WeightsError, match=r"odd\.npz cannot be used: .*allow_pickle"):
        odd.style("pickled", 3)


def test_symbols_have_numbers_of_their_own() -> None:
    assert len(set(VOCABULARY.values())) == len(VOCABULARY) == 114
    assert min(VOCABULARY.values()) == 1
    assert max(VOCABULARY.values()) == SYMBOL_COUNT - 1
    assert known("hˈɛlO, g!") == "hˈɛlO, !"
    assert numbers("A→") == [24, 171]

"""The learned models on small random networks of their own kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_processor.voice_model import UNKNOWN_SHARE, voice_model_readings
from avatar.errors import WeightsError
from avatar.types import EMOTION_LABELS, Span
from models.emotion.ferplus import SIDE, FerPlus
from models.emotion.hubert import STRIDES, VOICE_MODEL, VoiceModel
from models.weights import WeightStore

KERNELS = (10, 3, 3, 3, 3, 2, 2)
NARROW, WIDE = 16, 64
LAYERS = 2


def write_ferplus(path: Path, classes: int = 8, *, favourite: int | None = None) -> Path:
    """A network with the inputs and outputs of FER+: one linear layer, or the same answer to all."""
    onnx = pytest.importorskip("onnx")
    random = np.random.default_rng(4)
    weights = random.normal(scale=1e-4, size=(SIDE * SIDE, classes)).astype(np.float32)
    bias = np.zeros(classes, np.float32)
    if favourite is not None:
        weights[:], bias[favourite] = 0.0, 8.0
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["Input3"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["Plus692_Output_0"]),
        ],
        "face",
        [helper.make_tensor_value_info("Input3", floats, [1, 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("Plus692_Output_0", floats, [1, classes])],
        [onnx.numpy_helper.from_array(weights, "weights"), onnx.numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def hubert_weights() -> dict[str, Any]:
    """Random weights under the names of the real file, one head of attention wide."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(5)
    weights: dict[str, Any] = {"layer_weights": torch.randn(LAYERS + 1)}

    def put(name: str, *shape: int) -> None:
        weights[name] = 0.2 * torch.randn(*shape)

    def linear(name: str, inputs: int, outputs: int) -> None:
        put(f"{name}.weight", outputs, inputs)
        put(f"{name}.bias", outputs)

    def norm(name: str, size: int) -> None:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.ones(size), torch.zeros(size)

    for number, kernel in enumerate(KERNELS):
        put(f"hubert.feature_extractor.conv_layers.{number}.conv.weight", NARROW, NARROW if number else 1, kernel)
    norm("hubert.feature_extractor.conv_layers.0.layer_norm", NARROW)
    norm("hubert.feature_projection.layer_norm", NARROW)
    linear("hubert.feature_projection.projection", NARROW, WIDE)
    put("hubert.encoder.pos_conv_embed.conv.weight_v", WIDE, WIDE // 4, 8)
    put("hubert.encoder.pos_conv_embed.conv.weight_g", 1, 1, 8)
    put("hubert.encoder.pos_conv_embed.conv.bias", WIDE)
    norm("hubert.encoder.layer_norm", WIDE)
    for layer in (f"hubert.encoder.layers.{number}." for number in range(LAYERS)):
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(f"{layer}attention.{part}", WIDE, WIDE)
        linear(f"{layer}feed_forward.intermediate_dense", WIDE, 2 * WIDE)
        linear(f"{layer}feed_forward.output_dense", 2 * WIDE, WIDE)
        norm(f"{layer}layer_norm", WIDE)
        norm(f"{layer}final_layer_norm", WIDE)
    linear("projector", WIDE, NARROW)
    linear("classifier", NARROW, 4)
    return weights


def write_hubert(path: Path, **changes: Any) -> Path:
    torch = pytest.importorskip("torch")
    torch.save({**hubert_weights(), **changes}, path)
    return path


def test_a_face_gets_the_share_of_each_label(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = FerPlus(write_ferplus(tmp_path / "face.onnx"))
    random = np.random.default_rng(1)
    first, second = (model.scores(random.integers(0, 255, (SIDE, SIDE), np.uint8)) for _ in range(2))

    assert set(first) == set(EMOTION_LABELS)
    assert sum(first.values()) == pytest.approx(1.0)
    assert first != second


@pytest.mark.parametrize(
    ("favourite", "label"), [(0, "neutral"), (1, "happy"), (2, "surprised"), (3, "sad"), (4, "angry"), (7, "disgusted")]
)
def test_outputs_are_named_in_the_order_of_fer_plus(tmp_path: Path, favourite: int, label: str) -> None:
    pytest.importorskip("onnxruntime")
    scores = FerPlus(write_ferplus(tmp_path / "face.onnx", favourite=favourite)).scores(np.zeros((64, 64), np.uint8))

    assert max(scores, key=lambda name: scores[name]) == label


def test_what_is_no_face_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "junk.onnx").write_bytes(b"junk")

    with pytest.raises(WeightsError, match=r"junk\.onnx cannot be loaded"):
        FerPlus(tmp_path / "junk.onnx")
    with pytest.raises(WeightsError, match="takes and gives"):
        FerPlus(write_ferplus(tmp_path / "seven.onnx", classes=7))


def test_a_voice_gets_the_share_of_each_label_that_the_model_knows(tmp_path: Path) -> None:
    model = VoiceModel(write_hubert(tmp_path / "voice.bin"))
    random = np.random.default_rng(2)
    loud, soft = (model.scores((level * random.normal(size=32_000)).astype(np.float32)) for level in (0.3, 0.003))

    assert set(loud) == set(EMOTION_LABELS)
    assert sum(loud.values()) == pytest.approx(1.0, abs=1e-5)
    assert loud["fearful"] == loud["disgusted"] == loud["surprised"] == 0.0
    assert loud != soft


def test_sound_that_is_too_short_is_padded(tmp_path: Path) -> None:
    model = VoiceModel(write_hubert(tmp_path / "voice.bin"))

    assert sum(model.scores(np.zeros(10, np.float32)).values()) == pytest.approx(1.0, abs=1e-5)


def test_the_layers_have_the_strides_of_twenty_milliseconds() -> None:
    assert np.prod(STRIDES) == 320


def test_each_window_of_the_sound_is_read(tmp_path: Path) -> None:
    model = VoiceModel(write_hubert(tmp_path / "voice.bin"))
    samples = np.random.default_rng(3).normal(size=64_000).astype(np.float32)
    looks: list[int] = []
    windows = (Span(0.0, 2.0), Span(2.0, 4.0))
    first, second = voice_model_readings(samples, windows, model, check=lambda: looks.append(1))

    assert first.source == VOICE_MODEL
    assert first.scores["surprised"] == UNKNOWN_SHARE
    assert sum(first.scores.values()) == pytest.approx(1.0, abs=1e-5)
    assert first.scores != second.scores
    assert len(looks) == 2


def test_what_is_no_voice_model_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    (tmp_path / "junk.bin").write_bytes(b"junk")
    torch.save({"classifier.bias": torch.zeros(4)}, tmp_path / "part.bin")

    for name in ("junk.bin", "part.bin", "missing.bin"):
        with pytest.raises(WeightsError, match=name):
            VoiceModel(tmp_path / name)
    with pytest.raises(WeightsError, match="7 classes"):
        VoiceModel(write_hubert(tmp_path / "seven.bin", **{"classifier.bias": torch.zeros(7)}))


def test_both_models_are_in_the_registry(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    files = [store.entry(key) for key in store.select(["emotion"])]

    assert [file.key for file in files] == ["face-emotion", "voice-emotion"]
    assert all(file.commercial and not file.required for file in files)
    assert len({file.file for file in files}) == 2

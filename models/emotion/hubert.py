"""HuBERT with a head that names the emotion of a voice.

W. Hsu and others (2021), *HuBERT: self-supervised speech representation learning by masked prediction of hidden
units*; S. Yang and others (2021), *SUPERB*, task ER: the weighted sum of all layers, a projection, its mean over time
and a linear layer. The file is `superb/hubert-base-superb-er`, Apache-2.0. Its training speech is IEMOCAP, English and
acted. Run by PyTorch on the CPU.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.errors import MissingExtraError, WeightsError
from avatar.types import EMOTION_LABELS, EmotionLabel, Floats
from models.downloads import download_command

if TYPE_CHECKING:
    from torch import Tensor

VOICE_EMOTION: Final = "voice-emotion"
"""Key of its file in the registry."""

VOICE_MODEL: Final = "voice_model"
CLASSES: Final[tuple[EmotionLabel, ...]] = ("neutral", "happy", "angry", "sad")
"""In the order of its outputs."""

LEAST_SAMPLES: Final = 8_000
"""Half a second at 16 kHz; shorter sound is padded."""

STRIDES: Final = (5, 2, 2, 2, 2, 2, 2)
HEAD_SIZE: Final = 64
EPSILON: Final = 1e-5


class VoiceModel:
    """The network of the file at `path`. Safe to call from several threads.

    Raises `MissingExtraError` without PyTorch, `WeightsError` where the file is not this network.
    """

    def __init__(self, path: Path) -> None:
        self._weights = _load(path)
        self._lock = threading.Lock()

    def scores(self, samples: Floats) -> dict[EmotionLabel, float]:
        """The share of each label for mono sound at 16 kHz in [-1, 1]; 0 for those that it does not know."""
        import torch

        padded = np.pad(np.asarray(samples, np.float32), (0, max(0, LEAST_SAMPLES - len(samples))))
        with self._lock, torch.inference_mode():
            logits = _logits(torch.from_numpy(padded)[None, None], self._weights)
            found = torch.softmax(logits, dim=-1).tolist()
        scores: dict[EmotionLabel, float] = dict.fromkeys(EMOTION_LABELS, 0.0)
        return {**scores, **dict(zip(CLASSES, found, strict=True))}


def _load(path: Path) -> "dict[str, Tensor]":
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            "The voice model needs PyTorch.", cure='Run pip install "avatar-orchestrator[neural]".'
        ) from None
    try:
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        classes, layers = len(weights["classifier.bias"]), len(weights["layer_weights"])
    except Exception as error:  # a file that is none raises whatever it stumbles on
        raise _wrong(path, f"cannot be loaded: {error}") from None
    if classes != len(CLASSES) or f"hubert.encoder.layers.{layers - 2}.final_layer_norm.bias" not in weights:
        raise _wrong(path, f"has {classes} classes and {layers} layers")
    return weights


def _wrong(path: Path, what: str) -> WeightsError:
    return WeightsError(f"{path.name} {what}.", cure=f"Run {download_command([VOICE_EMOTION])}.")


def _logits(sound: "Tensor", weights: "dict[str, Tensor]") -> "Tensor":
    """(4,) of sound (1, 1, samples)."""
    import torch

    hidden = [_placed(_features(sound, weights), weights)]
    for number in range(len(weights["layer_weights"]) - 1):
        hidden.append(_layer(hidden[-1], weights, f"hubert.encoder.layers.{number}."))
    mixed = torch.tensordot(torch.softmax(weights["layer_weights"], 0), torch.stack(hidden), dims=1)
    pooled = _linear(mixed, weights, "projector").mean(dim=1)
    return _linear(pooled, weights, "classifier")[0]


def _features(sound: "Tensor", weights: "dict[str, Tensor]") -> "Tensor":
    """(1, frames, width): 20 ms a frame."""
    from torch.nn import functional

    place = "hubert.feature_extractor.conv_layers."
    x = sound
    for number, stride in enumerate(STRIDES):
        x = functional.conv1d(x, weights[f"{place}{number}.conv.weight"], stride=stride)
        if number == 0:
            norm = f"{place}0.layer_norm."
            x = functional.group_norm(x, x.shape[1], weights[f"{norm}weight"], weights[f"{norm}bias"], EPSILON)
        x = functional.gelu(x)
    x = _normed(x.transpose(1, 2), weights, "hubert.feature_projection.layer_norm")
    return _linear(x, weights, "hubert.feature_projection.projection")


def _placed(x: "Tensor", weights: "dict[str, Tensor]") -> "Tensor":
    """With a convolution that tells where each frame stands among the others."""
    from torch.nn import functional

    place = "hubert.encoder.pos_conv_embed.conv."
    direction = weights[f"{place}weight_v"]
    kernel = weights[f"{place}weight_g"] * direction / direction.norm(dim=(0, 1), keepdim=True)
    size, groups = kernel.shape[-1], kernel.shape[0] // kernel.shape[1]
    moved = functional.conv1d(x.transpose(1, 2), kernel, weights[f"{place}bias"], padding=size // 2, groups=groups)
    moved = functional.gelu(moved[..., : x.shape[1]]).transpose(1, 2)
    return _normed(x + moved, weights, "hubert.encoder.layer_norm")


def _layer(x: "Tensor", weights: "dict[str, Tensor]", place: str) -> "Tensor":
    from torch.nn import functional

    x = _normed(x + _attended(x, weights, f"{place}attention."), weights, f"{place}layer_norm")
    wide = functional.gelu(_linear(x, weights, f"{place}feed_forward.intermediate_dense"))
    narrow = _linear(wide, weights, f"{place}feed_forward.output_dense")
    return _normed(x + narrow, weights, f"{place}final_layer_norm")


def _attended(x: "Tensor", weights: "dict[str, Tensor]", place: str) -> "Tensor":
    from torch.nn import functional

    def heads(name: str) -> Any:
        return _linear(x, weights, f"{place}{name}").unflatten(-1, (-1, HEAD_SIZE)).transpose(1, 2)

    mixed = functional.scaled_dot_product_attention(heads("q_proj"), heads("k_proj"), heads("v_proj"))
    return _linear(mixed.transpose(1, 2).flatten(2), weights, f"{place}out_proj")


def _linear(x: "Tensor", weights: "dict[str, Tensor]", place: str) -> "Tensor":
    from torch.nn import functional

    return functional.linear(x, weights[f"{place}.weight"], weights[f"{place}.bias"])


def _normed(x: "Tensor", weights: "dict[str, Tensor]", place: str) -> "Tensor":
    from torch.nn import functional

    return functional.layer_norm(x, x.shape[-1:], weights[f"{place}.weight"], weights[f"{place}.bias"], EPSILON)

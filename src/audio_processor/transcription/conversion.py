"""From an official Whisper checkpoint to the folder that faster-whisper reads, beside it; made once.

CTranslate2's `WhisperSpec` is filled from the checkpoint's own tensors, so one download serves both engines.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock

from audio_processor.transcription.sizes import Checkpoint
from audio_processor.transcription.tokens import TokenTable, token_table
from avatar.errors import WeightsError
from avatar.files import PARTIAL_PREFIX
from models.weights import WeightStore

if TYPE_CHECKING:
    import torch

    Tensors = dict[str, torch.Tensor]

FORM: Final = "1"
"""Of the folder; another one is made anew."""

SOURCE_FILE: Final = "source.json"
STORED_AS: Final = "float16"
"""What the official checkpoints hold."""


def converted(checkpoint: Checkpoint, weights: WeightStore) -> Path:
    """The folder of a checkpoint that is here. Raises `WeightsError` where its file is missing or damaged."""
    path = weights.path(checkpoint.key)
    folder = path.with_suffix(".ct2")
    told = {"form": FORM, "sha256": weights.entry(checkpoint.key).sha256}
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if _told(folder) != told:
            weights.verify(checkpoint.key)
            partial = folder.with_name(f"{PARTIAL_PREFIX}{folder.name}")
            for stale in (partial, folder):
                shutil.rmtree(stale, ignore_errors=True)
            partial.mkdir()
            _convert(path, checkpoint, partial)
            (partial / SOURCE_FILE).write_text(json.dumps(told), encoding="utf-8")
            partial.rename(folder)
    return folder


def _told(folder: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((folder / SOURCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _convert(path: Path, checkpoint: Checkpoint, folder: Path) -> None:
    import torch
    import whisper
    from ctranslate2.specs.whisper_spec import WhisperSpec

    content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    dims, tensors = content["dims"], content["model_state_dict"]
    spec = WhisperSpec(dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"])
    try:
        _fill_encoder(spec.encoder, tensors)
        _fill_decoder(spec.decoder, tensors)
    except KeyError as error:
        raise WeightsError(
            f"{path.name} is no Whisper checkpoint: it has no tensor {error}.", cure="Bring the official file again."
        ) from None
    table = token_table(multilingual=not checkpoint.is_english, size=dims["n_vocab"])
    spec.register_vocabulary(list(table.vocabulary))
    for name, value in _configuration(table, _heads(whisper._ALIGNMENT_HEADS[checkpoint.size], dims)).items():
        setattr(spec.config, name, value)
    spec.validate()
    spec.optimize(quantization=STORED_AS)
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(table.tokenizer_json, encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": dims["n_mels"]}), encoding="utf-8")


def _configuration(table: TokenTable, heads: Sequence[tuple[int, int]]) -> dict[str, Any]:
    return {
        "suppress_ids": list(table.suppressed),
        "suppress_ids_begin": list(table.suppressed_first),
        "lang_ids": list(table.languages),
        "alignment_heads": [list(head) for head in heads],
    }


def _heads(packed: bytes, dims: dict[str, int]) -> list[tuple[int, int]]:
    """Layer and number of each head whose attention follows the sound; packed as openai-whisper has them."""
    import base64
    import gzip

    import numpy as np

    mask = np.frombuffer(gzip.decompress(base64.b85decode(packed)), dtype=bool)
    layers, heads = np.nonzero(mask.reshape(dims["n_text_layer"], dims["n_text_head"]))
    return [(int(layer), int(head)) for layer, head in zip(layers, heads, strict=True)]


def _fill_encoder(spec: Any, tensors: "Tensors") -> None:
    for name in ("conv1", "conv2"):
        conv = getattr(spec, name)
        conv.weight, conv.bias = tensors[f"encoder.{name}.weight"], tensors[f"encoder.{name}.bias"]
    spec.position_encodings.encodings = tensors["encoder.positional_embedding"]
    _fill_norm(spec.layer_norm, tensors, "encoder.ln_post")
    for number, layer in enumerate(spec.layer):
        _fill_block(layer, tensors, f"encoder.blocks.{number}")


def _fill_decoder(spec: Any, tensors: "Tensors") -> None:
    spec.embeddings.weight = tensors["decoder.token_embedding.weight"]
    spec.projection.weight = tensors["decoder.token_embedding.weight"]
    spec.position_encodings.encodings = tensors["decoder.positional_embedding"]
    _fill_norm(spec.layer_norm, tensors, "decoder.ln")
    for number, layer in enumerate(spec.layer):
        place = f"decoder.blocks.{number}"
        _fill_block(layer, tensors, place)
        _fill_norm(layer.attention.layer_norm, tensors, f"{place}.cross_attn_ln")
        linear = layer.attention.linear
        _fuse(linear[0], tensors, f"{place}.cross_attn", ("query",))
        _fuse(linear[1], tensors, f"{place}.cross_attn", ("key", "value"))
        _fill_linear(linear[2], tensors, f"{place}.cross_attn.out")


def _fill_block(layer: Any, tensors: "Tensors", place: str) -> None:
    _fill_norm(layer.self_attention.layer_norm, tensors, f"{place}.attn_ln")
    _fuse(layer.self_attention.linear[0], tensors, f"{place}.attn", ("query", "key", "value"))
    _fill_linear(layer.self_attention.linear[1], tensors, f"{place}.attn.out")
    _fill_norm(layer.ffn.layer_norm, tensors, f"{place}.mlp_ln")
    _fill_linear(layer.ffn.linear_0, tensors, f"{place}.mlp.0")
    _fill_linear(layer.ffn.linear_1, tensors, f"{place}.mlp.2")


def _fill_norm(spec: Any, tensors: "Tensors", place: str) -> None:
    spec.gamma, spec.beta = tensors[f"{place}.weight"], tensors[f"{place}.bias"]


def _fill_linear(spec: Any, tensors: "Tensors", place: str) -> None:
    spec.weight, spec.bias = tensors[f"{place}.weight"], tensors[f"{place}.bias"]


def _fuse(spec: Any, tensors: "Tensors", place: str, names: Sequence[str]) -> None:
    """Several projections as one; a key has no bias of its own."""
    import torch

    bias: Callable[[str], torch.Tensor] = lambda name: tensors.get(  # noqa: E731
        f"{place}.{name}.bias", torch.zeros_like(tensors[f"{place}.{name}.weight"][:, 0])
    )
    spec.weight = torch.cat([tensors[f"{place}.{name}.weight"] for name in names])
    spec.bias = torch.cat([bias(name) for name in names])

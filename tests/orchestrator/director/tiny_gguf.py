"""A language model of random weights in llama.cpp's file format, GGUF 3, half a megabyte large."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

LAYERS: Final = 2
WIDTH: Final = 64
HEADS: Final = 4
INNER: Final = 128
CONTEXT: Final = 32768
ALIGNMENT: Final = 32
PIECES: Final = ("<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *map(chr, range(33, 127)))
KINDS: Final = (2, 3, 3, *[6] * 256, *[1] * 95)
"""Unknown, control, byte and ordinary pieces."""

TEMPLATE: Final = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}[assistant] "
UINT32: Final = 4
INT32: Final = 5
FLOAT32: Final = 6
STRING: Final = 8
ARRAY: Final = 9
FORMS: Final = {UINT32: "<I", INT32: "<i", FLOAT32: "<f"}


def write_model(path: Path, seed: int = 0) -> Path:
    """Llama's architecture with a piece for every character; the same file for the same seed."""
    tensors = dict(_tensors(np.random.default_rng(seed)))
    entries = list(_entries())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    place = 0
    for name, values in tensors.items():
        shape = values.shape[::-1]
        head += _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape) + struct.pack("<IQ", 0, place)
        place += _padded(values.nbytes)
    with path.open("wb") as file:
        file.write(head.ljust(_padded(len(head)), b"\0"))
        for values in tensors.values():
            file.write(values.tobytes().ljust(_padded(values.nbytes), b"\0"))
    return path


def _tensors(generator: np.random.Generator) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]]:
    def drawn(*shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        return (0.3 * generator.standard_normal(shape)).astype(np.float32)

    even = np.ones(WIDTH, dtype=np.float32)
    yield "token_embd.weight", drawn(len(PIECES), WIDTH)
    yield "output_norm.weight", even
    yield "output.weight", drawn(len(PIECES), WIDTH)
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{name}.weight", even
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"blk.{layer}.{name}.weight", drawn(WIDTH, WIDTH)
        for name, shape in {"gate": (INNER, WIDTH), "up": (INNER, WIDTH), "down": (WIDTH, INNER)}.items():
            yield f"blk.{layer}.ffn_{name}.weight", drawn(*shape)


def _entries() -> Iterator[bytes]:
    numbers: Mapping[str, int] = {
        "context_length": CONTEXT,
        "embedding_length": WIDTH,
        "block_count": LAYERS,
        "feed_forward_length": INNER,
        "attention.head_count": HEADS,
        "attention.head_count_kv": HEADS,
        "rope.dimension_count": WIDTH // HEADS,
        "vocab_size": len(PIECES),
    }
    yield _entry("general.architecture", STRING, "llama")
    yield _entry("general.name", STRING, "tiny-random")
    for name, number in numbers.items():
        yield _entry(f"llama.{name}", UINT32, number)
    yield _entry("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5)
    yield _entry("tokenizer.ggml.model", STRING, "llama")
    yield _entries_of("tokenizer.ggml.tokens", STRING, PIECES)
    yield _entries_of("tokenizer.ggml.scores", FLOAT32, [-float(place) for place in range(len(PIECES))])
    yield _entries_of("tokenizer.ggml.token_type", INT32, KINDS)
    for name, piece in {"unknown": 0, "bos": 1, "eos": 2}.items():
        yield _entry(f"tokenizer.ggml.{name}_token_id", UINT32, piece)
    yield _entry("tokenizer.chat_template", STRING, TEMPLATE)


def _entry(name: str, kind: int, value: Any) -> bytes:
    return _text(name) + struct.pack("<I", kind) + _value(kind, value)


def _entries_of(name: str, kind: int, values: Any) -> bytes:
    inner = b"".join(_value(kind, value) for value in values)
    return _text(name) + struct.pack("<IIQ", ARRAY, kind, len(values)) + inner


def _value(kind: int, value: Any) -> bytes:
    return _text(value) if kind == STRING else struct.pack(FORMS[kind], value)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT

"""Kokoro's network as an ONNX file with random weights: the official inputs, outputs and, by default, size.

The layers are those of the official `config.json` and of the papers (StyleTTS 2, iSTFTNet). It says nothing; it takes
the time that the real one takes, and keeps its contract.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.kokoro.symbols import CONTEXT, SYMBOL_COUNT
from models.kokoro.voices import STYLE_SIZE
from scripts.speaking.graph import FLOAT, INT64, Graph, value

HALF_STYLE: Final = STYLE_SIZE // 2
BOTTLENECK: Final = 128
ASIDE: Final = 64
"""Channels of the text that every block of the decoder sees again."""

HARMONICS: Final = 9
FFT: Final = 20
HOP: Final = 5
BINS: Final = FFT // 2 + 1
RATES: Final = (10, 6)
KERNELS: Final = (20, 12)
SPREADS: Final = (3, 7, 11)
DILATIONS: Final = (1, 3, 5)
UPSAMPLING: Final = 2 * math.prod(RATES) * HOP
"""Samples a frame: 25 ms at 24 kHz."""


@dataclass(frozen=True, slots=True)
class KokoroSize:
    """Widths and depths; the defaults are those of Kokoro v1.0."""

    hidden: int = 512
    reader: int = 768
    reader_inner: int = 2048
    heads: int = 12
    layers: int = 12
    decoder: int = 1024
    generator: int = 512
    most_frames: int = 50


SMALL: Final = KokoroSize(16, 24, 32, 2, 2, 32, 16, 4)
"""For tests: milliseconds a sentence."""


def write_kokoro(path: Path, size: KokoroSize | None = None, *, seed: int = 0) -> int:
    """Writes the network to `path`; the number of its weights."""
    s, g = size or KokoroSize(), Graph(seed)
    voice, manner = g.ops("Split", "style", outputs=2, axis=1, num_outputs=2)
    durations, frames, heard = _prosody(g, s, manner)
    text = g.op("Gather", _text(g, s), frames, axis=0)
    pitch, energy = _pitch_and_energy(g, s, heard, manner)
    samples = _decoded(g, s, g.op("Transpose", text, perm=[1, 2, 0]), pitch, energy, voice)
    inputs = [value("input_ids", INT64, 1, "n"), value("style", FLOAT, 1, STYLE_SIZE), value("speed", FLOAT, 1)]
    g.save(path, inputs, {"audio": (samples, FLOAT, ["samples"]), "duration": (durations, INT64, ["n"])})
    return g.parameters


def _prosody(g: Graph, s: KokoroSize, manner: str) -> tuple[str, str, str]:
    """Frames of each symbol, the symbol of each frame, and what the predictor heard, by frame (frames, 1, wide)."""
    x, wide = g.linear(_read(g, s), s.reader, s.hidden), s.hidden + HALF_STYLE
    x = _with_style(g, g.op("Transpose", x, perm=[1, 0, 2]), manner)
    for _ in range(3):
        x = g.lstm(x, wide, s.hidden)
        scale, shift = g.ops("Split", g.linear(manner, HALF_STYLE, 2 * s.hidden), outputs=2, axis=1, num_outputs=2)
        x = g.op("Mul", g.layer_norm(x, s.hidden), g.op("Add", scale, g.constant([1.0])))
        x = _with_style(g, g.op("Add", x, shift), manner)
    logits = g.linear(g.lstm(x, wide, s.hidden), s.hidden, s.most_frames)
    taken = g.op("ReduceSum", g.op("Sigmoid", logits), g.integers(1, 2), keepdims=0)
    rounded = g.op("Max", g.op("Round", g.op("Div", taken, "speed")), g.constant([1.0]))
    durations = g.op("Cast", rounded, to=INT64)
    ends = g.op("CumSum", durations, g.constant(0, np.int64))
    all_frames = g.op("ReduceSum", durations, g.integers(0), keepdims=0)
    frames = g.op("Range", g.constant(0, np.int64), all_frames, g.constant(1, np.int64))
    passed = g.op("GreaterOrEqual", g.op("Unsqueeze", frames, g.integers(1)), g.op("Unsqueeze", ends, g.integers(0)))
    owner = g.op("ReduceSum", g.op("Cast", passed, to=INT64), g.integers(1), keepdims=0)
    return durations, owner, g.op("Gather", x, owner, axis=0)


def _read(g: Graph, s: KokoroSize) -> str:
    """An ALBERT over the symbols, one layer many times: (1, n, reader)."""
    length = g.op("Shape", "input_ids", start=1)
    places = g.op("Slice", g.weight(CONTEXT + 2, BOTTLENECK), g.integers(0), length, g.integers(0))
    x = g.op("Add", g.op("Gather", g.weight(SYMBOL_COUNT, BOTTLENECK), "input_ids", axis=0), places)
    x = g.linear(g.layer_norm(x, BOTTLENECK), BOTTLENECK, s.reader)
    layer = [(g.weight(a, b), g.weight(b, scale=0.01)) for a, b in _layer_shapes(s)]
    for _ in range(s.layers):
        x = _layer(g, s, x, layer)
    return x


def _layer_shapes(s: KokoroSize) -> list[tuple[int, int]]:
    return [(s.reader, s.reader)] * 4 + [(s.reader, s.reader_inner), (s.reader_inner, s.reader)]


def _layer(g: Graph, s: KokoroSize, x: str, layer: list[tuple[str, str]]) -> str:
    def through(y: str, place: int) -> str:
        return g.op("Add", g.op("MatMul", y, layer[place][0]), layer[place][1])

    def heads(place: int, order: list[int]) -> str:
        parted = g.op("Reshape", through(x, place), g.integers(0, 0, s.heads, s.reader // s.heads))
        return g.op("Transpose", parted, perm=order)

    scores = g.op("MatMul", heads(0, [0, 2, 1, 3]), heads(1, [0, 2, 3, 1]))
    shares = g.op("Softmax", g.op("Mul", scores, g.constant(1 / math.sqrt(s.reader / s.heads))), axis=-1)
    mixed = g.op("Transpose", g.op("MatMul", shares, heads(2, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
    mixed = g.op("Reshape", mixed, g.integers(0, 0, s.reader))
    x = g.layer_norm(g.op("Add", x, through(mixed, 3)), s.reader)
    inner = g.op("Gelu", through(x, 4), approximate="tanh")
    return g.layer_norm(g.op("Add", x, through(inner, 5)), s.reader)


def _with_style(g: Graph, x: str, manner: str) -> str:
    """`x` (time, 1, wide) with the style beside every step."""
    shape = g.op("Concat", g.op("Shape", x, end=2), g.integers(HALF_STYLE), axis=0)
    return g.op("Concat", x, g.op("Expand", manner, shape), axis=2)


def _text(g: Graph, s: KokoroSize) -> str:
    """(n, 1, hidden) of what is said, whoever says it."""
    x = g.op("Transpose", g.op("Gather", g.weight(SYMBOL_COUNT, s.hidden), "input_ids", axis=0), perm=[0, 2, 1])
    for _ in range(3):
        x = g.op("Transpose", g.convolution(x, s.hidden, s.hidden, 5), perm=[0, 2, 1])
        x = g.op("LeakyRelu", g.op("Transpose", g.layer_norm(x, s.hidden), perm=[0, 2, 1]), alpha=0.2)
    return g.lstm(g.op("Transpose", x, perm=[2, 0, 1]), s.hidden, s.hidden)


def _pitch_and_energy(g: Graph, s: KokoroSize, heard: str, manner: str) -> tuple[str, str]:
    """Each (1, 1, 2 frames)."""
    x = g.op("Transpose", g.lstm(heard, s.hidden + HALF_STYLE, s.hidden), perm=[1, 2, 0])
    half, found = s.hidden // 2, []
    for _ in range(2):
        y = _styled_block(g, x, manner, s.hidden, s.hidden)
        y = _styled_block(g, y, manner, s.hidden, half, doubled=True)
        found.append(g.convolution(_styled_block(g, y, manner, half, half), half, 1, 1))
    return found[0], found[1]


def _styled_norm(g: Graph, x: str, style: str, channels: int) -> str:
    both = g.op("Unsqueeze", g.linear(style, HALF_STYLE, 2 * channels), g.integers(2))
    scale, shift = g.ops("Split", both, outputs=2, axis=1, num_outputs=2)
    normed = g.op("InstanceNormalization", x, g.constant(np.ones(channels)), g.constant(np.zeros(channels)))
    return g.op("Add", g.op("Mul", normed, g.op("Add", scale, g.constant([1.0]))), shift)


def _styled_block(g: Graph, x: str, style: str, inside: int, outside: int, *, doubled: bool = False) -> str:
    y = g.op("LeakyRelu", _styled_norm(g, x, style, inside), alpha=0.2)
    if doubled:
        once = g.weight(inside, 1, 3, scale=0.5)
        y = g.op("ConvTranspose", y, once, group=inside, strides=[2], pads=[1, 1], output_padding=[1])
        x = g.op("Resize", x, "", g.constant([1.0, 1.0, 2.0]), mode="nearest")
    y = g.op("LeakyRelu", _styled_norm(g, g.convolution(y, inside, outside, 3), style, outside), alpha=0.2)
    y = g.convolution(y, outside, outside, 3)
    if inside != outside:
        x = g.op("Conv", x, g.weight(outside, inside, 1))
    return g.op("Mul", g.op("Add", y, x), g.constant(1 / math.sqrt(2)))


def _decoded(g: Graph, s: KokoroSize, text: str, pitch: str, energy: str, voice: str) -> str:
    """(samples,)"""
    curves = [g.convolution(curve, 1, 1, 3, strides=[2]) for curve in (pitch, energy)]
    x = _styled_block(g, g.op("Concat", text, *curves, axis=1), voice, s.hidden + 2, s.decoder)
    aside = g.convolution(text, s.hidden, ASIDE, 1)
    for last in (False, False, False, True):
        x = g.op("Concat", x, aside, *curves, axis=1)
        x = _styled_block(g, x, voice, s.decoder + ASIDE + 2, s.generator if last else s.decoder, doubled=last)
    return _generated(g, s, x, voice, _source(g, pitch))


def _source(g: Graph, pitch: str) -> str:
    """The spectrum of a hum at the pitch and its harmonics: (1, 22, steps)."""
    factor = g.constant([1.0, 1.0, UPSAMPLING / 2])
    steps = g.op("Resize", g.op("Abs", pitch), "", factor, mode="nearest")
    turns = g.op("Mul", steps, g.constant(np.arange(1, HARMONICS + 1).reshape(1, -1, 1) / 100))
    hum = g.op("Sin", g.op("CumSum", turns, g.constant(2, np.int64)))
    merged = g.op("Tanh", g.convolution(hum, HARMONICS, 1, 1))
    angles = 2 * np.pi * np.outer(np.arange(BINS), np.arange(FFT)) / FFT
    window = np.hanning(FFT + 1)[:-1]
    padded = g.op("Pad", merged, g.integers(0, 0, FFT // 2, 0, 0, FFT // 2), mode="edge")
    real, imaginary = (
        g.op("Conv", padded, g.constant((wave(angles) * window)[:, None]), strides=[HOP]) for wave in (np.cos, np.sin)
    )
    power = g.op("Add", g.op("Mul", real, real), g.op("Mul", imaginary, imaginary))
    floor = g.constant([1e-9])
    phase = g.op("Atan", g.op("Div", imaginary, g.op("Add", g.op("Abs", real), floor)))
    return g.op("Concat", g.op("Sqrt", g.op("Add", power, floor)), phase, axis=1)


def _generated(g: Graph, s: KokoroSize, x: str, voice: str, source: str) -> str:
    for i, (rate, kernel) in enumerate(zip(RATES, KERNELS, strict=True)):
        last, channels = i + 1 == len(RATES), s.generator >> (i + 1)
        step = 1 if last else math.prod(RATES[i + 1 :])
        wide = 1 if last else 2 * step
        aside = g.convolution(
            source, 2 * BINS, channels, wide, strides=[step], pads=[0, 0] if last else [(step + 1) // 2] * 2
        )
        aside = _snaking_block(g, aside, voice, channels, 11 if last else 7)
        x, up = g.op("LeakyRelu", x, alpha=0.1), g.weight(2 * channels, channels, kernel, scale=0.02)
        x = g.op("ConvTranspose", x, up, strides=[rate], pads=[(kernel - rate) // 2] * 2)
        if last:
            x = g.op("Pad", x, g.integers(0, 0, 1, 0, 0, 0), mode="reflect")
        x = g.op("Add", x, aside)
        heard = [_snaking_block(g, x, voice, channels, spread) for spread in SPREADS]
        x = g.op("Mul", g.op("Sum", *heard), g.constant(1 / len(SPREADS)))
    x = g.convolution(g.op("LeakyRelu", x, alpha=0.01), channels, FFT + 2, 7)
    size, phase = g.ops("Split", x, outputs=2, axis=1, num_outputs=2)
    return _sounding(g, g.op("Exp", g.op("Min", size, g.constant([2.0]))), g.op("Sin", phase))


def _snaking_block(g: Graph, x: str, voice: str, channels: int, kernel: int) -> str:
    for dilation in DILATIONS:
        y = x
        for spread in (dilation, 1):
            y = _styled_norm(g, y, voice, channels)
            bent = g.op("Sin", g.op("Mul", y, g.constant(np.ones((1, channels, 1)))))
            y = g.op("Add", y, g.op("Mul", g.op("Mul", bent, bent), g.constant(np.ones((1, channels, 1)))))
            y = g.convolution(y, channels, channels, kernel, dilations=[spread])
        x = g.op("Add", y, x)
    return x


def _sounding(g: Graph, size: str, phase: str) -> str:
    """The inverse transform, windows overlapping, as a transposed convolution."""
    angles = 2 * np.pi * np.outer(np.arange(BINS), np.arange(FFT)) / FFT
    window = np.hanning(FFT + 1)[:-1] / FFT
    parts = [
        g.op("ConvTranspose", g.op("Mul", size, g.op(turn, phase)), g.constant((wave * window)[:, None]), strides=[HOP])
        for turn, wave in (("Cos", np.cos(angles)), ("Sin", -np.sin(angles)))
    ]
    sound = g.op("Slice", g.op("Add", *parts), g.integers(FFT // 2), g.integers(-(FFT // 2)), g.integers(2))
    return g.op("Reshape", sound, g.integers(-1))

"""A portrait without a face model, and engines that are quick, that count, and that fail when told to."""

import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import NoSuchFaceError
from avatar.types import Image, Portrait, RenderChunk, Size
from models.hardware import Hardware
from models.weights import WeightStore
from video_processor.pictures import Picture
from video_processor.renderers.base import Renderer, RendererCapabilities

Patch = Callable[[str, Any], None]

SIZE = Size(128, 128)


def write_picture(path: Path, side: int = 160) -> Path:
    rows = np.linspace(0, 255, side)[:, None]
    Pillow.fromarray(np.repeat(np.tile(rows, (1, side))[..., None], 3, axis=2).astype(np.uint8)).save(path)
    return path


def write_sound(path: Path, seconds: float, level: float = 0.3) -> Path:
    """Bursts of a buzz at four a second, which pass for syllables."""
    times = np.arange(int(seconds * 16_000)) / 16_000
    buzz = np.sign(np.sin(2 * np.pi * 120 * times)) * np.clip(np.sin(2 * np.pi * 4 * times), 0, 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((buzz * level * 32_000).astype("<i2").tobytes())
    return path


def whole_picture_portrait(picture: Picture, _tracker: object, *, min_face_pixels: int, face: int = 0) -> Portrait:
    """In place of `analyse_portrait`: two faces as wide as half the picture, in its middle; there is no third."""
    if face > 1:
        raise NoSuchFaceError(f"There are 2 faces in {picture.name}; it has no face {face}.", cure="Give 0 or 1.")
    height, width = picture.image.shape[:2]
    angles = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    points = np.stack([width * (0.5 + 0.25 * np.cos(angles)), height * (0.5 + 0.25 * np.sin(angles)), 0 * angles], 1)
    return Portrait(
        image=picture.image,
        landmarks=points.astype(np.float32),
        person=np.full((height, width), 255, np.uint8),
        pose=(0.0, 0.0, 0.0),
        rest=np.zeros(len(BLENDSHAPES), np.float32),
        inter_ocular=width / 4,
        digest=picture.digest,
        alpha=picture.alpha,
        notes=picture.notes,
    )


@dataclass
class CountingEngine:
    """Draws the number of each frame into it. Notes each chunk that it drew, in `drawn` and as a line in `log`.

    In the middle of the chunks in `fails_on` it raises `error`, or stops short where that is None; where
    they hold -1 it raises in `prepare`.
    """

    name: str = "puppet"
    fails_on: Sequence[int] = ()
    log: Path | None = None
    error: Exception | None = field(default_factory=lambda: RuntimeError("the engine broke"))
    sequential: bool = False
    prepared: int = 0
    drawn: list[int] = field(default_factory=list)
    wait_for: threading.Event | None = None

    @property
    def capabilities(self) -> RendererCapabilities:
        return RendererCapabilities(self.name, 1, "counts", sequential=self.sequential)

    def prepare(self, portrait: Portrait, size: Size) -> "CountingSession":
        assert portrait.size == size
        self.prepared += 1
        if -1 in self.fails_on and self.error is not None:
            raise self.error
        return CountingSession(self, portrait.image)


@dataclass
class CountingSession:
    engine: CountingEngine
    image: Image

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        if self.engine.wait_for is not None:
            assert self.engine.wait_for.wait(30)
        for frame, _ in enumerate(chunk.own_motion.blendshapes):
            if chunk.index in self.engine.fails_on and frame == chunk.count // 2:
                if self.engine.error is None:
                    return
                raise self.engine.error
            image = self.image.copy()
            image[:16] = (chunk.first + frame) % 250
            yield image
        self.engine.drawn.append(chunk.index)
        if self.engine.log is not None:
            with self.engine.log.open("a") as file:
                file.write(f"{chunk.index}\n")


def use_fakes(patch: Patch, *engines: Renderer) -> None:
    """`patch` sets what a dotted name stands for, as pytest's monkeypatch does."""
    found = {engine.capabilities.name: engine for engine in engines}

    def all_engines(
        _store: WeightStore, _hardware: Hardware | None = None, *, puppet_device: str = "cpu"
    ) -> dict[str, Renderer]:
        return found

    patch("orchestrator.portraits.analyse_portrait", whole_picture_portrait)
    patch("orchestrator.nodes.portrait_analysis.face_tracker", lambda _weights: None)
    patch("orchestrator.run.engines", all_engines)
    patch("orchestrator.artifacts.code_version", lambda: "the code while a test runs")


def finished_chunks(data: Path) -> set[int]:
    """The chunks whose segments have their names."""
    return {int(path.stem.rpartition("-")[2]) for path in (data / "artifacts").glob("segment-*.mp4")}

"""Looks at portraits in a process of its own: quick while videos render, and a crash of native code costs only that."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import AvatarError, PortraitError
from avatar.face_measures import Box
from avatar.files import file_digest
from avatar.settings import Settings
from avatar.types import Portrait, Size
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore
from orchestrator.portraits import (
    FACE_MODELS,
    fetch_face_models,
    kept_overlay,
    kept_report,
    load_report,
    measure_portrait,
    overlay_path,
    portrait_key,
    portrait_path,
    report_path,
)
from orchestrator.side_process import Attend, SideProcess
from video_processor.portrait import load_portrait, save_portrait
from video_processor.portrait_measures import face_box
from video_processor.portrait_report import PortraitReport, refused

LONGEST_LOOK_SECONDS: Final = 120.0
LOOKS_BEFORE_GIVING_UP: Final = 2
KEPT_OUTLINES: Final = 256

Shares = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PortraitOutline:
    """What was seen on an upright picture of `width` times `height` pixels with that SHA-256.

    `face`: x and y of its upper left corner, width and height, as shares of the picture's sides. `faces`: all there
    are, largest first.
    """

    digest: str
    width: int
    height: int
    face: Shares
    notes: tuple[str, ...]
    faces: tuple[Shares, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to look at: the face that is meant, and where the portrait goes, or lies already.

    `key` is the portrait's. With `checked` the report on it is written too, and with `drawn` its overlay.
    """

    image: Path
    portrait: Path
    key: str
    face: int = 0
    checked: bool = False
    drawn: bool = False


Reply = PortraitOutline | AvatarError


class PortraitDesk:
    """Looks at pictures and reports on them. Callers may come from many threads; one picture is looked at at a time.

    The process starts with the first picture, or with `warm`, and ends with this one. What it saw is the artifact that
    a job with the picture finds. `attend` is what the process does.
    """

    def __init__(self, settings: Settings, attend: Attend | None = None) -> None:
        self._settings = settings
        self._process = SideProcess("portrait-desk", attend or look_at_pictures, settings)
        self._artifacts = ArtifactStore(settings.data_dir / "artifacts")
        self._outlines: OrderedDict[str, PortraitOutline] = OrderedDict()
        self._one_look = threading.Lock()
        self._closing = threading.Event()

    def warm(self) -> None:
        """Start the process, so that the first picture need not wait for it."""
        with self._one_look:
            self._process.line()

    def look(self, image: Path, face: int = 0) -> PortraitOutline:
        """Raises `PortraitError` for a picture that cannot be animated, `WeightsError` where models are missing."""
        return self._looked_at(image, face)[0]

    def portrait(self, image: Path, face: int = 0) -> Portrait:
        """The picture, measured. Raises what `look` raises."""
        return load_portrait(portrait_path(self._artifacts, self._looked_at(image, face)[1]))

    def report(self, image: Path, name: str, face: int = 0) -> PortraitReport:
        """On the picture that people know by `name`, a refused one too. Raises `WeightsError` as `look` does."""
        try:
            key = self._looked_at(image, face)[1]
            path = self._made(report_path(self._artifacts, key), image, key, face)
        except PortraitError as error:
            message = error.message.replace(str(image), name).replace(image.name, name)
            return refused(name, PortraitError(message, cure=error.cure))
        return replace(load_report(path), name=name)

    def overlay(self, image: Path, face: int = 0) -> Path:
        """The PNG that shows what was found. Raises what `look` raises."""
        key = self._looked_at(image, face)[1]
        return self._made(overlay_path(self._artifacts, key), image, key, face)

    def close(self) -> None:
        """End the process, in the middle of a look too; a later look starts another one."""
        self._closing.set()
        self._process.kill()
        with self._one_look:
            self._process.dismiss()
            self._closing.clear()

    def _looked_at(self, image: Path, face: int) -> tuple[PortraitOutline, str]:
        """What was seen, and the portrait's key."""
        key = portrait_key(_digest(image), self._settings, face)
        path = portrait_path(self._artifacts, key)
        outline = self._known(key, path)
        if outline is None:
            with self._one_look:
                outline = self._known(key, path) or self._ask(Picture(image, path, key, face))
                self._remember(key, outline)
        return outline, key

    def _made(self, path: Path, image: Path, key: str, face: int) -> Path:
        """The report's or the overlay's file, written by the process where it is missing."""
        if not self._artifacts.is_finished(path):
            drawn = path == overlay_path(self._artifacts, key)
            with self._one_look:
                if not self._artifacts.is_finished(path):
                    portrait = portrait_path(self._artifacts, key)
                    self._ask(Picture(image, portrait, key, face, checked=True, drawn=drawn))
        return path

    def _known(self, key: str, path: Path) -> PortraitOutline | None:
        if not self._artifacts.is_finished(path):
            return None
        if (outline := self._outlines.get(key)) is None:
            outline = outline_of(load_portrait(path))
            self._remember(key, outline)
        return outline

    def _remember(self, key: str, outline: PortraitOutline) -> None:
        self._outlines[key] = outline
        while len(self._outlines) > KEPT_OUTLINES:
            self._outlines.popitem(last=False)

    def _ask(self, picture: Picture) -> PortraitOutline:
        fetch_face_models(WeightStore.of(self._settings))
        for _ in range(LOOKS_BEFORE_GIVING_UP):
            reply = self._reply(picture)
            if isinstance(reply, AvatarError):
                raise reply
            if reply is not None:
                return reply
            if self._closing.is_set():
                raise PortraitError(
                    f"{picture.image.name} was not looked at: the service ends.", cure="Try again later."
                )
        raise PortraitError(
            f"{picture.image.name} cannot be looked at: it ended the process that did so, "
            f"{LOOKS_BEFORE_GIVING_UP} times.",
            cure="Open it in a picture editor and save it anew, as PNG or JPEG.",
        )

    def _reply(self, picture: Picture) -> Reply | None:
        """None where the process died over the picture."""
        line = self._process.line()
        try:
            line.send(picture)
            if line.poll(LONGEST_LOOK_SECONDS):
                reply: Reply = line.recv()
                return reply
        except (EOFError, OSError):
            self._process.dismiss()
            return None
        self._process.dismiss()
        return PortraitError(
            f"{picture.image.name} was looked at for {LONGEST_LOOK_SECONDS:.0f} s without a result.",
            cure="Use a smaller picture.",
        )


def outline_of(portrait: Portrait) -> PortraitOutline:
    face = _shares(face_box(portrait.landmarks), portrait.size)
    boxes = portrait.measures.faces if portrait.measures else ()
    faces = tuple(_shares(box, portrait.size) for box in boxes) or (face,)
    return PortraitOutline(portrait.digest, *portrait.size, face, portrait.notes, faces)


def _shares(box: Box, size: Size) -> Shares:
    """The box within the picture, as shares of its sides."""
    corners = np.array([(box.x, box.y), (box.x + box.width, box.y + box.height)]) / np.array(size)
    low, high = np.clip(corners, 0.0, 1.0)
    x, y, width, height = (round(float(share), 4) for share in (*low, *(high - low)))
    return x, y, width, height


def look_at_pictures(line: Connection, settings: Settings) -> None:
    """Answers every `Picture` that comes with an outline, and puts what is asked for in its place."""
    weights = WeightStore.of(settings)
    ready = all(weights.is_present(key) for key in weights.select([FACE_MODELS]))
    trackers = [FaceTracker(weights)] if ready else []

    def measured(picture: Picture) -> Portrait:
        if not trackers:
            trackers.append(FaceTracker(weights))
        return measure_portrait(picture.image, trackers[0], settings, picture.face)

    artifacts = ArtifactStore(settings.data_dir / "artifacts")
    while True:
        picture: Picture = line.recv()
        line.send(answer(picture, artifacts, measured))


def answer(picture: Picture, artifacts: ArtifactStore, measure: Callable[[Picture], Portrait]) -> Reply:
    """What the process does for one picture; `measure` makes the portrait where it is missing."""
    try:
        portrait = artifacts.kept(picture.portrait, lambda: measure(picture), save_portrait, load_portrait)
        if picture.checked:
            report = kept_report(artifacts, picture.key, picture.image.name, lambda: portrait)
            if picture.drawn:
                kept_overlay(artifacts, picture.key, report, lambda: portrait)
        return outline_of(portrait)
    except AvatarError as error:
        return error


def _digest(image: Path) -> str:
    try:
        return file_digest(image)
    except OSError as error:
        raise PortraitError(f"{image} cannot be opened: {error.strerror}.", cure="Check the path.") from None

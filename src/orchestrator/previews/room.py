"""Draws stretches of a job's video small and soon: the motion and the portrait stay at hand from one to the next."""

import wave
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np

from avatar.performance import Performance
from avatar.types import SAMPLE_RATE_HZ, Cutout, FaceMotion, Floats, Image, Portrait, RenderChunk, Size
from orchestrator.moving import MotionSource, synthesised
from orchestrator.previews.tasks import CurvesTask, PictureTask, SoundTask, Task, WarmTask
from video_processor.cutout import laid_over
from video_processor.encoding import encode_segment, encode_soundtrack
from video_processor.framing import Crop, crop_portrait, resampled
from video_processor.motion.overview import MotionOverview, overview
from video_processor.portrait import load_portrait
from video_processor.quality.gate import check_motion
from video_processor.renderers.base import RenderSession
from video_processor.renderers.puppet import PuppetRenderer

Value = TypeVar("Value")

KEPT_MOTIONS: Final = 4
KEPT_STAGES: Final = 3
CRF: Final = 20
PRESET: Final = "ultrafast"
SOUND_BITRATE: Final = 64_000
GROUND: Final = 128
"""Grey level behind a person who has nothing behind them: an MP4 has no transparency."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A portrait ready to be drawn; the session's frames are brought to `size`."""

    session: RenderSession
    size: Size


class PreviewRoom:
    """What a process keeps between previews. For one thread."""

    def __init__(self) -> None:
        self._motions = _Kept[FaceMotion](KEPT_MOTIONS)
        self._stages = _Kept[Stage](KEPT_STAGES)

    def done(self, task: Task, check: Callable[[], None]) -> MotionOverview | None:
        """The task's answer. What `check`, called before each frame, raises ends the work."""
        if isinstance(task, CurvesTask):
            motion = self._motion(task.source, task.performance)
            return overview(motion, most_points=task.most_points, most_per_second=task.most_per_second)
        if isinstance(task, PictureTask):
            self._draw(task, check)
        elif isinstance(task, SoundTask):
            _write_sound(task)
        elif isinstance(task, WarmTask):
            self._stage(task.source, task.side)
        return None

    def _draw(self, task: PictureTask, check: Callable[[], None]) -> None:
        motion = self._motion(task.source, task.performance)
        stage = self._stage(task.source, task.side)
        frames = _frames(stage, motion, task.first, task.count, check)
        encode_segment(frames, task.place, size=stage.size, fps=motion.fps, crf=CRF, preset=PRESET)

    def _motion(self, source: MotionSource, performance: Performance) -> FaceMotion:
        def made() -> FaceMotion:
            motion = synthesised(source, performance)
            check_motion(motion)
            return motion

        return self._motions.get((source, performance), made)

    def _stage(self, source: MotionSource, side: int) -> Stage:
        return self._stages.get((source.framed, side), lambda: _prepared(load_portrait(source.framed), side))


class _Kept(Generic[Value]):
    """The `most` values used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, name: Hashable, make: Callable[[], Value]) -> Value:
        if name not in self._values:
            self._values[name] = make()
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        self._values.move_to_end(name)
        return self._values[name]


def preview_size(video: Size, side: int) -> Size:
    """Even sides, the longer of which is `side` or the video's own where that is less, in the video's aspect."""
    scale = min(1.0, side / max(video))
    width, height = (max(2, round(length * scale / 2) * 2) for length in video)
    return Size(width, height)


def sound_between(samples: Path, first: int, count: int, fps: Fraction) -> Floats:
    """The sound (n,) of frames `first` to `first + count`, as far as there is any; mono float32 at 16 kHz."""
    start, stop = (round(Fraction(frame * SAMPLE_RATE_HZ) / fps) for frame in (first, first + count))
    return np.fromfile(samples, np.float32, stop - start, offset=start * np.dtype(np.float32).itemsize)


def _prepared(portrait: Portrait, side: int) -> Stage:
    """Footage is drawn at its own size, since its frames are kept in that."""
    size, cutout = preview_size(portrait.size, side), portrait.cutout
    if portrait.footage is not None:
        return Stage(PuppetRenderer().prepare(portrait, portrait.size), size)
    if cutout is not None and cutout.behind is None:
        ground = np.full_like(portrait.image, GROUND)
        portrait = replace(portrait, image=laid_over(cutout.front, ground), cutout=Cutout(cutout.front, ground))
    small = crop_portrait(portrait, Crop(0, 0, *portrait.size), size)
    return Stage(PuppetRenderer().prepare(small, size), size)


def _frames(stage: Stage, motion: FaceMotion, first: int, count: int, check: Callable[[], None]) -> Iterator[Image]:
    """The puppet looks at no sound."""
    chunk = RenderChunk(0, first, count, motion[first : first + count], np.zeros(0, np.float32))
    for frame in stage.session.render(chunk):
        check()
        yield resampled(frame, stage.size) if frame.shape[1::-1] != stage.size else frame


def _write_sound(task: SoundTask) -> None:
    sound = sound_between(task.source.samples, task.first, task.count, task.source.rate)
    raw = task.place.with_suffix(".wav")
    with wave.open(str(raw), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.rint(np.clip(sound, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
    seconds = float(task.count / task.source.rate)
    encode_soundtrack(raw, task.place, bitrate=SOUND_BITRATE, duration=seconds)

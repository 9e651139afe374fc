"""The landmarks of the person in a film, frame by frame.

The detector looks where no face is followed; while one is, each frame takes one look of the mesh around where
the face was in the frame before. Frames are read one at a time, and only landmarks are kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar.errors import InputError
from avatar.types import Floats, Image, Size
from models.face_mesh.detector import Detection
from models.face_mesh.tracker import FaceTracker
from video_processor.containers import film_stream, media_reader
from video_processor.face_checks import is_human

FOLLOWED_PRESENCE: Final = 0.5
"""Probability of a face under which it counts as lost (MediaPipe's `min_tracking_confidence`)."""

LOOK_AGAIN_SECONDS: Final = 0.2
"""How often the detector looks for a face that is not there; its search by tiles takes long."""

SAME_PERSON_SIDES: Final = 1.5
"""Who is lost and found within so many sides of the face is the same person; beyond, the largest face counts."""

USUAL_FPS: Final = 25.0


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face over the frames of a film.

    `times` (n,) in seconds from the first frame; `landmarks` (n, 478, 3) float32 in pixels, NaN where there is no
    face; `size` of the frames.
    """

    times: NDArray[np.float64]
    landmarks: Floats
    size: Size

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(n,) whether there is a face."""
        return np.asarray(np.isfinite(self.landmarks[:, 0, 0]))


def video_frames(path: Path) -> Iterator[tuple[float, Image]]:
    """Every frame: seconds from the first one, strictly rising, and the picture upright, RGB, with square pixels.

    All have the first one's size. Frames that cannot be decoded are passed over. Raises `InputError` where `path`
    is no film.
    """
    with media_reader(path, InputError) as container:
        stream = film_stream(container)
        if stream is None:
            raise InputError(f"{path.name} holds no picture.", cure="Give a video in which a face is seen.")
        stream.thread_type = "AUTO"
        begin: float | None = None
        last = -1.0
        width, height = 0, 0
        for index, frame in enumerate(_decoded(container, stream)):
            time = float(frame.time) if frame.time is not None else index / float(stream.average_rate or USUAL_FPS)
            if begin is None:
                begin = time
                width, height = _square_pixels(frame, stream)
            if time - begin > last:
                last = time - begin
                yield last, _upright(frame, width, height)
        if begin is None:
            raise InputError(f"{path.name} is damaged: no frame of it can be decoded.", cure="Copy or export it again.")


def track_landmarks(frames: Iterable[tuple[float, Image]], tracker: FaceTracker) -> TrackedFace:
    """Follows the largest face from where it is first seen; one that is lost and found again close by is the same.

    Raises `InputError` where there is no frame.
    """
    times: list[float] = []
    rows: list[Floats] = []
    search = _Search(tracker)
    shape: tuple[int, ...] = ()
    for time, image in frames:
        shape = image.shape
        times.append(time)
        rows.append(search.landmarks(time, image))
    if not times:
        raise InputError("There is no frame to track a face in.", cure="Give a video that holds frames.")
    return TrackedFace(np.array(times, np.float64), np.stack(rows), Size(shape[1], shape[0]))


class _Search:
    """Where the face was, and when the detector looked last."""

    def __init__(self, tracker: FaceTracker) -> None:
        self._tracker = tracker
        self._before: Floats | None = None
        self._known: Floats | None = None
        self._looked = -np.inf

    def landmarks(self, time: float, image: Image) -> Floats:
        """(478, 3), NaN without a face."""
        found = self._followed(image)
        if found is None and (self._before is not None or time - self._looked >= LOOK_AGAIN_SECONDS):
            found = self._found(image)
            self._looked = time
        self._before = found
        if found is None:
            return np.full((478, 3), np.nan, np.float32)
        self._known = found
        return found

    def _followed(self, image: Image) -> Floats | None:
        if self._before is None:
            return None
        face = self._tracker.follow(image, self._before)
        return face.landmarks if face.presence >= FOLLOWED_PRESENCE else None

    def _found(self, image: Image) -> Floats | None:
        for detection in sorted(self._tracker.detect(image), key=self._rank):
            face = self._tracker.measure(image, detection)
            if is_human(face):
                return face.landmarks
        return None

    def _rank(self, detection: Detection) -> tuple[float, float]:
        """Small for who was lost close by, then for large faces."""
        if self._known is None:
            return 0.0, -detection.side
        low, high = self._known[:468, :2].min(axis=0), self._known[:468, :2].max(axis=0)
        x, y, width, height = detection.box
        apart = np.hypot(*(np.array([x + width / 2, y + height / 2]) - (low + high) / 2))
        away = float(apart) / max(float((high - low).max()), 1.0)
        return (away if away < SAME_PERSON_SIDES else SAME_PERSON_SIDES), -detection.side


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in _packets(container, stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _packets(container: InputContainer, stream: VideoStream) -> Iterator["av.Packet[VideoStream]"]:
    """Up to where a damaged file can be read."""
    try:
        yield from container.demux(stream)
    except av.error.InvalidDataError:
        return


def _square_pixels(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Width and height that show the frame undistorted."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return max(2, round(frame.width * aspect)), frame.height


def _upright(frame: VideoFrame, width: int, height: int) -> Image:
    image = frame.to_ndarray(format="rgb24", width=width, height=height)
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)), np.uint8)

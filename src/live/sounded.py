"""Frames by an engine that hears what is around them."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

import numpy as np

from avatar.types import SAMPLE_RATE_HZ, FaceMotion, Floats, Image, RenderChunk, Size
from live.stage import Heard
from video_processor.renderers.base import Layered, LiveContext, RenderSession

MORE_FRAMES: Final = 2
"""Of context, since engines round theirs up to whole frames twice: of speech that holds, and of its fade."""

NO_SOUND: Final[Floats] = np.zeros(0, np.float32)

_ONE_AT_A_TIME: Final = threading.Lock()
"""Held while a frame is drawn by many short steps: two threads that did so at once would hand the interpreter's lock to
and fro at each, and take twice as long for both.
"""


@dataclass(frozen=True, slots=True)
class SessionDrawer:
    """Draws single frames with an engine that looks at nothing around them."""

    session: RenderSession
    size: Size
    fps: Fraction

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        motion = FaceMotion(self.fps, shapes[None], pose[None])
        with _ONE_AT_A_TIME:
            return next(iter(self.session.render(RenderChunk(0, index, 1, motion, NO_SOUND))))


@dataclass(frozen=True, slots=True)
class _Shown:
    """The face in a frame that was drawn."""

    index: int
    shapes: Floats
    pose: Floats


class SoundedDrawer:
    """Draws single frames with an engine that hears; where it fails, with the one below it from then on.

    The face of frames past the one that is drawn, which nobody knows, counts as that one's; so does, for a frame that
    was left out, the face before it. `fell` hears what an engine failed of. An engine that lies over no other has none
    to go on with, and its errors are the drawer's.
    """

    def __init__(
        self,
        session: RenderSession,
        size: Size,
        fps: Fraction,
        context: LiveContext,
        fell: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self.size, self.context = size, context
        self._session, self._fps, self._fell = session, fps, fell
        self._before = ceil(context.before * fps) + MORE_FRAMES
        self._after = ceil(context.after * fps) + MORE_FRAMES
        self._shown: deque[_Shown] = deque()
        self._heard: Heard = silence
        self._plain: SessionDrawer | None = None

    def listen(self, heard: Heard) -> None:
        """See `Listener`."""
        self._heard = heard

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        """See `Drawer`."""
        if self._plain is not None:
            return self._plain.draw(index, shapes, pose)
        try:
            return next(iter(self._session.render(self._chunk(_Shown(index, shapes, pose)))))
        except Exception as error:
            if not isinstance(self._session, Layered):
                raise
            self._plain = SessionDrawer(self._session.puppet, self.size, self._fps)
            self._session = self._session.puppet
            self._fell(error)
        return self._plain.draw(index, shapes, pose)

    def _chunk(self, frame: _Shown) -> RenderChunk:
        first = max(0, frame.index - self._before)
        self._keep(frame, first)
        faces = [*self._faces(first, frame.index), *[frame] * self._after]
        start, stop = (round(Fraction(at * SAMPLE_RATE_HZ) / self._fps) for at in (first, first + len(faces)))
        motion = FaceMotion(self._fps, np.stack([face.shapes for face in faces]), np.stack([f.pose for f in faces]))
        return RenderChunk(0, frame.index, 1, motion, self._heard(start, stop - start), frame.index - first)

    def _keep(self, frame: _Shown, first: int) -> None:
        """The frame, and of those before it all that tell of frame `first` and later ones."""
        self._shown.append(frame)
        while len(self._shown) > 1 and self._shown[1].index <= first:
            self._shown.popleft()

    def _faces(self, first: int, last: int) -> list[_Shown]:
        """The face of each frame from `first` to `last`: the latest that was drawn by then, or the earliest known."""
        found, at = [], 0
        for index in range(first, last + 1):
            while at + 1 < len(self._shown) and self._shown[at + 1].index <= index:
                at += 1
            found.append(self._shown[at])
        return found


def silence(_first: int, count: int) -> Floats:
    """What is heard where nothing is."""
    return np.zeros(count, np.float32)

"""A portrait whose mouth Wav2Lip draws: the puppet draws the next frames while the network works on the last."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

import numpy as np

from avatar.errors import RenderError
from avatar.types import Floats, Image, RenderChunk
from video_processor.renderers.base import RenderSession, Telling
from video_processor.renderers.wav2lip.crop import samples_of
from video_processor.renderers.wav2lip.faces import Face, faces
from video_processor.renderers.wav2lip.mask import HIDDEN_FROM, mouth_mask
from video_processor.renderers.wav2lip.paste import paste
from video_processor.renderers.wav2lip.sound import ChunkSound
from video_processor.renderers.wav2lip.voicing import voicing

BLANK_RANGE: Final = 2
LIVELY_RANGE: Final = 24
"""A mouth whose levels differ by no more than the first, where those of the face do by the second, is no picture."""


class Lips(Protocol):
    """A network that draws lips. Safe for threads."""

    def draw(self, mels: Floats, faces: Image, *, top: int) -> Image:
        """Faces (n, 96, 96, 3) uint8 RGB, drawn anew from row `top` on with the mouths of mels (n, 80, 16)."""
        ...

    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame of the puppet's, and of those that get the network's mouth the face, what it looks like and sounds like.

    `mask` (96, 96): the mouth's share.
    """

    image: Image
    face: Face | None = None
    seen: Image | None = None
    mel: Floats | None = None
    mask: Floats | None = None


@dataclass(frozen=True, slots=True)
class Wav2LipSession:
    """A portrait ready to speak. `puppet`: its session; `batch`: frames that the network gets at once, always as many.

    `worker` runs the network, one batch after the other, whoever asks.
    """

    puppet: RenderSession
    rest: Floats
    lips: Lips
    batch: int
    worker: Executor

    @property
    def notes(self) -> tuple[str, ...]:
        own = self.puppet.notes if isinstance(self.puppet, Telling) else ()
        return tuple(dict.fromkeys((*self.lips.notes, *own)))

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        """The chunk's frames. Raises `RenderError` where the network draws nothing."""
        shots = self._shots(chunk)
        waiting = list(islice(shots, self.batch))
        drawing = self.worker.submit(self._drawn, waiting)
        while waiting:
            following = list(islice(shots, self.batch))
            drawn = drawing.result()
            drawing = self.worker.submit(self._drawn, following)
            yield from self._finished(waiting, drawn)
            waiting = following

    def _shots(self, chunk: RenderChunk) -> Iterator[Shot]:
        sound = ChunkSound(chunk)
        shares = voicing(chunk, self.rest, sound)
        for place, (image, face) in enumerate(faces(self.puppet, chunk)):
            share = float(shares[place]) * (face.hold if face else 0.0)
            if face is None or share == 0:
                yield Shot(image)
                continue
            mask = mouth_mask(face.crop.place(face.landmarks)) * np.float32(share)
            seen = face.crop.cut(image, samples_of(face.crop))
            yield Shot(image, face, seen, sound.window(chunk.first + place), mask)

    def _drawn(self, shots: list[Shot]) -> list[Image]:
        """The network's faces of those shots that have one; the batch is filled up with the last of them."""
        seen = [shot.seen for shot in shots if shot.seen is not None]
        mels = [shot.mel for shot in shots if shot.mel is not None]
        if not seen:
            return []
        more = self.batch - len(seen)
        sounds, pictures = np.stack(mels + mels[-1:] * more), np.stack(seen + seen[-1:] * more)
        drawn = self.lips.draw(sounds, pictures, top=HIDDEN_FROM)
        return list(drawn[: len(seen)])

    def _finished(self, shots: list[Shot], drawn: list[Image]) -> Iterator[Image]:
        faces = iter(drawn)
        for shot in shots:
            if shot.face is not None and shot.seen is not None and shot.mask is not None:
                mouth = next(faces)
                require_picture(shot.seen, mouth)
                paste(shot.image, shot.face.crop, shot.seen, mouth, shot.mask)
            yield shot.image


def require_picture(seen: Image, drawn: Image) -> None:
    """Raises `RenderError` where the drawn half of a face is blank, as it is for numbers that are none."""
    if np.ptp(drawn[HIDDEN_FROM:]) <= BLANK_RANGE and np.ptp(seen[HIDDEN_FROM:]) >= LIVELY_RANGE:
        raise RenderError(
            "The network drew a blank mouth: its numbers are too large or none.",
            cure="Use fp32, or another engine; `python main.py models verify` tells whether the file is right.",
        )

"""Single pictures as JPEG, and sound as it is."""

from collections.abc import Callable
from typing import Final

import cv2

from avatar.errors import EncodingError
from live.contract import TimedFrame, TimedSound
from live.media import Media, MediaKind
from live.messages import ServerMessage

JPEG_QUALITY: Final = 85


class PictureViewer:
    """Gives `emit` a picture a frame, where `wants_pictures`, and pcm16 where `sound`."""

    def __init__(
        self,
        emit: Callable[[Media], None],
        tell: Callable[[ServerMessage], None] = lambda _: None,
        *,
        pictures: bool = True,
        sound: bool = True,
    ) -> None:
        self._emit, self._tell, self._sound = emit, tell, sound
        self.wants_pictures = pictures

    def sound(self, sound: TimedSound) -> None:
        if self._sound and len(sound.samples):
            self._emit(Media(MediaKind.SOUND, sound.at, sound.samples.astype("<i2", copy=False).tobytes()))

    def frame(self, frame: TimedFrame) -> None:
        if frame.image is None or not self.wants_pictures:
            return
        done, data = cv2.imencode(
            ".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if not done:
            raise EncodingError(f"Live frame {frame.index} cannot be made a JPEG.", cure="Choose another size.")
        self._emit(Media(MediaKind.JPEG, frame.at, data.tobytes()))

    def tell(self, message: ServerMessage) -> None:
        self._tell(message)

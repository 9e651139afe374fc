"""The viewer that is a client's connection: it gets what it asked for, in an outbox."""

from avatar.types import Size
from live.contract import TimedFrame, TimedSound
from live.messages import ServerMessage, StartStream
from live.outbox import Outbox
from live.viewers.fragments import FragmentViewer
from live.viewers.pictures import PictureViewer
from live.viewers.shapes import shapes_of


class ConnectionViewer:
    """Messages, and sound and pictures in the form that `start` names. `mime` is that of fragments, else empty."""

    def __init__(self, start: StartStream, size: Size, outbox: Outbox) -> None:
        self._start, self._outbox = start, outbox
        self._media: FragmentViewer | PictureViewer
        if start.video == "fmp4":
            sound = start.sound_codec if start.sound else None
            self._media = fragments = FragmentViewer(size, start.fps, outbox.send, sound=sound)
            self.mime = fragments.mime
            outbox.want_key = fragments.want_key
        else:
            self._media, self.mime = PictureViewer(outbox.send, pictures=start.video == "jpeg", sound=start.sound), ""

    @property
    def wants_pictures(self) -> bool:
        return self._start.video != "none"

    def sound(self, sound: TimedSound) -> None:
        self._media.sound(sound)

    def frame(self, frame: TimedFrame) -> None:
        if self._start.blendshapes:
            self._outbox.tell(shapes_of(frame))
        self._media.frame(frame)

    def tell(self, message: ServerMessage) -> None:
        self._outbox.tell(message)

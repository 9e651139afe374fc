"""What a stage shows, as MP4 files: all of it in one, or a file for everything that is said."""

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from avatar.types import Image, Size
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import ServerMessage, Speaking

TAIL_SECONDS: Final = 0.6
"""A film of what is said goes on so long after its end, so that the mouth is closed."""

AUDIO_BITRATE: Final = 128_000


class Film:
    """An MP4 file with H.264 and AAC, whose first frame is at 0. For one thread."""

    def __init__(self, path: Path, size: Size, fps: int, first: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._first = path, first
        self._file = av.open(str(path), "w", options={"movflags": "faststart"})
        video: VideoStream = self._file.add_stream("libx264", rate=Fraction(fps))
        video.width, video.height, video.pix_fmt = size.width, size.height, "yuv420p"
        video.options = {"preset": "veryfast", "crf": "20"}
        video.codec_context.time_base = Fraction(1, fps)
        sound: AudioStream = self._file.add_stream("aac", rate=SOUND_RATE_HZ, layout="mono")
        sound.bit_rate = AUDIO_BITRATE
        self._video, self._sound, self._fps = video, sound, fps
        self._image: Image | None = None

    def sound(self, sound: TimedSound) -> None:
        place = round((sound.at - self._first) * SOUND_RATE_HZ)
        if place < 0 or not len(sound.samples):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples[None]), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, place, Fraction(1, SOUND_RATE_HZ)
        for packet in self._sound.encode(frame):
            self._file.mux(packet)

    def frame(self, frame: TimedFrame) -> None:
        """Frames that were left out are those before them, for as long."""
        place = round((frame.at - self._first) * self._fps)
        if place < 0 or frame.image is None:
            return
        picture = av.VideoFrame.from_ndarray(frame.image, "rgb24")
        picture.pts, picture.time_base = place, Fraction(1, self._fps)
        for packet in self._video.encode(picture):
            self._file.mux(packet)

    def close(self) -> None:
        for packet in [*self._video.encode(None), *self._sound.encode(None)]:
            self._file.mux(packet)
        self._file.close()


class FilmViewer:
    """Writes `path` where it names a file, or `answer-001.mp4` and so on into the folder that it names.

    `told` hears of each file that is whole, in a thread of the stage.
    """

    wants_pictures: Final = True

    def __init__(self, path: Path, size: Size, fps: int, told: Callable[[Path], None] = lambda _: None) -> None:
        self._path, self._size, self._fps, self._told = path, size, fps, told
        self._is_whole = path.suffix == ".mp4"
        self._lock = threading.RLock()
        self._film: Film | None = None
        self._before: TimedSound | None = None
        self._until: float | None = None
        self._count = 0

    def sound(self, sound: TimedSound) -> None:
        with self._lock:
            if self._is_whole and self._film is None:
                self._open(self._path, sound.at)
            self._before = sound
            if self._film is not None:
                self._film.sound(sound)

    def frame(self, frame: TimedFrame) -> None:
        with self._lock:
            if self._film is not None:
                self._film.frame(frame)
                if self._until is not None and frame.at >= self._until:
                    self._end()

    def tell(self, message: ServerMessage) -> None:
        if self._is_whole or not isinstance(message, Speaking):
            return
        with self._lock:
            if message.on:
                self._begin()
            else:
                self._until = message.at + TAIL_SECONDS

    def close(self) -> None:
        """The file that is open is whole. To be called when the stage shows nothing more."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        """A film begins with the sound that has just been given out: it is the first of what is said."""
        self._end()
        before = self._before
        self._count += 1
        self._open(self._path / f"answer-{self._count:03d}.mp4", before.at if before else 0.0)
        if before is not None and self._film is not None:
            self._film.sound(before)

    def _open(self, path: Path, first: float) -> None:
        self._film, self._until = Film(path, self._size, self._fps, first), None

    def _end(self) -> None:
        film, self._film, self._until = self._film, None, None
        if film is not None:
            film.close()
            self._told(film.path)

"""One portrait and one engine: a sound goes in, a video file comes out, in this process."""

import shutil
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from time import perf_counter
from typing import Final

import numpy as np

from audio_processor.analysis import analyse_speech
from audio_processor.decode import DECODED_NAME, decode_audio, probe
from audio_processor.detectors import AUTO, OwnDetector, build_detector, choose_detector
from audio_processor.tracks import measure
from avatar.errors import AudioError, AvatarError, RenderError
from avatar.settings import Settings
from avatar.types import (
    SAMPLE_RATE_HZ,
    AudioClip,
    FaceMotion,
    Floats,
    Image,
    Portrait,
    RenderChunk,
    Size,
    Speech,
    frame_count,
)
from models.weights import WeightStore
from orchestrator.director.placing import placed
from orchestrator.director.rules import direct
from orchestrator.emotion_sources import detect_emotions, installed_models
from orchestrator.portraits import face_tracker, film_limits, measure_portrait
from orchestrator.presets import Coding
from video_processor.encoding import assemble_video, encode_segment, encode_soundtrack
from video_processor.footage.film import is_film
from video_processor.footage.footage import follow_face, frame_footage
from video_processor.formats import format_of
from video_processor.framing import frame_portrait
from video_processor.motion.synthesis import synthesise_motion
from video_processor.renderers.base import Renderer, RendererCapabilities, RenderSession

LONGEST_MINUTES: Final = 5.0
CHUNK_FRAMES: Final = 32
"""Drawn at once, so that memory does not grow with the length of the sound."""

FRAMING: Final = "auto"
PREFIX: Final = "talking-head-"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a video took: seconds of its `sound`, its `frames`, and seconds by the clock for each part of the work."""

    sound: float
    frames: int
    preparing: float
    drawing: float
    rest: float


class Speaker:
    """`image`, a picture or a film of a person, as `renderer` moves it at `size`. Safe for threads.

    Raises `PortraitError` for a file that shows no face that can be animated.
    """

    def __init__(self, image: Path, renderer: Renderer, size: Size, settings: Settings) -> None:
        self.size = size
        self._image, self._renderer, self._settings = image, renderer, settings
        self._store = WeightStore(settings.checkpoints_dir)
        self._tracker = face_tracker(self._store)
        self._measured = measure_portrait(image, self._tracker, settings)
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._framed: Portrait | None = None
        self._session: RenderSession | None = None

    @property
    def is_prepared(self) -> bool:
        return self._session is not None

    def prepare(self) -> Portrait:
        """Everything that depends on the portrait alone, done once: the portrait at the video's size.

        Loads the engine's checkpoints. Raises `WeightsError` and `RenderError`.
        """
        return self._ready()[0]

    def speak(self, sound: Path, output: Path, fps: Fraction, coding: Coding, *, with_sound: bool) -> Taken:
        """Writes the video of the whole `sound` at `output`, whose folder is made; all or nothing.

        Raises `AudioError` for what is no sound or lasts over five minutes, `RenderError`, `EncodingError`.
        """
        began = perf_counter()
        portrait, session = self._ready()
        prepared = perf_counter()
        with TemporaryDirectory(prefix=PREFIX) as name:
            folder = Path(name)
            pictures = folder / f"pictures{output.suffix}"
            track = folder / f"sound{format_of(output).sound_suffix}" if with_sound else None
            _check_length(sound)
            clip = decode_audio(
                sound, folder, max_minutes=LONGEST_MINUTES, max_megabytes=self._settings.max_upload_megabytes
            )
            speech = self._heard(clip)
            motion = self._directed(speech, portrait, folder / DECODED_NAME, fps)
            heard = perf_counter()
            chunks = _chunks(self._renderer.capabilities, motion, clip)
            frames = drawn_side_by_side(session, chunks, self._settings.workers)
            encode_segment(
                frames, pictures, size=self.size, fps=fps, crf=coding.crf, preset=coding.effort, codec=coding.codec
            )
            drawn = perf_counter()
            if track is not None:
                encode_soundtrack(sound, track, bitrate=coding.audio_bitrate, duration=speech.duration)
            output.parent.mkdir(parents=True, exist_ok=True)
            assemble_video([pictures], track, output, fps=fps)
        drawing, preparing = drawn - heard, prepared - began
        return Taken(
            speech.duration, len(motion), preparing, drawing, rest=perf_counter() - began - drawing - preparing
        )

    def release(self) -> None:
        """Gives up what was prepared; it is made again when it is needed."""
        with self._lock:
            self._framed = self._session = None
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _ready(self) -> tuple[Portrait, RenderSession]:
        with self._lock:
            if self._framed is None or self._session is None:
                self._framed = self._at_size()
                self._session = self._renderer.prepare(self._framed, self.size)
            return self._framed, self._session

    def _at_size(self) -> Portrait:
        if not is_film(self._image):
            return frame_portrait(self._measured, self.size, FRAMING)
        face = follow_face(self._image, self._tracker, film_limits(self._settings), _never)
        self._folder = Path(mkdtemp(prefix=PREFIX))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        frames = self._folder / "frames.mp4"
        return frame_footage(self._measured, face, self._image, self.size, FRAMING, frames, _never)

    def _heard(self, clip: AudioClip) -> Speech:
        choice = choose_detector(AUTO, self._store)
        try:
            detector = build_detector(choice.name, self._store)
        except AvatarError:
            detector = OwnDetector()
        return analyse_speech(clip, None, detector=detector, transcript=None, tracks=measure(clip.samples))

    def _directed(self, speech: Speech, portrait: Portrait, samples: Path, fps: Fraction) -> FaceMotion:
        models, _ = installed_models(self._store)
        emotions = detect_emotions(speech, self._measured, samples, models, self._store)
        performance, _ = placed(direct(speech, emotions), speech)
        frames = frame_count(speech.duration, fps)
        return synthesise_motion(speech, performance, fps=fps, frames=frames, rest=portrait.rest, seed=0)


def _check_length(sound: Path) -> None:
    minutes = (probe(sound).duration or 0.0) / 60
    if minutes > LONGEST_MINUTES:
        raise AudioError(
            f"{sound.name} lasts {minutes:.1f} minutes; at most {LONGEST_MINUTES:g} are accepted.",
            cure="Cut it into parts, or ask the service, which takes longer ones.",
        )


def drawn_side_by_side(session: RenderSession, chunks: Iterable[RenderChunk], workers: int) -> Iterator[Image]:
    """The frames of all chunks in order; up to `workers` chunks are drawn at once. Raises `RenderError`."""
    with ThreadPoolExecutor(workers, thread_name_prefix="draw") as pool:
        waiting: deque[Future[list[Image]]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_drawn, session, chunk))
            if len(waiting) >= workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _drawn(session: RenderSession, chunk: RenderChunk) -> list[Image]:
    try:
        frames = list(session.render(chunk))
    except AvatarError:
        raise
    except Exception as error:
        raise RenderError(f"The engine failed on chunk {chunk.index}: {type(error).__name__}: {error}.") from error
    if len(frames) != chunk.count:
        raise RenderError(f"The engine drew {len(frames)} of {chunk.count} frames of chunk {chunk.index}.")
    return frames


def _chunks(capabilities: RendererCapabilities, motion: FaceMotion, clip: AudioClip) -> Iterator[RenderChunk]:
    for index, first in enumerate(range(0, len(motion), CHUNK_FRAMES)):
        after = min(first + CHUNK_FRAMES, len(motion))
        lead = min(capabilities.context_before, first)
        end = min(after + capabilities.context_after, len(motion))
        sound = _between(clip, first - lead, end, motion.fps)
        yield RenderChunk(index, first, after - first, motion[first - lead : end], sound, lead)


def _between(clip: AudioClip, first: int, end: int, fps: Fraction) -> Floats:
    """The sound of frames `first` to `end`, silent past the end of the recording."""
    start, stop = (round(Fraction(frame * SAMPLE_RATE_HZ) / fps) for frame in (first, end))
    sound = np.zeros(stop - start, np.float32)
    heard = clip.samples[start:stop]
    sound[: len(heard)] = heard
    return sound


def _never() -> None:
    return

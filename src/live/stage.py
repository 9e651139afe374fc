"""The stage of a live session: one clock, which the sound decides.

Whoever speaks pushes sound into utterances, in any thread; the stage plays them in turn, moves the face with them, and
gives every viewer sound and frames as their time comes. Frames are drawn in a thread of their own, so that the sound
goes on meanwhile; a frame that the machine is too slow for is left out.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from avatar.performance import ControlParameters, Cue
from avatar.types import Floats, Image, LiveProsody, Size, VisemeTrack
from live.contract import SOUND_RATE_HZ, Samples, TimedFrame, TimedSound, Viewer
from live.messages import Attention, ServerMessage, Stats
from live.painter import Painter
from live.playout import Playout
from live.resampling import THINNING, THINNING_REACH, thinned
from live.speaking import SpeakingWatch
from live.utterance import CONTEXT_LEAD_SECONDS, HEARD_LEAD_SECONDS, Utterance, heard_samples
from video_processor.motion.live import LiveMotion
from video_processor.renderers.base import LiveContext

MOST_WAITING_SECONDS: Final = 120.0
"""Of sound; a client that sends faster than it is played is told."""

KEPT_NAMES: Final = 500
"""Of utterances: a name that was used lately is not used again."""

MOST_HUSH_SECONDS: Final = 0.3
"""A hush that nobody ends is over after so long."""

STATS_SECONDS: Final = 1.0
KEPT_SAMPLES: Final = SOUND_RATE_HZ
"""Of sound that was played, for drawers that listen."""

_log = logging.getLogger(__name__)


class Drawer(Protocol):
    """Draws a portrait, frame by frame; one thread at a time asks."""

    @property
    def size(self) -> Size: ...

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        """The frame, uint8 RGB (H, W, 3), a fresh array."""
        ...


Heard = Callable[[int, int], Floats]
"""Sound at 16 kHz, mono in [-1, 1]: so many samples (n,) from such a sample of the media clock on."""


@runtime_checkable
class Listener(Protocol):
    """A drawer that draws by what is heard around a frame."""

    @property
    def context(self) -> LiveContext: ...

    def listen(self, heard: Heard) -> None:
        """`heard` gives what was played in the last second, and what waits as far as it is known."""
        ...


@dataclass
class Tally:
    """What has been counted; times in seconds of this session's own work."""

    frames: int = 0
    late: int = 0
    draw_seconds: float = 0.0
    view_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Moved:
    """The face of frame `index`; making it and its sound took so many `seconds` of the thread."""

    index: int
    shapes: Floats
    pose: Floats
    seconds: float


class Stage:
    """One avatar, alive from `start` to `stop`. `on_crash` hears what ended it before that."""

    def __init__(
        self,
        drawer: Drawer,
        motion: LiveMotion,
        *,
        fps: int,
        controls: ControlParameters,
        on_crash: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._drawer, self._motion, self._fps = drawer, motion, fps
        self._on_crash = on_crash
        self._controls = controls
        self._lock = threading.Lock()
        self._playout = Playout()
        self.heard_lead = HEARD_LEAD_SECONDS
        if isinstance(drawer, Listener):
            self._playout = Playout(KEPT_SAMPLES)
            self.heard_lead = max(HEARD_LEAD_SECONDS, drawer.context.needed + CONTEXT_LEAD_SECONDS)
            drawer.listen(self.heard)
        self._heard_samples = heard_samples(fps, self.heard_lead)
        self._utterances: dict[str, Utterance] = {}
        self._orders: deque[Callable[[], None]] = deque()
        self._viewers: list[Viewer] = []
        self._watch = SpeakingWatch()
        self._over = threading.Event()
        self._showing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="stage", daemon=True)
        self._painter = Painter(self._show, self._fail)
        self._named = 0
        self._names: deque[str] = deque(maxlen=KEPT_NAMES)
        self.tally = Tally()

    @property
    def size(self) -> Size:
        return self._drawer.size

    @property
    def now(self) -> float:
        """The media clock: the time of the sound that is given out next, in seconds."""
        return self._playout.head / SOUND_RATE_HZ

    @property
    def waiting_seconds(self) -> float:
        with self._lock:
            return self._playout.waiting_seconds

    @property
    def controls(self) -> ControlParameters:
        return self._controls

    def start(self) -> None:
        self._painter.start()
        self._thread.start()

    def walk(self, frames: int) -> None:
        """Goes on by so many frames at once, in the caller's thread: for a stage that is not started."""
        for index in range(self.tally.frames, self.tally.frames + frames):
            self._show(self._moved(index))

    def stop(self) -> None:
        """Returns when both threads have ended, unless one of them is the caller."""
        self._over.set()
        if threading.current_thread() is not self._thread and self._thread.ident is not None:
            self._thread.join()
        self._painter.stop()

    def add(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers = [*self._viewers, viewer]

    def remove(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers = [other for other in self._viewers if other is not viewer]

    def utterance(
        self, *, text: str = "", language: str = "", streamed: bool = False, name: str | None = None
    ) -> Utterance:
        """A new one, to be pushed to and ended. It is spoken after those that were pushed to before it."""
        with self._lock:
            found = Utterance(
                self._free_name(name),
                self,
                streamed=streamed,
                text=text,
                language=language,
                heard_samples=self._heard_samples,
            )
            self._utterances[found.name] = found
        return found

    def _free_name(self, wished: str | None) -> str:
        """The wish where nobody has had that name, else one made up."""
        name = wished
        while not name or name in self._names:
            self._named += 1
            name = f"u{self._named}"
        self._names.append(name)
        return name

    def clear(self) -> tuple[str, ...]:
        """Stops what is being said and drops what waits; names the utterances that were cut."""
        with self._lock:
            self._playout.clear()
            cut = tuple(self._utterances)
            for utterance in self._utterances.values():
                utterance.cut = True
            self._utterances = {}
            at = self.now
            self._orders.append(lambda: self._motion.cut(at))
            told = [message for name in cut for message in self._watch.cut(name, at)]
        for message in told:
            self.tell(message)
        return cut

    def hush(self) -> None:
        """Somebody may have begun to speak: no more is heard and the lips close, until `clear` or `unhush`.

        What is said goes on beneath it.
        """
        with self._lock:
            at = self.now
            self._playout.hush(round(MOST_HUSH_SECONDS * SOUND_RATE_HZ))
        self._order(lambda: self._motion.hush(at, at + MOST_HUSH_SECONDS))

    def unhush(self) -> None:
        """Nobody has: what is said now is heard and seen again."""
        with self._lock:
            at = self.now
            self._playout.unhush()
        self._order(lambda: self._motion.unhush(at))

    def direct(self, controls: ControlParameters) -> None:
        """Control parameters from now on."""
        self._controls = controls
        self._order(lambda: self._motion.direct(controls, self.now))

    def cue(self, cue: Cue) -> None:
        """`cue.at` is on the media clock; one whose rise has begun already is played from now on."""
        self._order(lambda: self._motion.cue(cue))

    def attend(self, state: Attention) -> None:
        """What the avatar does while it does not speak."""
        self._order(lambda: self._motion.attend(state, self.now))

    def tell(self, message: ServerMessage) -> None:
        for viewer in self._viewers:
            viewer.tell(message)

    def heard(self, first: int, count: int) -> Floats:
        """Sound at 16 kHz as `Heard` tells."""
        reach, samples = THINNING_REACH, THINNING * (count - 1) + 1
        with self._lock:
            around = self._playout.around(THINNING * first - reach, samples + 2 * reach)
        return thinned(around)

    def play(self, samples: Samples, utterance: str, lead: float) -> float:
        with self._lock:
            if utterance not in self._utterances:
                return self.now
            first = self._playout.append(samples, utterance, round(lead * SOUND_RATE_HZ))
        return first / SOUND_RATE_HZ

    def lips(self, track: VisemeTrack, at: float, prosody: LiveProsody, utterance: str) -> None:
        def show() -> None:
            if utterance in self._utterances:
                self._motion.speech(track, at, prosody=prosody)

        self._order(show)

    def _order(self, order: Callable[[], None]) -> None:
        """Done by the stage's own thread before its next frame: motion belongs to that alone."""
        self._orders.append(order)

    def _run(self) -> None:
        try:
            for index in self._indices():
                self.tally.late += self._painter.give(self._moved(index))
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        _log.error("a stage failed", exc_info=error)
        if not self._over.is_set():
            self._over.set()
            self._on_crash(error)

    def _indices(self) -> Iterator[int]:
        """Frame numbers as their times come; those whose time is over are left out."""
        began = time.monotonic()
        index = 0
        while not self._over.is_set():
            behind = time.monotonic() - began - index / self._fps
            if behind < 0.0:
                if self._over.wait(-behind):
                    return
            elif (missed := int(behind * self._fps)) > 0:
                self.tally.late += missed
                index += missed
            yield index
            index += 1

    def _moved(self, index: int) -> _Moved:
        """Gives out the sound that goes with a frame, and moves the face."""
        began = time.thread_time()
        self._play_until(index + 1)
        for _ in range(len(self._orders)):
            self._orders.popleft()()
        shapes, pose = self._motion.frame(index)
        return _Moved(index, shapes, pose, time.thread_time() - began)

    def _show(self, moved: _Moved) -> None:
        """Draws a frame and gives it to the viewers."""
        began = time.thread_time()
        wanted = any(viewer.wants_pictures for viewer in self._viewers)
        image = self._drawer.draw(moved.index, moved.shapes, moved.pose) if wanted else None
        drawn = time.thread_time()
        frame = TimedFrame(moved.index, moved.index / self._fps, image, moved.shapes, moved.pose)
        with self._showing:
            for viewer in self._viewers:
                viewer.frame(frame)
        self.tally.frames += 1
        self.tally.draw_seconds += moved.seconds + drawn - began
        self.tally.view_seconds += time.thread_time() - drawn

    def _play_until(self, frame: int) -> None:
        """Gives out the sound up to the beginning of that frame."""
        stop = (2 * frame * SOUND_RATE_HZ + self._fps) // (2 * self._fps)
        with self._lock:
            given = self._playout.take(max(0, stop - self._playout.head))
            names = [self._utterances[name] for name in given.utterances if name in self._utterances]
            over = [u for u in self._utterances.values() if u.ended and not self._playout.waits_for(u.name)]
            for utterance in over:
                del self._utterances[utterance.name]
            at = given.first / SOUND_RATE_HZ
            told = self._watch.heard(at, given.samples, names, over)
        with self._showing:
            for viewer in self._viewers:
                viewer.sound(TimedSound(at, given.samples))
        for message in told:
            self.tell(message)

    def stats(self, since: Tally, *, dropped: int, viewers: int) -> Stats:
        """Of what was done since `since`."""
        frames = max(1, self.tally.frames - since.frames)
        return Stats(
            at=self.now,
            frames=self.tally.frames,
            late=self.tally.late,
            dropped=dropped,
            draw_ms=1000.0 * (self.tally.draw_seconds - since.draw_seconds) / frames,
            encode_ms=1000.0 * (self.tally.view_seconds - since.view_seconds) / frames,
            buffered=self.waiting_seconds,
            viewers=viewers,
        )

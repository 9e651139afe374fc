"""A conversation with the avatar on a stage: it hears and reads, answers and speaks, and can be interrupted."""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from typing_extensions import Unpack

from avatar.errors import AvatarError
from avatar.types import Floats
from live.conversation.ears import Ears
from live.conversation.echo import Echo
from live.conversation.faculties import Faculties
from live.conversation.line import Line, Manner
from live.conversation.meters import VoiceMeter
from live.conversation.mind import Mind
from live.conversation.outliving import CLOSE_SECONDS
from live.conversation.recognising import Understood
from live.conversation.talking import Talking
from live.conversation.turn import Asked
from live.conversation.turns import SpeechBegan, TurnDetector, TurnEnded
from live.messages import Attention, Notice, Problem, State
from live.stage import Stage

QUICK_SECONDS: Final = 0.35
"""A recogniser that is as quick as that understands what is said so far in every pause."""

SOUND_DROPPED: Final = "sound_dropped"
_log = logging.getLogger(__name__)


class Conversation:
    """Of one session; every call returns at once but `warm` and `close`. `meter` hears whether somebody speaks."""

    def __init__(self, stage: Stage, faculties: Faculties, meter: VoiceMeter) -> None:
        self._stage, self._has = stage, faculties
        self._state: Attention = "idle"
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._echo = Echo()
        self._detector = TurnDetector(meter, self._echo)
        self._guessing = ThreadPoolExecutor(1, thread_name_prefix="guess")
        self._ears: Ears | None = None
        self.talking = Talking(stage, faculties.cast, on_sound=self._speaks, on_over=self._is_silent)
        self._mind = Mind(stage, self.talking, faculties, self._attend)
        stage.add(self._echo)

    @property
    def state(self) -> Attention:
        return self._state

    @property
    def is_busy(self) -> bool:
        """Whether somebody is being heard or answered, or something is being said."""
        return self._detector.in_speech or self._mind.is_busy or self.talking.is_speaking

    def hear(self, samples: Floats, rate: int) -> None:
        """A person's sound (n,), mono in -1..1 at `rate` Hz, as it comes."""
        if self._has.recogniser is None:
            self._tell_once(self._has.no_recogniser)
            return
        if self._ears is None:
            self._ears = Ears(self._detector, self, self._is_flooded)
            self._rest()
        self._ears.hear(samples, rate)

    def ask(self, text: str) -> None:
        """What a person typed, in place of what is being said or answered. Raises `TooManyQuestionsError`."""
        self._mind.require_room()
        self._interrupt(takes_up=False)
        self._mind.take(Asked(time.monotonic(), text))

    def say(self, text: str, **manner: Unpack[Manner]) -> Line:
        """Speaks the text, after what is being said or in its place. Raises `TooManyLinesError`."""
        if manner.pop("interrupt", False):
            self.clear()
        self.talking.require_room()
        return self.talking.say(text, **manner)

    def clear(self) -> None:
        """Gives up what is being said, thought and waited for."""
        self._interrupt(takes_up=False)

    def close(self) -> None:
        """Returns when nothing of it runs any more, or after `CLOSE_SECONDS`; nobody hears what then still runs."""
        ends = time.monotonic() + CLOSE_SECONDS
        try:
            self._close_threads(ends)
        finally:
            if self._has.dialogue is not None:
                self._has.dialogue.close()

    def _close_threads(self, ends: float) -> None:
        if self._ears is not None:
            self._ears.close(CLOSE_SECONDS)
        self._guessing.shutdown(wait=False, cancel_futures=True)
        self._interrupt(takes_up=False)
        self._mind.close(max(0.0, ends - time.monotonic()))
        self.talking.close(max(0.0, ends - time.monotonic()))
        self._stage.remove(self._echo)

    def sensed(self) -> None:
        """A person may speak: the avatar holds its breath until that is known."""
        self._stage.hush()

    def doubted(self) -> None:
        self._stage.unhush()

    def began(self, event: SpeechBegan) -> None:
        """The person speaks: the avatar is silent, and listens."""
        del event
        if self.talking.is_speaking or self._mind.is_busy:
            self._interrupt(takes_up=True)
        self._attend("listening")

    def guess(self, samples: Floats) -> Future[Understood] | None:
        recogniser, took = self._has.recogniser, self._mind.recognised_seconds
        if recogniser is None or took is None or took > QUICK_SECONDS or self._mind.is_busy:
            return None
        return self._guessing.submit(recogniser.recognise, samples, self._has.language, self._has.among)

    def ended(self, event: TurnEnded, guess: Future[Understood] | None) -> None:
        asked = Asked(time.monotonic() - event.silence, samples=event.samples, silence=event.silence, guess=guess)
        self._mind.take(asked)
        self._attend("thinking")

    def failed(self, problem: Problem) -> None:
        self._tell_once(problem)

    def warm(self) -> None:
        """Loads what the first turn would else wait for; may take seconds."""
        try:
            if self._has.dialogue is not None:
                self._has.dialogue.model.warm()
            self._has.cast.engage(self._has.cast.language("", self._has.language), None)
            if self._has.recogniser is not None:
                self._has.recogniser.warm()
        except AvatarError as error:
            _log.warning("a part of a conversation could not be loaded ahead: %s", error)

    def _interrupt(self, *, takes_up: bool) -> None:
        self._mind.halt(takes_up=takes_up)
        self.talking.clear()

    def _speaks(self, line: Line) -> None:
        del line
        self._attend("speaking")

    def _is_silent(self, line: Line) -> None:
        del line
        if not self.talking.is_speaking and not self._mind.is_busy:
            self._rest()

    def _rest(self) -> None:
        self._attend("idle")

    def _attend(self, state: Attention) -> None:
        """What nobody sees twice: at rest an avatar that hears listens."""
        seen: Attention = "listening" if state == "idle" and self._ears is not None else state
        with self._lock:
            if seen == self._state:
                return
            self._state = seen
        self._stage.attend(seen)
        self._stage.tell(State(state=seen, at=self._stage.now))

    def _is_flooded(self) -> None:
        self._tell_once(
            Notice(code=SOUND_DROPPED, message="Sound comes faster than it can be listened to; some of it is dropped.")
        )

    def _tell_once(self, notice: Notice | Problem) -> None:
        if notice.code not in self._told:
            self._told.add(notice.code)
            self._stage.tell(notice)

"""What a conversation adds to its models, and how soon the avatar is silent when somebody interrupts it.

All models are scripted; the avatar, its stage and an encoding viewer are real, in this process.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.settings import load_settings
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.conversation.conversation import Conversation
from live.conversation.echo import WINDOW_SECONDS
from live.messages import ServerMessage, Speaking, StartStream, Turn
from live.opening import SessionRoom
from live.plan import SessionPlan
from live.stage import Stage
from live.viewers.fragments import FragmentViewer
from orchestrator.characters.built_in import DRAWN, NOVA
from scripts.living.scripted import (
    PIECE_SECONDS,
    ScriptedCast,
    ScriptedRecogniser,
    ScriptedSpeaker,
    ScriptedTalker,
    conversation,
    microphone,
    say_a_turn,
    silent,
    speaking,
)
from video_processor.renderers.puppet import PuppetRenderer

RECOGNISER_SECONDS, FIRST_TOKEN_SECONDS, TOKEN_SECONDS, SPEAKER_SECONDS = 0.15, 0.25, 0.03, 0.1
FIRST: Final = "I am glad to hear that."
ANSWER: Final = f"{FIRST} Now let us see what we can do about the rest of it, one thing after the other, without haste."
MODELS_SECONDS: Final = RECOGNISER_SECONDS + FIRST_TOKEN_SECONDS + TOKEN_SECONDS * len(FIRST.split()) + SPEAKER_SECONDS
"""Until the first sound can be there: the first sentence is known to end when the word after it comes."""

JAW: Final = BLENDSHAPE_INDEX["jawOpen"]
CLOSED: Final = 0.05
TALKED_SECONDS: Final = 1.0
"""Before somebody interrupts, the avatar is heard for so long."""

QUIET: Final = 60
"""Of int16."""

PATIENCE_SECONDS: Final = 20.0


@dataclass
class Seen:
    """A viewer that notes when everything came, in seconds of `time.monotonic`; of sound when the last loud sample of a
    piece is heard by whoever plays it as it comes.
    """

    turns: list[Turn] = field(default_factory=list)
    speaking: list[tuple[float, Speaking]] = field(default_factory=list)
    loud: list[float] = field(default_factory=list)
    jaws: list[tuple[float, float]] = field(default_factory=list)
    wants_pictures: bool = False

    def sound(self, sound: TimedSound) -> None:
        loud = np.flatnonzero(np.abs(sound.samples) > QUIET)
        if len(loud):
            self.loud.append(time.monotonic() + float(loud[-1] + 1) / SOUND_RATE_HZ)

    def frame(self, frame: TimedFrame) -> None:
        self.jaws.append((time.monotonic(), float(frame.shapes[JAW])))

    def tell(self, message: ServerMessage) -> None:
        if isinstance(message, Turn):
            self.turns.append(message)
        elif isinstance(message, Speaking):
            self.speaking.append((time.monotonic(), message))

    def wait_for_speech(self, *, on: bool, count: int) -> float:
        """When that many utterances had begun, or ended."""
        return self._waited(lambda: [at for at, message in self.speaking if message.on is on], count)

    def wait_for_turns(self, count: int) -> None:
        self._waited(lambda: [float(turn.turn) for turn in self.turns if not turn.interrupted], count)

    def _waited(self, found: Callable[[], list[float]], count: int) -> float:
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            if len(values := found()) >= count:
                return values[count - 1]
            time.sleep(0.002)
        raise SystemExit("The conversation did not go on.")


@dataclass(frozen=True)
class Silenced:
    """Milliseconds from the first sound of who interrupts: until the avatar was heard no more, and its lips closed."""

    sound_ms: float
    lips_ms: float


def added_by_turns(folder: Path, count: int) -> list[float]:
    """Milliseconds that each of `count` turns took beyond its silence and its models, to the first moving frame.

    After the first turn the recogniser is known to be quick, and works while the silence lasts: the figure may then be
    under 0.
    """
    talker = ScriptedTalker([ANSWER], first=FIRST_TOKEN_SECONDS, pause=TOKEN_SECONDS)
    with _talking(folder, talker) as (talk, seen):
        for number in range(1, count + 1):
            say_a_turn(talk, 0.5, before=WINDOW_SECONDS + 0.2)
            seen.wait_for_turns(number)
            talk.clear()
    return [_beyond(turn) for turn in seen.turns if turn.first_frame is not None and not turn.interrupted]


def silenced_by_interruptions(folder: Path, count: int) -> list[Silenced]:
    """Each of `count` times that somebody speaks while the avatar does."""
    found = []
    with _talking(folder, ScriptedTalker([ANSWER])) as (talk, seen):
        for number in range(1, count + 1):
            talk.ask("Go on.")
            seen.wait_for_speech(on=True, count=number)
            microphone(talk.hear, silent(TALKED_SECONDS + _phase(number)))
            begun = time.monotonic()
            microphone(talk.hear, speaking(0.3), silent(0.4))
            seen.wait_for_speech(on=False, count=number)
            found.append(_silenced(seen, begun))
            microphone(talk.hear, silent(0.5))
            talk.clear()
            time.sleep(0.3)
    return found


def _phase(number: int) -> float:
    """Seconds less than a piece of the microphone's, so that speech begins anywhere in the detector's frames."""
    return PIECE_SECONDS * (number * 0.618 % 1.0)


@contextmanager
def _talking(folder: Path, talker: ScriptedTalker) -> Iterator[tuple[Conversation, Seen]]:
    stage, seen = _stage(folder), Seen()
    stage.add(seen)
    talk = conversation(
        stage,
        folder,
        ScriptedCast(ScriptedSpeaker(delay=SPEAKER_SECONDS, seconds_per_letter=0.06)),
        recogniser=ScriptedRecogniser(["What do you think?"], delay=RECOGNISER_SECONDS),
        dialogue=talker,
    )
    stage.start()
    try:
        yield talk, seen
    finally:
        talk.close()
        stage.stop()


def _stage(folder: Path) -> Stage:
    plan = SessionPlan(session="measured", start=StartStream(image=NOVA), image=str(DRAWN[NOVA]), name="Nova")
    stage = SessionRoom(load_settings(data_dir=folder)).stage(plan, PuppetRenderer(), lambda _: None)
    stage.add(FragmentViewer(stage.size, plan.start.fps, lambda _: None))
    return stage


def _beyond(turn: Turn) -> float:
    assert turn.first_frame is not None
    assert turn.end_of_turn is not None
    return turn.first_frame - turn.end_of_turn - 1000.0 * MODELS_SECONDS


def _silenced(seen: Seen, begun: float) -> Silenced:
    """After the last sound that was heard, and the last frame with an open mouth."""
    heard = max(seen.loud, default=begun)
    opened = max((at for at, jaw in seen.jaws if jaw > CLOSED), default=begun)
    closed = min((at for at, jaw in seen.jaws if at > opened and jaw <= CLOSED), default=opened)
    return Silenced(1000.0 * (heard - begun), 1000.0 * (closed - begun))

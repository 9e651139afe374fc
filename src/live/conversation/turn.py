"""One turn of a conversation, from what a person says to what they hear of the answer."""

from concurrent.futures import Future
from dataclasses import dataclass, field

from avatar.types import Floats
from live.conversation.halt import Halt
from live.conversation.line import Line
from live.conversation.recognising import Understood
from live.messages import Turn


@dataclass
class Asked:
    """What a person said: `text` that was typed, or `samples` (n,) at 16 kHz.

    Moments are seconds of `time.monotonic`; the person was done at `done`, and the turn was known to be over `silence`
    seconds later. `halt` is put up where nobody waits for the answer any more.
    """

    done: float
    text: str = ""
    samples: Floats | None = None
    silence: float | None = None
    guess: Future[Understood] | None = None
    halt: Halt = field(default_factory=Halt)


@dataclass
class Steps:
    """When each step of an answer was over, in seconds of `time.monotonic`."""

    done: float
    silence: float | None = None
    recognised: float | None = None
    first_token: float | None = None

    def told(self, number: int, line: Line, *, interrupted: bool) -> Turn:
        """For the client, in milliseconds from `done`."""

        def since(moment: float | None) -> float | None:
            return None if moment is None else round(1000.0 * (moment - self.done), 1)

        return Turn(
            turn=number,
            end_of_turn=None if self.silence is None else round(1000.0 * self.silence, 1),
            recognised=since(self.recognised),
            first_token=since(self.first_token),
            first_sentence=since(line.heard.sentence),
            first_sound=since(line.heard.sound),
            first_frame=since(line.heard.frame),
            interrupted=interrupted,
        )

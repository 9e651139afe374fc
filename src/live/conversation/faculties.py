"""What a conversation has."""

from collections.abc import Sequence
from dataclasses import dataclass

from live.conversation.dialogue import Talker
from live.conversation.recognising import Recogniser
from live.conversation.traces import TurnTraces
from live.conversation.voices import SPOKEN, Cast
from live.messages import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Faculties:
    """`recogniser` or `dialogue` is None where there is none; its notice then says what to configure.

    `language` is the one that is spoken; where it is None, what is heard is in one of `among`.
    """

    cast: Cast
    recogniser: Recogniser | None
    dialogue: Talker | None
    traces: TurnTraces
    no_recogniser: Notice
    no_dialogue: Notice
    language: str | None = None
    among: Sequence[str] = SPOKEN

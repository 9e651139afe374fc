"""A live session: `with AvatarClient() as avatar, avatar.live(character="nova") as session: session.say("Hello")`."""

from client.live.async_session import AsyncLiveSession
from client.live.errors import LiveError
from client.live.events import (
    Blendshapes,
    Caption,
    Chosen,
    Ended,
    Event,
    FilmPiece,
    LiveProblem,
    Notice,
    Picture,
    Sound,
    Speaking,
    Started,
    State,
    Stats,
    TimedWord,
    Turn,
)
from client.live.messages import CueFields, LiveFields, SayFields
from client.live.session import LiveSession

__all__ = [
    "AsyncLiveSession",
    "Blendshapes",
    "Caption",
    "Chosen",
    "CueFields",
    "Ended",
    "Event",
    "FilmPiece",
    "LiveError",
    "LiveFields",
    "LiveProblem",
    "LiveSession",
    "Notice",
    "Picture",
    "SayFields",
    "Sound",
    "Speaking",
    "Started",
    "State",
    "Stats",
    "TimedWord",
    "Turn",
]

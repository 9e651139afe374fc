"""Who speaks which language in a session."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from audio_processor.speaking.base import Speaker, Voice
from audio_processor.speaking.choice import AUTO, choose_speaker, voice_of
from audio_processor.speaking.tongues import language_of
from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.types import Choice
from live.conversation.reader import SilentReader
from live.messages import Notice

SPOKEN: Final = ("en", "zh", "es")
"""Languages that a conversation switches among by itself, beside its own."""

NO_SPEAKER: Final = "no_speaker"
OTHER_VOICE: Final = "other_voice"

_log = logging.getLogger(__name__)
_reader: Final = SilentReader()


@dataclass(frozen=True, slots=True)
class Engaged:
    """Who speaks a language, with which voice; None is the language's usual one."""

    speaker: Speaker
    choice: Choice
    voice: Voice | None = None

    @property
    def audible(self) -> bool:
        return self.speaker is not _reader


class Cast(Protocol):
    """Chooses who speaks."""

    def language(self, text: str, given: str | None) -> str:
        """The language of a text: the one `given`, or what it is seen to be in, or the one before."""
        ...

    def follow(self, language: str) -> None:
        """The person speaks it: so is a text whose language is not clear."""
        ...

    def engage(self, language: str, voice: str | None) -> Engaged:
        """Who speaks that language; whoever keeps captions in time where nobody does. May load an engine."""
        ...


class Voices:
    """The engines here. `tell` hears of what is missing, once for each language.

    `wish` is the engine's name, `voice` the usual voice's. A `language` holds for all that tells no other; with `auto`
    it is seen in the text, `first` as long as that is not clear.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        wish: str = AUTO,
        voice: str | None = None,
        language: str = AUTO,
        first: str = SPOKEN[0],
        tell: Callable[[Notice], None] = lambda _: None,
    ) -> None:
        self._settings, self._wish, self._voice, self._tell = settings, wish, voice, tell
        self._fixed = None if language == AUTO else language
        self._last = self._fixed or first
        self._known: dict[tuple[str, str | None], Engaged] = {}
        self._told: set[tuple[str, str]] = set()

    def language(self, text: str, given: str | None) -> str:
        if named := self._fixed if given in (None, AUTO) else given:
            return named
        candidates = tuple(dict.fromkeys((self._last, *SPOKEN)))
        self._last = language_of(text, candidates) or self._last
        return self._last

    def follow(self, language: str) -> None:
        self._last = language

    def engage(self, language: str, voice: str | None) -> Engaged:
        key = (language, voice or self._voice)
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def _found(self, language: str, voice: str | None) -> Engaged:
        """By the wish and with the voice, or else with the language's usual voice, or else by any engine."""
        problem: AvatarError | None = None
        for wish, name in dict.fromkeys(((self._wish, voice), (self._wish, None), (AUTO, None))):
            try:
                speaker, choice = choose_speaker(self._settings, wish=wish, language=language, voice=name)
                engaged = Engaged(speaker, choice, voice_of(speaker, language, name))
            except AvatarError as error:
                problem = problem or error
                continue
            if problem is not None:
                known = engaged.speaker.capabilities.name
                self._note(language, OTHER_VOICE, f"{problem.message} The usual voice of {known} speaks.", problem.cure)
            return engaged
        assert problem is not None
        return self._silent(language, problem)

    def _silent(self, language: str, problem: AvatarError) -> Engaged:
        self._note(language, NO_SPEAKER, f"{problem.message} What is said is shown as captions alone.", problem.cure)
        return Engaged(_reader, Choice(_reader.capabilities.name, problem.message))

    def _note(self, language: str, code: str, message: str, cure: str) -> None:
        if (language, code) not in self._told:
            self._told.add((language, code))
            _log.info("%s: %s", code, message)
            self._tell(Notice(code=code, message=message, cure=cure))


def unheard(why: str) -> Engaged:
    """Nobody's voice, for what an engine could not say."""
    return Engaged(_reader, Choice(_reader.capabilities.name, why))

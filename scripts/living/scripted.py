"""Models with scripted answers and delays, and a microphone, for tests and measures. They keep the real contracts."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_processor.speaking.base import Speaker, SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.spoken_words import Phoneme
from avatar.errors import AvatarError, SynthesisError
from avatar.settings import load_settings
from avatar.types import SAMPLE_RATE_HZ, Choice, Floats
from live.conversation.conversation import Conversation
from live.conversation.dialogue import Talker
from live.conversation.faculties import Faculties
from live.conversation.halt import Halt
from live.conversation.meters import level_db
from live.conversation.model import Finished, Part, Said
from live.conversation.reader import spread_words
from live.conversation.recognising import Recogniser, Understood
from live.conversation.traces import TurnTraces
from live.conversation.voices import Cast, Engaged
from live.messages import Chosen, Notice
from live.stage import Stage
from orchestrator.director.chat import Message

LOUD_DB: Final = -40.0
RATE: Final = 16_000
PIECE_SECONDS: Final = 0.02


class LoudMeter:
    """Whatever is loud is speech."""

    def __call__(self, frame: Floats) -> float:
        return 0.95 if level_db(frame) > LOUD_DB else 0.0


@dataclass
class ScriptedSpeaker:
    """A tone as long as the text at `seconds_per_letter`, made after `delay` seconds; texts in `fails` fail."""

    delay: float = 0.0
    seconds_per_letter: float = 0.01
    hertz: float = 220.0
    tells_words: bool = True
    fails: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    voices_used: list[str | None] = field(default_factory=list)

    capabilities = SpeakerCapabilities("scripted", "A tone.", ("en", "zh", "es"), RATE)

    def voices(self, language: str) -> tuple[Voice, ...]:
        return (Voice(f"{language}-voice", (language,)),)

    def speak(
        self,
        text: str,
        *,
        language: str,  # noqa: ARG002 - it hums in every one
        voice: Voice | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[SpokenPiece]:
        self.asked.append(text)
        self.voices_used.append(voice.name if voice else None)
        if text in self.fails:
            raise SynthesisError(f"'{text}' cannot be said.", cure="Say something else.")
        time.sleep(self.delay)
        check()
        seconds = self.seconds_per_letter * len(text)
        times = np.arange(round(seconds * RATE)) / RATE
        samples = (0.3 * np.sin(2 * np.pi * self.hertz * times)).astype(np.float32)
        words = spread_words(text, seconds) if self.tells_words else ()
        yield SpokenPiece(samples, RATE, words, (Phoneme("a", 0.0, seconds),))


@dataclass
class ScriptedCast:
    """One speaker for all; each language has a voice of its name. Texts are in `languages`, else in English."""

    speaker: Speaker
    languages: dict[str, str] = field(default_factory=dict)
    followed: list[str] = field(default_factory=list)

    def language(self, text: str, given: str | None) -> str:
        return given or self.languages.get(text, "en")

    def follow(self, language: str) -> None:
        self.followed.append(language)

    def engage(self, language: str, voice: str | None) -> Engaged:
        return Engaged(self.speaker, Choice("scripted", "a test"), Voice(voice or f"{language}-voice", (language,)))


@dataclass
class ScriptedRecogniser:
    """Understands each turn as the next of `texts`, the last one for ever, after `delay` seconds."""

    texts: list[str]
    delay: float = 0.0
    languages: Mapping[str, str] = field(default_factory=dict)
    fails: AvatarError | None = None
    heard: list[float] = field(default_factory=list)
    chosen: Chosen = field(default_factory=lambda: Chosen(name="scripted", why="a test"))
    label: str = "scripted"

    def warm(self) -> None:
        """It is."""

    def recognise(
        self,
        samples: Floats,
        language: str | None,
        among: Sequence[str],  # noqa: ARG002 - the script tells
    ) -> Understood:
        self.heard.append(len(samples) / SAMPLE_RATE_HZ)
        time.sleep(self.delay)
        if self.fails is not None:
            raise self.fails
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        return Understood(text, language or self.languages.get(text, "en"))


@dataclass
class ScriptedModel:
    """Answers with the next of `answers`, the last one for ever: the first word after `first` seconds, then one each
    `pause` seconds. A `Called` among the words is a call. `ended` tells of each answer whether it was given whole.
    """

    answers: list[str | Sequence[Part] | AvatarError]
    first: float = 0.0
    pause: float = 0.0
    asked: list[str] = field(default_factory=list)
    ended: list[bool] = field(default_factory=list)
    name: str = "local"
    model: str = "scripted-7b"
    title: str = "scripted-7b of a test"
    takes_tools: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def answer(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],  # noqa: ARG002 - the script calls those that it names
        halt: Halt,
    ) -> Iterator[Part]:
        self.asked.append(messages[-1].text)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, AvatarError):
            raise answer
        words: Sequence[Part] = [Said(f"{word} ") for word in answer.split(" ")] if isinstance(answer, str) else answer
        for number, part in enumerate(words):
            ends = time.monotonic() + (self.pause if number else self.first)
            while time.monotonic() < ends and not halt.is_up:
                time.sleep(0.005)
            if halt.is_up:
                self.ended.append(False)
                return
            yield part
        self.ended.append(True)
        yield Finished(model=self.model, tokens_in=10, tokens_out=len(words))

    def warm(self) -> None:
        """It is."""

    def close(self) -> None:
        """It has no connection."""


class ScriptedTalker:
    """A thread of its own with a `ScriptedModel`. `kept` is what was heard of each answer."""

    def __init__(
        self, answers: list[str | Sequence[Part] | AvatarError], *, first: float = 0.0, pause: float = 0.0
    ) -> None:
        self.model = ScriptedModel(answers, first, pause)
        self.kept: list[str] = []
        self._messages: list[Message] = []
        self._question = ""

    @property
    def asked(self) -> list[str]:
        return self.model.asked

    @property
    def ended(self) -> list[bool]:
        return self.model.ended

    def answer(self, text: str, halt: Halt) -> Iterator[Part]:
        self._question = text
        yield from self.model.answer([*self._messages, Message("user", text)], (), halt)

    def keep(self, spoken: str) -> None:
        self.kept.append(spoken)
        if spoken:
            self._messages += [Message("user", self._question), Message("assistant", spoken)]

    def messages(self) -> list[Message]:
        return list(self._messages)

    def close(self) -> None:
        self.model.close()


def conversation(
    stage: Stage,
    folder: Path,
    cast: Cast | None = None,
    *,
    recogniser: Recogniser | None = None,
    dialogue: Talker | None = None,
    **settings: Any,
) -> Conversation:
    """One with what is given of it, whose traces lie in `folder`; without a `cast` a tone speaks."""
    traces = TurnTraces(load_settings(data_dir=folder, **settings), "session-1")
    faculties = Faculties(
        cast=cast or ScriptedCast(ScriptedSpeaker()),
        recogniser=recogniser,
        dialogue=dialogue,
        traces=traces,
        no_recogniser=Notice(code="no_recogniser", message="Nobody understands.", cure="Bring one."),
        no_dialogue=Notice(code="no_dialogue", message="Nobody answers.", cure="Set one up."),
    )
    return Conversation(stage, faculties, LoudMeter())


def speaking(seconds: float, loudness: float = 0.3) -> Floats:
    """What a person says, as `LoudMeter` hears it."""
    rng = np.random.default_rng(1)
    return (loudness * rng.uniform(-1.0, 1.0, round(seconds * SAMPLE_RATE_HZ))).astype(np.float32)


def silent(seconds: float) -> Floats:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)


def microphone(
    hear: Callable[[Floats, int], None], *sounds: Floats, step: float = PIECE_SECONDS, pace: float = 1.0
) -> None:
    """Hands the sounds over in pieces of `step` seconds, `pace` times as fast as they are said."""
    sound = np.concatenate(sounds)
    size = round(step * SAMPLE_RATE_HZ)
    began = time.monotonic()
    for place in range(0, len(sound), size):
        late = began + (place + size) / SAMPLE_RATE_HZ / pace - time.monotonic()
        if late > 0:
            time.sleep(late)
        hear(sound[place : place + size], SAMPLE_RATE_HZ)


def say_a_turn(talk: Conversation, seconds: float = 0.4, *, before: float = 0.1, pace: float = 1.0) -> None:
    """A person speaks for so long, with silence before it and the silence after it that makes it a turn."""
    microphone(talk.hear, silent(before), speaking(seconds), silent(0.7), pace=pace)

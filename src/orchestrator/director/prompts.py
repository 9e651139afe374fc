"""The texts that a language model is asked with, from `configs/prompts`, where they may be edited."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Final

from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT
from avatar.types import Speech, TimedEmotion
from orchestrator.director.answer import shown_schema
from orchestrator.director.briefing import Usual, emotion_lines, plain, speech_lines, voice_line
from orchestrator.director.chat import Message
from orchestrator.director.stretches import Stretch

PROMPTS_FOLDER: Final = PROJECT_ROOT / "configs" / "prompts"
NAMES: Final = ("system", "words", "seconds", "user", "repair")
LONGEST_DIRECTION: Final = 500
LONGEST_PROBLEM: Final = 600
UNDIRECTED: Final = "none: as you see fit"
UNKNOWN: Final = "not known"


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates by name; `digest` tells them from others."""

    texts: Mapping[str, str]
    digest: str

    def system(self, *, with_words: bool) -> Message:
        """The task, which is the same for every stretch."""
        schema = json.dumps(shown_schema(with_words=with_words), separators=(",", ":"), ensure_ascii=False)
        form = self._filled("words" if with_words else "seconds", schema=schema)
        return Message("system", self._filled("system", form=form))

    def repair(self, problem: str) -> Message:
        """The turn after an answer that could not be played."""
        return Message("user", self._filled("repair", problem=plain(problem, LONGEST_PROBLEM)))

    def user(self, **facts: str) -> Message:
        return Message("user", self._filled("user", **facts))

    def _filled(self, name: str, **values: str) -> str:
        return Template(self.texts[name]).safe_substitute(values)


def load_prompts() -> Prompts:
    """Raises `ConfigurationError` where a text is missing or cannot be read."""
    return _load(PROMPTS_FOLDER, tuple(_modified(PROMPTS_FOLDER / f"director_{name}.txt") for name in NAMES))


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _load(folder: Path, _versions: tuple[int, ...]) -> Prompts:
    texts = {}
    for name in NAMES:
        path = folder / f"director_{name}.txt"
        try:
            texts[name] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The director's prompt {path.name} cannot be read: {error}.", cure=f"Restore it in {folder}."
            ) from None
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
    return Prompts(texts, digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is to be directed: the speech, how it feels, what the user wants, and what the picture shows."""

    speech: Speech
    emotions: tuple[TimedEmotion, ...]
    direction: str
    portrait: str


def question(prompts: Prompts, stretch: Stretch, count: int, scene: Scene, norm: Usual) -> list[Message]:
    """What one stretch, of `count`, is asked with."""
    speech = scene.speech
    language = speech.transcript.language if speech.transcript else ""
    begin, end = stretch.heard
    return [
        prompts.system(with_words=bool(stretch.words)),
        prompts.user(
            language=plain(language, LONGEST_DIRECTION) or UNKNOWN,
            number=str(stretch.number + 1),
            count=str(count),
            seconds=f"{end - begin:.1f}",
            total=f"{speech.duration:.1f}",
            voice=voice_line(norm, speech.prosody.voices),
            emotions="\n".join(emotion_lines(stretch, scene.emotions)) or UNKNOWN,
            portrait=scene.portrait,
            direction=plain(scene.direction, LONGEST_DIRECTION) or UNDIRECTED,
            speech="\n".join(speech_lines(stretch, speech, norm)),
        ),
    ]

"""A character: a portrait with a name, a voice and a way to perform, under one number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from audio_processor.tts import voices
from avatar.errors import InputError
from orchestrator.given import (
    checked_background,
    checked_controls,
    checked_direction,
    checked_face,
    checked_framing,
    is_unicode,
)
from video_processor.backgrounds import KEEP

LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a person says of a character; None takes the default of the settings. `background` needs no picture."""

    name: str
    voice: str | None = None
    language: str | None = None
    direction: str = ""
    controls: Mapping[str, Any] = field(default_factory=dict)
    framing: str = "auto"
    background: str = KEEP
    face: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A character as the store has it.

    `portrait` is the file's path; that of a built-in character may have to be fetched first. `width` and `height` are
    the upright picture's, `notes` what the user should know of it. `face` is the one that speaks, by size: 0 is the
    largest. `created_at` is in seconds since the epoch.
    """

    id: str
    name: str
    portrait: str
    voice: str | None
    language: str | None
    direction: str
    controls: dict[str, Any]
    framing: str
    background: str
    built_in: bool
    created_at: float
    width: int
    height: int
    notes: tuple[str, ...] = ()
    face: int = 0

    @property
    def profile(self) -> Profile:
        return Profile(
            name=self.name,
            voice=self.voice,
            language=self.language,
            direction=self.direction,
            controls=self.controls,
            framing=self.framing,
            background=self.background,
            face=self.face,
        )


def checked_profile(profile: Profile) -> Profile:
    """The profile with every value as it is kept. Raises `InputError` for what cannot be used."""
    return replace(
        profile,
        name=_name(profile.name),
        voice=_voice(profile.voice, profile.language),
        language=_language(profile.language),
        direction=checked_direction(profile.direction),
        controls=checked_controls(profile.controls, "The controls"),
        framing=checked_framing(profile.framing),
        background=checked_background(profile.background),
        face=checked_face(profile.face),
    )


def completed(character: Character, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `JobRequest`: what is given, and where it is None or missing what the character brings.

    Controls are joined key by key. A voice and a language come along only where there is a text to speak.
    """
    defaults: dict[str, Any] = {
        "direction": character.direction,
        "framing": character.framing,
        "background": character.background,
        "face": character.face or None,
    }
    if given.get("text") is not None:
        defaults |= {"voice": character.voice, "language": character.language}
    wanted = {name: value for name, value in given.items() if value is not None}
    controls = {**character.controls, **wanted.get("controls", {})}
    known = {name: value for name, value in defaults.items() if value is not None}
    return {**known, **wanted, "controls": controls, "image": character.portrait}


def _name(name: str) -> str:
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST_NAME or not is_unicode(kept) or not kept.isprintable():
        raise InputError(
            "The character's name cannot be used.", cure=f"Give 1 to {LONGEST_NAME} characters that can be read."
        )
    return kept


def _language(language: str | None) -> str | None:
    if language is None:
        return None
    if not language.isprintable():
        raise InputError("The language cannot be used.", cure="Give one such as en, de or pt-br.")
    voices(language)
    return language


def _voice(voice: str | None, language: str | None) -> str | None:
    if voice is None:
        return None
    known = voices(language) if language else voices()
    found = next((name for name in known if name.lower() == voice.lower()), None)
    if found is None:
        raise InputError(f"espeak-ng has no voice '{voice[:40]}'.", cure="Use one such as f2, f3, m1 or m3.")
    return found

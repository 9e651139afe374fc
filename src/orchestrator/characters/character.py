"""A character: a portrait with a name, a voice and a way to perform, under one number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from audio_processor.speaking.base import Voice
from audio_processor.speaking.choice import AUTO, ESPEAK, engine_names, speaker_names, speaker_of, voice_of
from avatar.errors import InputError
from avatar.settings import Settings
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
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """That a voice may be cloned: who says so, in which words, and when that was recorded, seconds since the epoch."""

    given_by: str
    statement: str
    recorded_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSample:
    """A recording whose voice a character takes: WAV, mono. Lengths in seconds, the level of its speech in dB."""

    path: str
    digest: str
    duration: float
    spoken: float
    level_db: float
    consent: Consent


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
    speaker: str | None = None
    sample: VoiceSample | None = None

    @property
    def spoken_voice(self) -> Voice | str | None:
        """The voice that it speaks with, as `choose_speaker` takes it."""
        if self.sample is None:
            return self.voice
        return Voice(self.name, (self.language,) if self.language else (), sample=Path(self.sample.path))

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
            speaker=self.speaker,
        )


def checked_profile(profile: Profile, settings: Settings) -> Profile:
    """The profile with every value as it is kept. Raises `InputError` for what cannot be used."""
    voice, language = _voice_and_language(profile, settings)
    return replace(
        profile,
        name=_name(profile.name),
        voice=voice,
        language=language,
        direction=checked_direction(profile.direction),
        controls=checked_controls(profile.controls, "The controls"),
        framing=checked_framing(profile.framing),
        background=checked_background(profile.background),
        face=checked_face(profile.face),
    )


def completed(character: Character, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `JobRequest`: what is given, and where it is None or missing what the character brings.

    Controls are joined key by key. Voice, language and speaker come along only where there is a text to speak; the
    voice, or the recording of it, only where no other voice or speaker is given.
    """
    defaults: dict[str, Any] = {
        "direction": character.direction,
        "framing": character.framing,
        "background": character.background,
        "face": character.face or None,
    }
    if given.get("text") is not None:
        defaults |= _speaking(character, given)
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


def _speaking(character: Character, given: Mapping[str, Any]) -> dict[str, Any]:
    brought: dict[str, Any] = {"language": character.language}
    if given.get("speaker") in (None, character.speaker):
        brought["speaker"] = character.speaker
        if given.get("voice") is None:
            own = {"voice": character.voice} if character.sample is None else {"voice_sample": character.sample.path}
            brought |= own
    return brought


def _voice_and_language(profile: Profile, settings: Settings) -> tuple[str | None, str | None]:
    """As the engine writes the voice's name; with `auto`, the first engine that has them."""
    speaker, language = profile.speaker, profile.language
    if language is not None and not language.isprintable():
        raise InputError("The language cannot be used.", cure="Give one such as en, de or pt-br.")
    if speaker is not None and speaker not in speaker_names():
        raise InputError(f"There is no speaker '{speaker[:40]}'.", cure=f"Choose one of: {', '.join(speaker_names())}.")
    problem = InputError("There is no engine that speaks.")
    for name in engine_names() if speaker == AUTO else (speaker or ESPEAK,):
        engine = speaker_of(name, settings)
        try:
            found = voice_of(engine, language or settings.default_language, profile.voice)
        except InputError as error:
            problem = error
            continue
        return found.name if found else None, language
    raise problem

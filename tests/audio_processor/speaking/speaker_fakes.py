"""Engines that speak without a network."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_processor.speaking import choice
from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.choice import SpeakerEngine
from audio_processor.speaking.espeak import EspeakSpeaker
from avatar.errors import InputError
from avatar.settings import Settings
from models.weights import WeightStore

RATE = 16_000
SAMPLES_PER_LETTER = 160
CRASH, HANG, RAISE = "crash", "hang", "raise"
"""Words on which a hummer does so."""


class Hummer:
    """Speaks English as a tone as long as the text; the voice `bob` is louder. Where it `clones`, any voice is."""

    def __init__(self, name: str, *, weights: tuple[str, ...] = (), clones: bool = False) -> None:
        self._capabilities = SpeakerCapabilities(name, "A tone.", ("en",), RATE, weights, "neural", clones)

    @property
    def capabilities(self) -> SpeakerCapabilities:
        return self._capabilities

    def voices(self, language: str) -> tuple[Voice, ...]:
        if language.partition("-")[0] != "en":
            raise InputError(f"{self._capabilities.name} speaks no '{language}'.")
        return (Voice("ann", ("en",)), Voice("bob", ("en",)))

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        check()
        self.voices(language)
        if CRASH in text:
            import os

            os._exit(3)
        while HANG in text:
            time.sleep(0.02)
            check()
        if RAISE in text:
            raise RuntimeError("the network broke")
        loud = voice is not None and (voice.name == "bob" or voice.sample is not None)
        yield SpokenPiece(np.full(SAMPLES_PER_LETTER * len(text), 0.4 if loud else 0.1, np.float32), RATE)


class Timeless(EspeakSpeaker):
    """espeak-ng, as an engine that does not tell when it says what; with `words` it tells those."""

    def __init__(self, *, words: bool = False, phonemes: bool = False) -> None:
        super().__init__()
        self._words, self._phonemes = words, phonemes

    @property
    def capabilities(self) -> SpeakerCapabilities:
        return replace(super().capabilities, name="timeless")

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        for piece in super().speak(text, language=language, voice=voice, check=check):
            yield replace(
                piece,
                words=piece.words if self._words else (),
                phonemes=piece.phonemes if self._phonemes else (),
            )


def engine(
    name: str, *, packages: tuple[str, ...] = (), weights: tuple[str, ...] = (), clones: bool = False
) -> SpeakerEngine:
    def build(_settings: Settings, _weights: WeightStore) -> Hummer:
        return Hummer(name, weights=weights, clones=clones)

    return SpeakerEngine(name, build, "MIT", packages)


def timeless(*, words: bool = False, phonemes: bool = False) -> SpeakerEngine:
    return SpeakerEngine("timeless", lambda _settings, _weights: Timeless(words=words, phonemes=phonemes), "MIT")


def use_speakers(monkeypatch: pytest.MonkeyPatch, *engines: SpeakerEngine) -> Mapping[str, SpeakerEngine]:
    """These engines, before espeak-ng, wherever speakers are chosen."""
    known = {one.name: one for one in (*engines, choice.SPEAKERS["espeak"])}
    monkeypatch.setattr(choice, "SPEAKERS", known)
    monkeypatch.setattr(choice, "_built", {})
    return known


def put_file(folder: Path, key: str) -> None:
    """A file in the right size, which nobody reads, as that of the registry's `key`."""
    entry = WeightStore(folder).entry(key)
    with (folder / entry.file).open("wb") as file:
        file.truncate(entry.size)

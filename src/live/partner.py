"""Who speaks for the avatar of a session."""

import asyncio
import tempfile
from pathlib import Path

from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.errors import InputError
from avatar.settings import Settings
from avatar.types import Floats
from live.messages import Chosen, Say
from live.plan import SessionPlan
from live.session import Partner
from live.stage import Stage


class PlainPartner:
    """Speaks with espeak-ng."""

    def __init__(self, plan: SessionPlan, stage: Stage) -> None:
        self._plan, self._stage = plan, stage
        self.speaker = Chosen(name="espeak", why="it is always there")
        self.recogniser = Chosen(name=None, why="not here")
        self.dialogue = Chosen(name=None, why="not here")

    async def say(self, message: Say) -> None:
        await asyncio.to_thread(self._say, message)

    async def ask(self, text: str) -> None:
        raise InputError("There is no dialogue model.", cure="Set MISTRAL_API_KEY or MISTRAL_BASE_URL.")

    async def hear(self, samples: Floats, rate: int) -> None:
        del samples, rate

    async def clear(self) -> None:
        return

    async def close(self) -> None:
        return

    def _say(self, message: Say) -> None:
        with tempfile.TemporaryDirectory() as folder:
            spoken = speak(message.text, language=message.language or self._plan.language or "en", folder=Path(folder))
            clip = decode_audio(spoken.path, Path(folder) / "decoded.f32", max_minutes=60, max_megabytes=500)
            utterance = self._stage.utterance(text=message.text, name=message.id)
            utterance.push(clip.samples, clip.rate, spoken.phonemes)
            utterance.end()


async def open_partner(plan: SessionPlan, stage: Stage, settings: Settings) -> Partner:
    del settings
    return PlainPartner(plan, stage)

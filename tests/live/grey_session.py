"""A real session and stage without a face: pictures are grey by their number, and who speaks says a tone."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from avatar.performance import ControlParameters
from avatar.settings import Settings
from avatar.types import Floats, Image, Size
from live.contract import SOUND_RATE_HZ
from live.messages import Chosen, Say, StartStream
from live.plan import SessionPlan
from live.session import LiveSession
from live.stage import Stage
from tests.live.showing import TONE_HZ, picture
from video_processor.motion.live import LiveMotion


@dataclass
class GreyDrawer:
    """Draws no face."""

    size: Size

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        return picture(index, self.size.width)


class TonePartner:
    """Says a tone of two seconds whatever the text; keeps what it hears."""

    speaker = Chosen(name="tone", why="a test")
    recogniser = Chosen(name=None, why="a test")
    dialogue = Chosen(name=None, why="a test")

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.heard: list[Floats] = []

    async def say(self, message: Say) -> None:
        utterance = self._stage.utterance(text=message.text, name=message.id)
        times = np.arange(2 * SOUND_RATE_HZ) / SOUND_RATE_HZ
        utterance.push((0.4 * np.sin(2 * np.pi * TONE_HZ * times)).astype(np.float32), SOUND_RATE_HZ)
        utterance.end()

    async def ask(self, text: str) -> None:
        return

    async def hear(self, samples: Floats, rate: int) -> None:
        assert rate == SOUND_RATE_HZ
        self.heard.append(samples)

    async def clear(self) -> None:
        return

    async def close(self) -> None:
        return


def grey_session(settings: Settings, *, plan: SessionPlan | None = None, **start: Any) -> LiveSession:
    """Running; to be called in its event loop, closed by whoever waits for its end."""
    asked = plan.start if plan else StartStream(image="-", **{"size": 128, **start})
    plan = plan or SessionPlan(session="one", start=asked, image="-", name="Grey")
    rest = np.zeros(52, np.float32)
    controls = ControlParameters()
    motion = LiveMotion(rest, fps=Fraction(asked.fps), seed=0, controls=controls)
    stage = Stage(GreyDrawer(Size(asked.size, asked.size)), motion, fps=asked.fps, controls=controls)
    session = LiveSession(plan, stage, TonePartner(stage), settings)
    stage.start()
    return session


async def close_in_time(session: LiveSession) -> None:
    """What a worker does for every session."""
    await session.ended
    await session.close()

"""A session whose engine fails goes on with the puppet, and says so."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from avatar.errors import RenderError
from avatar.settings import Settings
from avatar.types import Floats, Image, Portrait, Size
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import Notice, ServerMessage, StartStream
from live.opening import SessionRoom, fallen
from live.plan import SessionPlan
from live.session import LiveSession
from orchestrator.characters.built_in import DRAWN, NOVA
from tests.face_models import CHECKPOINTS, FACE_MODELS, face_store
from tests.video_processor.lip_fakes import WORKER, PaintedLips, puppet_of
from video_processor.renderers.base import RendererCapabilities, RenderSession
from video_processor.renderers.wav2lip.renderer import LIVE
from video_processor.renderers.wav2lip.session import Wav2LipSession


@dataclass
class TiringLips(PaintedLips):
    """Draws some mouths, and then fails."""

    lasts: int = 3

    def mouths(self, mels: Floats, faces: Image) -> Image:
        if len(self.batches) > self.lasts:
            raise RenderError("It drew no numbers.", cure="Use fp32.")
        return super().mouths(mels, faces)


@dataclass
class Tiring:
    """An engine with such a network."""

    lips: TiringLips
    capabilities: RendererCapabilities = field(
        default_factory=lambda: RendererCapabilities("tiring", 1, "a network that fails", live=LIVE)
    )

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        return Wav2LipSession(puppet_of(portrait), portrait.rest, self.lips, 1, WORKER)


@dataclass
class Audience:
    wants_pictures: bool = True
    frames: list[TimedFrame] = field(default_factory=list)
    told: list[ServerMessage] = field(default_factory=list)

    def sound(self, sound: TimedSound) -> None:
        return

    def frame(self, frame: TimedFrame) -> None:
        self.frames.append(frame)

    def tell(self, message: ServerMessage) -> None:
        self.told.append(message)


def test_the_puppet_goes_on_and_viewers_are_told_once(tmp_path: Path) -> None:
    face_store(*FACE_MODELS)
    room = SessionRoom(Settings(data_dir=tmp_path, checkpoints_dir=CHECKPOINTS))
    start = StartStream(image=NOVA, size=128)
    plan = SessionPlan(session="one", start=start, image=str(DRAWN[NOVA]), name="Nova")
    heard: list[Notice] = []
    crashes: list[Exception] = []
    lips = TiringLips()
    stage = room.stage(plan, Tiring(lips), crashes.append, heard.append)
    audience = Audience()
    stage.add(audience)
    utterance = stage.utterance()
    utterance.push(np.random.default_rng(1).normal(0, 0.1, SOUND_RATE_HZ // 2).astype(np.float32), SOUND_RATE_HZ)
    stage.walk(8)
    notices = [message for message in audience.told if isinstance(message, Notice)]
    assert [notice.code for notice in notices] == ["engine_fell_back"]
    assert notices[0].message == "tiring failed, and puppet draws from here on. It drew no numbers."
    assert notices[0].cure == "Use fp32."
    assert heard == notices
    assert len(lips.batches) == lips.lasts + 1
    assert [frame.index for frame in audience.frames] == list(range(8))
    assert all(frame.image is not None for frame in audience.frames)
    assert not crashes


def test_what_no_one_foresaw_is_told_by_its_kind() -> None:
    assert fallen("wav2lip", MemoryError()).message.endswith("It raised MemoryError.")


@dataclass
class Running:
    """A session, as far as its cost goes."""

    frame_seconds: float


def test_a_session_with_a_network_counts_as_several(tmp_path: Path) -> None:
    running = [cast(LiveSession, Running(seconds)) for seconds in (0.0, 0.024, 0.001)]
    room = SessionRoom(Settings(data_dir=tmp_path, max_live_sessions=0))
    assert room.load(running) == 3
    room.frame_seconds = 0.008
    assert room.load(running) == 1 + 3 + 1
    limited = SessionRoom(Settings(data_dir=tmp_path, max_live_sessions=9))
    limited.frame_seconds = 0.008
    assert limited.load(running) == 3

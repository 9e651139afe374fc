"""Which engine draws a live session, by what each was measured to cost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import InputError, LicenceError, MissingExtraError, MissingWeightsError, RenderError
from avatar.settings import Settings
from avatar.types import Floats, Image, Portrait, Size
from live.engines import MEASURED_FRAMES, LiveEngines
from live.stage import Drawer, Heard
from models.hardware import plain_hardware
from models.weights import WeightStore
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.base import LiveContext, Renderer

QUICK, SLOW = 0.015, 0.045
SOUNDED = ("wav2lip-gan", "wav2lip")
SIDE = Size(8, 8)
CONTEXT = LiveContext(0.2, 0.3, 0.2)
TORCH = replace(plain_hardware(), has_torch=True)


def engines(folder: Path, *installed: str) -> LiveEngines:
    """Where the checkpoints of `installed` lie; nothing loads them."""
    file = folder / "checkpoint.pth"
    file.write_bytes(b"weights")
    store = WeightStore(folder, noncommercial=True, given=dict.fromkeys(installed, file))
    return LiveEngines(Settings(), store, TORCH)


def test_only_engines_that_can_draw_frame_by_frame_are_there(tmp_path: Path) -> None:
    assert list(engines(tmp_path).all) == [*SOUNDED, "puppet"]
    with pytest.raises(InputError, match="sadtalker"):
        engines(tmp_path).engine("sadtalker", 25)


def test_auto_takes_an_engine_that_keeps_up(tmp_path: Path) -> None:
    room = engines(tmp_path, *SOUNDED)
    room.seconds = {"wav2lip-gan": SLOW, "wav2lip": QUICK, "puppet": 0.004}
    found = room.engine("auto", 25)
    assert found.choice.name == found.renderer.capabilities.name == "wav2lip"
    assert found.choice.why == "the best engine that keeps up: a frame takes 15 ms of 40 ms"
    assert found.choice.passed_over == ("wav2lip-gan takes 45 ms a frame, more than 24 ms",)
    assert found.frame_seconds == QUICK
    assert found.notes == ()


def test_auto_takes_the_puppet_where_the_network_is_too_slow_and_says_by_how_much(tmp_path: Path) -> None:
    room = engines(tmp_path, "wav2lip")
    room.seconds = {"wav2lip": SLOW}
    found = room.engine("auto", 25)
    assert found.choice.name == "puppet"
    assert found.choice.why == "it keeps up on any processor; wav2lip takes 45 ms a frame, more than 24 ms"
    assert found.frame_seconds is None
    assert room.engine("auto", 10).choice.name == "wav2lip"
    assert room.engine("auto", 50).choice.name == "puppet"


def test_auto_leaves_to_the_other_sessions_what_they_need(tmp_path: Path) -> None:
    room = engines(tmp_path, "wav2lip")
    room.seconds = {"wav2lip": QUICK}
    assert room.engine("auto", 25, free_seconds=QUICK + 0.001).choice.name == "wav2lip"
    found = room.engine("auto", 25, free_seconds=QUICK - 0.001)
    assert found.choice.name == "puppet"
    assert "the other sessions do not leave" in found.choice.why


def test_what_was_not_measured_auto_does_not_take(tmp_path: Path) -> None:
    found = engines(tmp_path, "wav2lip").engine("auto", 25)
    assert found.choice.name == "puppet"
    assert "wav2lip has not been measured on this machine" in found.choice.passed_over


@pytest.mark.parametrize(("seconds", "note"), [(QUICK, ""), (SLOW, "45 ms of 40 ms"), (None, "not been measured")])
def test_a_named_engine_draws_whatever_it_costs_and_the_notes_warn(
    tmp_path: Path, seconds: float | None, note: str
) -> None:
    room = engines(tmp_path, "wav2lip")
    room.seconds = {} if seconds is None else {"wav2lip": seconds}
    found = room.engine("wav2lip", 25)
    assert (found.choice.name, found.choice.why) == ("wav2lip", "asked for")
    assert [note in told and "frames are left out" in told for told in found.notes] == [True] * bool(note)


def test_a_named_engine_that_lacks_something_is_the_same_error_as_for_a_video(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match="wav2lip-gan"):
        engines(tmp_path).engine("wav2lip-gan", 25)
    with pytest.raises(LicenceError):
        LiveEngines(Settings(), WeightStore(tmp_path), TORCH).engine("wav2lip", 25)
    without = LiveEngines(Settings(), WeightStore(tmp_path), replace(TORCH, has_torch=False))
    with pytest.raises(MissingExtraError, match="PyTorch"):
        without.engine("wav2lip", 25)


def test_the_status_tells_of_every_engine(tmp_path: Path) -> None:
    room = engines(tmp_path, "wav2lip")
    room.seconds = {"wav2lip": SLOW, "puppet": 0.0041}
    gan, base, puppet = room.states
    assert (gan.name, gan.available, gan.why) == ("wav2lip-gan", False, "It lacks wav2lip-gan.")
    assert (base.available, base.frame_milliseconds) == (True, 45.0)
    assert base.why == "It takes 45 ms a frame, more than 24 ms; `auto` does not take it."
    assert (puppet.available, puppet.frame_milliseconds) == (True, 4.1)


@dataclass
class Easel:
    """Draws nothing; fails where it is told to."""

    fails: bool = False
    size: Size = SIDE
    context: LiveContext = CONTEXT
    heard: Heard | None = None
    loud: list[Floats] = field(default_factory=list)

    def listen(self, heard: Heard) -> None:
        self.heard = heard

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        assert self.heard is not None
        self.loud.append(self.heard(640 * index, 100))
        if self.fails:
            raise RenderError("It drew a blank mouth.")
        return np.zeros((8, 8, 3), np.uint8)


def test_engines_are_measured_while_they_speak_and_a_broken_one_is_left_alone(tmp_path: Path) -> None:
    room = engines(tmp_path, *SOUNDED)
    easels = {name: Easel(fails=name == "wav2lip-gan") for name in room.all}

    def prepared(_: Portrait, renderer: Renderer, fps: int, fell: Callable[[Exception], None]) -> Drawer:
        assert fps == 25
        with pytest.raises(MemoryError):
            fell(MemoryError())
        return easels[renderer.capabilities.name]

    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    room.measure(frame_portrait(portrait, Size(128, 128)), prepared)
    assert set(room.seconds) == {"wav2lip", "puppet"}
    assert len(easels["wav2lip"].loud) > MEASURED_FRAMES
    assert min(np.abs(sound).max() for sound in easels["wav2lip"].loud) > 0.05
    broken = room.states[0]
    assert (broken.available, broken.why) == (False, "It failed when it was measured: It drew a blank mouth.")

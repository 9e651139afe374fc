"""The stage of a live session: its clock, what it plays, and what it shows."""

import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest

from audio_processor.spoken_words import Phoneme
from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.performance import ControlParameters, Cue
from avatar.types import Floats, Image, Size
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import ServerMessage, Speaking
from live.resampling import THINNING, THINNING_REACH, thinned
from live.stage import Heard, Stage
from tests.live.showing import strongest_hz, tone
from video_processor.motion.live import LiveMotion
from video_processor.renderers.base import LiveContext

JAW = BLENDSHAPE_INDEX["jawOpen"]
FPS = 25
REST = np.zeros(len(BLENDSHAPES), np.float32)
SIDE = Size(16, 16)
CONTEXT = LiveContext(before=0.2, after=0.3, needed=0.2125)


@dataclass(frozen=True)
class Plain:
    """Draws frames of one colour, as slowly as it is told."""

    seconds: float = 0.0
    fails_at: int | None = None

    @property
    def size(self) -> Size:
        return Size(16, 16)

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        if index == self.fails_at:
            raise RuntimeError("out of paint")
        time.sleep(self.seconds)
        return np.full((16, 16, 3), index % 256, np.uint8)


@dataclass
class Listening:
    """Keeps what is heard from 0.2 s before each frame on, up to what its engine needs after its start."""

    size: Size = SIDE
    context: LiveContext = CONTEXT
    heard: Heard = lambda first, count: np.zeros(0, np.float32)
    around: list[Floats] = field(default_factory=list)

    def listen(self, heard: Heard) -> None:
        self.heard = heard

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        self.around.append(self.heard(index * 640 - 3_200, 3_200 + 3_400))
        return np.zeros((16, 16, 3), np.uint8)


@dataclass
class Audience:
    """Keeps all that it is shown."""

    wants_pictures: bool = True
    sounds: list[TimedSound] = field(default_factory=list)
    frames: list[TimedFrame] = field(default_factory=list)
    messages: list[ServerMessage] = field(default_factory=list)

    def sound(self, sound: TimedSound) -> None:
        self.sounds.append(sound)

    def frame(self, frame: TimedFrame) -> None:
        self.frames.append(frame)

    def tell(self, message: ServerMessage) -> None:
        self.messages.append(message)

    @property
    def heard(self) -> Floats:
        return np.concatenate([sound.samples for sound in self.sounds]).astype(np.float32) / np.float32(32_768)

    @property
    def jaw(self) -> Floats:
        return np.array([frame.shapes[JAW] for frame in self.frames])

    @property
    def told(self) -> list[Speaking]:
        return [message for message in self.messages if isinstance(message, Speaking)]


def staged(plain: Plain | Listening = Plain()) -> tuple[Stage, Audience]:
    motion = LiveMotion(REST, fps=Fraction(FPS), seed=1)
    stage = Stage(plain, motion, fps=FPS, controls=ControlParameters())
    audience = Audience()
    stage.add(audience)
    return stage, audience


def spoken(seconds: float, rate: int = 22_050) -> tuple[Floats, tuple[Phoneme, ...]]:
    """A tone that is said to be wide vowels."""
    samples = np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate).astype(np.float32) * 0.4
    return samples, (Phoneme("a", 0.0, seconds),)


def test_sound_comes_without_a_gap_and_frames_at_their_times() -> None:
    stage, audience = staged()
    stage.walk(50)
    ends = [round(sound.at * SOUND_RATE_HZ) + len(sound.samples) for sound in audience.sounds]
    assert [round(sound.at * SOUND_RATE_HZ) for sound in audience.sounds] == [0, *ends[:-1]]
    assert [frame.at for frame in audience.frames] == [index / FPS for index in range(50)]
    assert ends[-1] == 50 * SOUND_RATE_HZ // FPS


def test_what_is_said_is_heard_with_the_lips_that_belong_to_it() -> None:
    stage, audience = staged()
    stage.walk(5)
    utterance = stage.utterance(text="ah", name="mine")
    at = utterance.push(*_with_rate(spoken(1.0)))
    utterance.end()
    stage.walk(60)
    loud = np.flatnonzero(np.abs(audience.heard) > 0.2) / SOUND_RATE_HZ
    assert abs(loud[0] - at) < 0.005
    assert abs(loud[-1] - at - 1.0) < 0.01
    middle = round((at + 0.5) * FPS)
    assert audience.jaw[middle] > 0.3
    assert audience.jaw[: round(at * FPS) - 1].max() < 0.1
    assert audience.jaw[-5:].max() < 0.1
    assert [(told.on, told.utterance, told.cut) for told in audience.told] == [
        (True, "mine", False),
        (False, "mine", False),
    ]


def _with_rate(said: tuple[Floats, tuple[Phoneme, ...]], rate: int = 22_050) -> tuple[Floats, int, tuple[Phoneme, ...]]:
    return said[0], rate, said[1]


def test_streamed_sound_is_heard_soon_and_whole_and_moves_the_lips(vowels: Floats) -> None:
    stage, audience = staged()
    stage.walk(3)
    utterance = stage.utterance(streamed=True)
    begun = stage.now
    for begin in range(0, len(vowels), 640):
        utterance.push(vowels[begin : begin + 640], 16_000)
        stage.walk(1)
    utterance.end()
    stage.walk(20)
    loud = np.flatnonzero(np.abs(audience.heard) > 0.05) / SOUND_RATE_HZ
    assert 0.1 < loud[0] - begun < 0.2
    assert abs(loud[-1] - loud[0] - len(vowels) / 16_000) < 0.1
    assert audience.jaw[round(loud[0] * FPS) : round(loud[-1] * FPS)].max() > 0.2


def test_a_drawer_that_listens_knows_what_is_heard_around_its_frames() -> None:
    one = Listening()
    stage, audience = staged(one)
    stage.walk(3)
    utterance, begun = stage.utterance(streamed=True), stage.now
    sound = np.sin(2 * np.pi * 440 * np.arange(24_000) / 16_000).astype(np.float32) * 0.4
    for begin in range(0, len(sound), 640):
        utterance.push(sound[begin : begin + 640], 16_000)
        stage.walk(1)
    drawn = len(one.around)
    stage.walk(10)
    loud = np.flatnonzero(np.abs(audience.heard) > 0.05) / SOUND_RATE_HZ
    assert 0.22 < loud[0] - begun < 0.3
    silent = np.zeros(THINNING * 4_000, np.float32)
    played = np.concatenate([silent, audience.heard, silent])
    for index in range(5, drawn):
        first = THINNING * (4_000 + index * 640 - 3_200)
        truth = played[first - THINNING_REACH : first + THINNING * 6_599 + 1 + THINNING_REACH]
        wanted = thinned(np.asarray(np.rint(truth * 32_768), np.int16))
        assert np.array_equal(one.around[index], wanted), index
    assert np.abs(one.around[20]).max() > 0.3


@pytest.mark.parametrize(("hz", "amount"), [(200, 1.0), (3_000, 1.0), (7_000, 1.0), (9_000, 0.0), (15_000, 0.0)])
def test_what_is_heard_is_what_is_played_without_what_the_lower_rate_cannot_hold(hz: int, amount: float) -> None:
    at = np.arange(-THINNING_REACH, THINNING * 1_000 + 1 + THINNING_REACH)
    found = thinned(np.asarray(np.rint(16_384 * np.sin(2 * np.pi * hz * at / SOUND_RATE_HZ)), np.int16))
    wanted = 0.5 * amount * np.sin(2 * np.pi * hz * np.arange(1_001) / 16_000)
    assert np.abs(found - wanted).max() < 0.002


def test_a_clear_ends_sound_and_lips_within_a_fifth_of_a_second() -> None:
    stage, audience = staged()
    utterance = stage.utterance(name="long")
    utterance.push(*_with_rate(spoken(5.0)))
    stage.walk(40)
    at = stage.now
    assert stage.clear() == ("long",)
    stage.walk(20)
    loud = np.flatnonzero(np.abs(audience.heard) > 0.005) / SOUND_RATE_HZ
    assert loud[-1] - at < 0.02
    assert audience.jaw[round((at + 0.2) * FPS) :].max() < 0.08
    assert utterance.cut
    assert utterance.push(*_with_rate(spoken(1.0))) == 0.0
    assert audience.told[-1].cut


def test_what_is_said_after_a_clear_is_spoken() -> None:
    stage, audience = staged()
    stage.utterance().push(*_with_rate(spoken(5.0)))
    stage.walk(20)
    stage.clear()
    again = stage.utterance()
    at = again.push(*_with_rate(spoken(0.5)))
    again.end()
    stage.walk(30)
    assert audience.jaw[round((at + 0.25) * FPS)] > 0.3


def test_a_cue_and_a_control_show() -> None:
    stage, audience = staged()
    stage.walk(10)
    stage.cue(Cue(action="smile", at=stage.now + 0.5, intensity=1.0, duration=1.0))
    stage.direct(ControlParameters(eyebrow_raise=1.0))
    stage.walk(40)
    smile = np.array([frame.shapes[BLENDSHAPE_INDEX["mouthSmileLeft"]] for frame in audience.frames])
    brows = np.array([frame.shapes[BLENDSHAPE_INDEX["browOuterUpLeft"]] for frame in audience.frames])
    assert smile[18:28].max() > smile[:10].max() + 0.3
    assert brows[30:].min() > brows[:10].max() + 0.2


def test_nobody_who_watches_means_nothing_is_drawn() -> None:
    stage, audience = staged(Plain(fails_at=3))
    audience.wants_pictures = False
    stage.walk(10)
    assert all(frame.image is None for frame in audience.frames)


def test_a_slow_machine_leaves_frames_out_and_plays_all_sound() -> None:
    stage, audience = staged(Plain(seconds=0.1))
    utterance = stage.utterance()
    sound = tone(0, SOUND_RATE_HZ // 2, 300.0).astype(np.float32) / np.float32(32_768)
    utterance.push(sound, SOUND_RATE_HZ, [Phoneme("a", 0, 0.5)])
    utterance.end()
    stage.start()
    deadline = time.monotonic() + 20.0
    while stage.now < 1.0 and time.monotonic() < deadline:
        time.sleep(0.02)
    stage.stop()
    assert stage.tally.late > 0
    indices = [frame.index for frame in audience.frames]
    assert indices == sorted(set(indices))
    begin, end = np.flatnonzero(audience.heard)[[0, -1]]
    assert abs(end - begin - SOUND_RATE_HZ // 2) < 10
    assert abs(strongest_hz(audience.heard[begin:end]) - 300.0) < 3.0


@dataclass
class Stuck:
    """Draws its first frame only when so much sound has been given out to the `audience` meanwhile."""

    audience: "Counting"
    pieces: int
    size: Size = SIDE
    kept_up: list[bool] = field(default_factory=list)

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        if not self.kept_up:
            with self.audience.changed:
                self.kept_up.append(self.audience.changed.wait_for(lambda: self.audience.count >= self.pieces, 20.0))
        return np.zeros((16, 16, 3), np.uint8)


class Counting(Audience):
    """Tells who waits for sound of each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.changed, self.count, self.shown = threading.Condition(), 0, threading.Event()

    def sound(self, sound: TimedSound) -> None:
        super().sound(sound)
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def frame(self, frame: TimedFrame) -> None:
        super().frame(frame)
        self.shown.set()


def test_sound_is_given_out_piece_by_piece_while_a_slow_engine_draws() -> None:
    audience = Counting()
    stuck = Stuck(audience, pieces=6)
    stage = Stage(stuck, LiveMotion(REST, fps=Fraction(FPS), seed=1), fps=FPS, controls=ControlParameters())
    stage.add(audience)
    stage.start()
    assert audience.shown.wait(30.0)
    stage.stop()
    assert stuck.kept_up == [True]
    assert audience.frames[0].index == 0
    ends = [round(sound.at * SOUND_RATE_HZ) + len(sound.samples) for sound in audience.sounds]
    assert [round(sound.at * SOUND_RATE_HZ) for sound in audience.sounds] == [0, *ends[:-1]]
    assert stage.tally.late >= 1


def test_a_stage_that_fails_says_so_and_ends() -> None:
    failed: list[Exception] = []
    over = threading.Event()

    def crashed(error: Exception) -> None:
        failed.append(error)
        over.set()

    motion = LiveMotion(REST, fps=Fraction(FPS), seed=1)
    stage = Stage(Plain(fails_at=2), motion, fps=FPS, controls=ControlParameters(), on_crash=crashed)
    stage.add(Audience())
    stage.start()
    assert over.wait(20.0)
    stage.stop()
    assert [str(error) for error in failed] == ["out of paint"]


@pytest.fixture(scope="module")
def vowels(tmp_path_factory: pytest.TempPathFactory) -> Floats:
    from audio_processor.decode import decode_audio
    from audio_processor.tts import speak

    folder = tmp_path_factory.mktemp("vowels")
    said = speak("Ah, far away, a large car and a calm yard.", folder=folder)
    clip = decode_audio(said.path, folder / "sound.f32", max_minutes=1, max_megabytes=10)
    loud = np.flatnonzero(np.abs(clip.samples) > 0.05)
    return np.asarray(clip.samples[loud[0] : loud[-1]], np.float32)


def test_a_name_is_never_had_by_two() -> None:
    stage, _ = staged()
    names = [stage.utterance(name=name).name for name in ("u2", None, None, "u2", "mine", "mine")]
    assert names[0] == "u2"
    assert names[4] == "mine"
    assert len(set(names)) == len(names)

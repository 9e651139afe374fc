"""SadTalker as an engine, over networks that draw by hand: what it draws, shares, and refuses."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import RenderError, WeightsError
from avatar.types import FaceMotion, Floats, Footage, Image, Portrait, Size, neutral_motion
from models.computing import Computing
from models.loaded import LoadedNetworks
from models.sadtalker.drawing import drawing_on
from models.sadtalker.networks import SadTalkerNetworks
from models.weights import WeightStore
from tests.face_models import GRACE_HOPPER
from tests.video_processor.motion_factory import NTSC, lively
from tests.video_processor.sadtalker_factory import DrawingNetworks, DrawnFace, framed, piece, sound_of
from video_processor.renderers.base import Renderer, Telling
from video_processor.renderers.puppet.engine import build_session
from video_processor.renderers.sadtalker import SadTalkerRenderer, renderer, sources
from video_processor.renderers.sadtalker.session import SadTalkerSession
from video_processor.renderers.sadtalker.ticks import CONTEXT_FRAMES
from video_processor.renderers.sadtalker.view import view_of

FPS = Fraction(25)
SIDE = 256


class NamedFiles(WeightStore):
    """Every checkpoint is there, called like its key."""

    def path(self, key: str) -> Path:
        return self.folder / key


def session_of(portrait: Portrait, networks: DrawingNetworks) -> SadTalkerSession:
    engine = SadTalkerRenderer(NamedFiles(Path("nowhere")), Computing(), 256, held := LoadedNetworks())
    held.get(engine.networks_name(view_of(portrait).mode), lambda: networks)
    session = engine.prepare(portrait, portrait.size)
    assert isinstance(session, SadTalkerSession)
    return session


def gentle(portrait: Portrait, frames: int, fps: Fraction = FPS) -> FaceMotion:
    """A little of everything, around the portrait's own face; gaze and brows stay for a while where they are."""
    wild = lively(frames, fps)
    away = 0.6 * (wild.blendshapes - 0.5)
    looks = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("eyeLook", "brow"))]
    away[:, looks] = np.repeat(away[:5, looks], 8, axis=0)[:frames]
    shapes = np.clip(portrait.rest + away, 0, 1)
    return FaceMotion(fps, shapes.astype(np.float32), wild.pose * np.float32(0.3))


def drawn(session: SadTalkerSession, motion: FaceMotion, first: int = 0, count: int | None = None) -> list[Image]:
    count = len(motion) if count is None else count
    return list(session.render(piece(motion, sound_of(len(motion), motion.fps), first, count, CONTEXT_FRAMES)))


def still(portrait: Portrait, frames: int = 2, turn: tuple[float, ...] = (0, 0, 0), **shapes: float) -> FaceMotion:
    """Frames that hold the portrait's face but for some shapes, at a turn (pitch, yaw, roll)."""
    return changed(portrait, frames, turn, shapes)


def changed(portrait: Portrait, frames: int, turn: tuple[float, ...], shapes: Mapping[str, float]) -> FaceMotion:
    motion = neutral_motion(frames, FPS, portrait.rest)
    values = motion.blendshapes.copy()
    for name, value in shapes.items():
        values[:, BLENDSHAPE_INDEX[name]] = value
    return replace(motion, blendshapes=values, pose=np.tile(np.array([*turn, 0, 0, 0], np.float32), (frames, 1)))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return framed(GRACE_HOPPER, SIDE, SIDE)


@pytest.fixture(scope="module")
def close() -> Portrait:
    return framed(GRACE_HOPPER, SIDE, SIDE, "close")


@pytest.fixture(scope="module")
def session(close: Portrait) -> SadTalkerSession:
    """Of a face that fills the frame."""
    return session_of(close, DrawingNetworks())


@pytest.fixture
def networks() -> DrawingNetworks:
    return DrawingNetworks()


def outside(session: SadTalkerSession) -> Floats:
    found = np.ones(session.portrait.image.shape[:2], np.float32)
    mask = session.paste.mask
    found[session.paste.view.inside] = 0 if mask is None else mask == 0
    return found


@pytest.mark.parametrize("size", [256, 512])
def test_it_says_what_it_is_and_needs(size: int) -> None:
    engine: Renderer = SadTalkerRenderer(WeightStore(Path("nowhere")), Computing(), size)  # type: ignore[arg-type]
    said = engine.capabilities
    assert said.name == {256: "sadtalker", 512: "sadtalker-512"}[size]
    assert said.weights == (f"sadtalker-{size}", "sadtalker-mapping-full", "sadtalker-mapping-crop")
    assert (said.wants_gpu, said.extra, said.alpha, said.sequential) == (True, "neural", False, False)


def test_a_face_at_rest_is_the_picture_and_all_outside_the_mask_is_the_pictures_own(
    portrait: Portrait, networks: DrawingNetworks
) -> None:
    session = session_of(portrait, networks)
    frame = drawn(session, still(portrait, 1))[0]
    away = outside(session).astype(bool)
    assert 0.2 < away.mean() < 0.9
    assert np.array_equal(frame[away], portrait.image[away])
    assert np.abs(frame.astype(int) - portrait.image).mean() < 3


def test_a_moving_face_leaves_all_outside_the_mask_as_it_is(portrait: Portrait, networks: DrawingNetworks) -> None:
    session = session_of(portrait, networks)
    away = outside(session).astype(bool)
    for frame in drawn(session, gentle(portrait, 4)):
        assert np.array_equal(frame[away], portrait.image[away])
        assert np.abs(frame.astype(int) - portrait.image)[~away].mean() > 2


def test_a_face_that_fills_the_frame_is_drawn_whole(close: Portrait, networks: DrawingNetworks) -> None:
    session = session_of(close, networks)
    frame = drawn(session, still(close, 1))[0]
    assert session.paste.mask is None
    assert session.semantics.shape == (70,)
    assert frame.shape == close.image.shape
    assert np.abs(frame.astype(int) - close.image).mean() < 3


def test_it_tells_what_its_networks_tell_and_how_soft_the_face_is(close: Portrait, session: SadTalkerSession) -> None:
    assert isinstance(session, Telling)
    assert session.notes == ("drawn by hand",)
    large = session_of(framed(GRACE_HOPPER, 640, 640), DrawingNetworks())
    softness = large.paste.view.square.side / 256
    assert [f"{softness:.1f} times" in note for note in large.notes] == [False, True]


def test_pictures_used_last_are_kept_and_what_the_others_told(
    close: Portrait, networks: DrawingNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_KEPT_BYTES", 2 * SIDE * SIDE * 3)
    networks.telling = ("halved",)
    session = session_of(close, networks)
    networks.telling = ()
    brows = [changed(close, 1, (0, 0, 0), {"browInnerUp": value}) for value in (0.4, 0.8)]
    for motion in (*brows, brows[0]):
        drawn(session, motion)
    assert len(networks.prepared) == 3
    drawn(session, still(close, 1))
    drawn(session, brows[0])
    assert len(networks.prepared) == 4
    assert session.notes == ("halved", "drawn by hand")


def middle_of_change(frame: Image, other: Image) -> Floats:
    change = np.abs(frame.astype(np.float32) - other).sum(axis=2)
    rows, columns = np.indices(change.shape)
    return np.array([(rows * change).sum(), (columns * change).sum()], np.float32) / np.float32(change.sum())


def shift_of(frame: Image, other: Image) -> Floats:
    """How far (2,) the middle of `frame` went right and down from that of `other`."""
    grey = [cv2.cvtColor(image[64:192, 64:192], cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (other, frame)]
    return np.array(cv2.phaseCorrelate(grey[0], grey[1], cv2.createHanningWindow((128, 128), cv2.CV_32F))[0])


@pytest.mark.parametrize(
    ("pose", "wanted"),
    [((0, 5, 0), (8.7, 0)), ((5, 0, 0), (0, -8.7)), ((0, -5, 0), (-8.7, 0))],
    ids=["to the own left", "up", "to the own right"],
)
def test_the_head_goes_where_it_is_told(
    pose: tuple[float, ...], wanted: tuple[float, float], close: Portrait, session: SadTalkerSession
) -> None:
    at_rest, moved = drawn(session, still(close, 1))[0], drawn(session, still(close, 1, pose))[0]
    assert shift_of(moved, at_rest) == pytest.approx(wanted, abs=1.0)


@pytest.mark.parametrize("fps", [FPS, NTSC, Fraction(60), Fraction(12)])
def test_chunks_are_the_same_as_the_whole(fps: Fraction, close: Portrait, session: SadTalkerSession) -> None:
    motion = gentle(close, 40, fps)
    whole = drawn(session, motion)
    parts = [frame for first, count in ((0, 11), (11, 25), (36, 4)) for frame in drawn(session, motion, first, count)]
    worst = max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(whole, parts, strict=True))
    assert worst <= 1


def test_lids_reach_the_networks_at_the_ticks_of_the_video(close: Portrait, networks: DrawingNetworks) -> None:
    motion = still(close, 20)
    shapes = motion.blendshapes.copy()
    shapes[7, [BLENDSHAPE_INDEX["eyeBlinkLeft"], BLENDSHAPE_INDEX["eyeBlinkRight"]]] = 1
    drawn(session_of(close, networks), replace(motion, blendshapes=shapes))
    assert networks.blinks[-1].argmax() == 7
    assert networks.blinks[-1][[6, 7, 8]] == pytest.approx([0, 1, 0])


def test_the_alignment_goes_to_the_networks_that_draw_into_a_picture(
    portrait: Portrait, networks: DrawingNetworks
) -> None:
    session = session_of(portrait, networks)
    windows = session.windows(piece(still(portrait, 3), sound_of(3, FPS), 0, 3, CONTEXT_FRAMES))
    assert windows.shape == (3, 73, 27)
    assert windows[:, 70:] == pytest.approx(np.tile(session.semantics[None, 70:, None], (3, 1, 27)))
    assert windows[:, 64:70] == pytest.approx(np.tile(session.semantics[None, 64:70, None], (3, 1, 27)))


def test_what_depends_on_the_picture_is_computed_once(close: Portrait, networks: DrawingNetworks) -> None:
    session = session_of(close, networks)
    drawn(session, still(close, 30, (3, 4, 5), jawOpen=0.4, eyeBlinkLeft=0.8, eyeBlinkRight=0.8))
    assert len(networks.prepared) == 1
    drawn(session, still(close, 30, eyeLookOutLeft=0.6, eyeLookInRight=0.6))
    drawn(session, still(close, 30, eyeLookOutLeft=0.62, eyeLookInRight=0.58))
    assert len(networks.prepared) == 2
    assert networks.drawn == [1, 30, 30, 30]


@pytest.mark.parametrize(
    ("shapes", "landmarks"),
    [
        ({"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8}, (468, 473)),
        ({"browInnerUp": 0.9, "browOuterUpLeft": 0.9, "browOuterUpRight": 0.9}, (105, 334)),
        ({"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}, (61, 291)),
    ],
    ids=["gaze", "brows", "smile"],
)
def test_the_puppet_moves_the_picture_first(
    shapes: dict[str, float], landmarks: tuple[int, int], close: Portrait, session: SadTalkerSession
) -> None:
    at_rest, moved = drawn(session, still(close, 1))[0], drawn(session, changed(close, 1, (0, 0, 0), shapes))[0]
    place = close.landmarks[list(landmarks), :2].mean(axis=0)
    assert middle_of_change(moved, at_rest) == pytest.approx(place[::-1], abs=0.12 * SIDE)


def test_a_step_of_the_picture_moves_no_point_by_a_pixel(portrait: Portrait) -> None:
    puppet, pixels = build_session(portrait), 256 / view_of(portrait).square.side
    skin, rest = puppet.stage.skin, portrait.rest
    at_rest = skin.moved(skin.weights(rest, rest))
    for shape, step in zip(sources.SHAPES, sources.STEPS, strict=True):
        moved = skin.moved(skin.weights(rest + step * np.eye(52, dtype=np.float32)[shape], rest))
        assert np.linalg.norm(moved - at_rest, axis=1).max() * pixels < 1


def test_threads_draw_the_same_frames(close: Portrait, session: SadTalkerSession) -> None:
    motion = gentle(close, 24)
    alone = drawn(session, motion)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda first: drawn(session, motion, first, 6), range(0, 24, 6)))
    for frame, other in zip(alone, [frame for part in parts for frame in part], strict=True):
        assert np.abs(frame.astype(int) - other).max() <= 1


class Broken(DrawingNetworks):
    """`what`: where the networks go wrong once the portrait is prepared."""

    what = ""

    def source_coefficients(self, face: Image) -> Floats:
        found = super().source_coefficients(face)
        return np.full_like(found, np.nan) if self.what == "source" else found

    def expressions(self, mels: Floats, ref: Floats, blink: Floats) -> Floats:
        found = super().expressions(mels, ref, blink)
        return np.full_like(found, np.nan) if self.what == "expression" else found

    def prepare(self, source: Image, source_semantics: Floats) -> DrawnFace:
        return BlackFace(self, source, source_semantics)


class BlackFace(DrawnFace):
    def draw(self, semantics: Floats, pose_degrees: Floats | None = None) -> Image:
        faces = super().draw(semantics, pose_degrees)
        assert isinstance(self.networks, Broken)
        return np.zeros_like(faces) if self.networks.what == "black" else faces


@pytest.mark.parametrize("what", ["expression", "black"])
def test_numbers_of_no_use_are_an_error(what: str, close: Portrait) -> None:
    session = session_of(close, broken := Broken())
    broken.what = what
    with pytest.raises(RenderError, match=what):
        drawn(session, still(close, 2))


@pytest.mark.parametrize("what", ["source", "black"])
def test_a_portrait_that_the_networks_cannot_draw_is_refused(what: str, close: Portrait) -> None:
    broken = Broken()
    broken.what = what
    with pytest.raises(RenderError, match=what):
        session_of(close, broken)


def test_footage_and_other_sizes_and_missing_checkpoints_are_refused(close: Portrait, tmp_path: Path) -> None:
    engine = SadTalkerRenderer(WeightStore(tmp_path), Computing(), 256, LoadedNetworks())
    footage = Footage(tmp_path / "film.mp4", np.zeros(1), 1.0, close.landmarks[None])
    with pytest.raises(RenderError, match="single picture"):
        engine.prepare(replace(close, footage=footage), close.size)
    with pytest.raises(RenderError, match="not the video's size"):
        engine.prepare(close, Size(64, 64))
    with pytest.raises(WeightsError, match="sadtalker"):
        engine.prepare(close, close.size)


def test_the_networks_of_both_modes_differ_by_their_mapping_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[Path, ...]] = []

    def load(path: Path, mapping: Path, computing: Computing, *, size: int) -> SadTalkerNetworks:
        loaded.append((path, mapping))
        return SadTalkerNetworks(
            audio2exp=object(),
            audio2pose=object(),
            mapping=mapping,
            kp_extractor=object(),
            generator=object(),
            recon=object(),
            size=size,
            computing=computing,
            drawing=drawing_on(computing),
        )

    monkeypatch.setattr(renderer, "load_sadtalker", load)
    monkeypatch.setattr(renderer, "load_mapping", lambda path, _: path)
    engine = SadTalkerRenderer(NamedFiles(Path()), Computing(), 512, LoadedNetworks())
    crop, full = (engine.networks(mode) for mode in ("crop", "full"))
    assert isinstance(crop, SadTalkerNetworks)
    assert isinstance(full, SadTalkerNetworks)
    assert (crop.mapping, full.mapping) == (Path("sadtalker-mapping-crop"), Path("sadtalker-mapping-full"))
    assert crop.generator is full.generator
    assert loaded == [(Path("sadtalker-512"), Path("sadtalker-mapping-full"))]
    assert crop.size == 512


def test_networks_of_other_files_are_others_and_a_replaced_file_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("sadtalker-256", "sadtalker-mapping-full"):
            (tmp_path / folder / name).write_bytes(folder.encode())
    held, loaded = LoadedNetworks(), list[bytes]()

    def load(path: Path, mapping: Path, computing: Computing, *, size: int) -> tuple[bytes, bytes]:
        loaded.append(path.read_bytes() + mapping.read_bytes())
        return path.read_bytes(), mapping.read_bytes()

    def networks(folder: str) -> object:
        return SadTalkerRenderer(NamedFiles(tmp_path / folder), Computing(), 256, held).networks("full")

    monkeypatch.setattr(renderer, "load_sadtalker", load)
    assert [networks("a"), networks("b"), networks("a")] == [(b"a", b"a"), (b"b", b"b"), (b"a", b"a")]
    assert loaded == [b"aa", b"bb"]
    (tmp_path / "a" / "sadtalker-mapping-full").write_bytes(b"new")
    assert networks("a") == (b"a", b"new")
    held.release_of("sadtalker")
    assert networks("b") == (b"b", b"b")
    assert loaded == [b"aa", b"bb", b"anew", b"bb"]


def test_networks_that_hold_nothing_yet_are_the_ones_that_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "load_sadtalker", lambda *_, **__: "loaded")
    engine = SadTalkerRenderer(NamedFiles(Path()), Computing(), 256, held := LoadedNetworks())
    engine.networks("full")
    assert engine.networks_name("full") in held

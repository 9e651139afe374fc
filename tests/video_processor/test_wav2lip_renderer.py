"""Wav2Lip as an engine: its network from a file in the official layout, loaded once, over pictures and over footage."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from avatar.errors import RenderError, WeightsError
from avatar.types import Image, Portrait, RenderChunk, Size
from live.sounded import SoundedDrawer
from models.computing import Computing
from models.loaded import LoadedNetworks
from models.weights import WeightStore
from tests.checkpoint_files import write_checkpoint
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.film_factory import FRAMES, write_film
from tests.seeded_weights import seeded_state
from tests.video_processor.footage_factory import filmed, framed
from tests.video_processor.lip_fakes import FakeLips, PaintedLips, cut, hum, puppet_of, speaking, talk, whole
from video_processor.framing import frame_portrait
from video_processor.portrait import analyse_portrait
from video_processor.renderers.base import RenderSession
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.footage import FootageSession
from video_processor.renderers.wav2lip import Wav2LipRenderer
from video_processor.renderers.wav2lip.faces import faces, filmed_face
from video_processor.renderers.wav2lip.renderer import CONTEXT_FRAMES, LIVE, Checkpoint, held_batch
from video_processor.renderers.wav2lip.session import Wav2LipSession

pytest.importorskip("torch")

SHORT = 5
COMPUTING = Computing(batch=2)


def store_of(folder: Path, *keys: Checkpoint) -> WeightStore:
    """A store whose registry lists both checkpoints, and which has those of `keys`."""
    file = folder / "seeded.pth"
    if not file.exists():
        write_checkpoint(file, seeded_state("wav2lip", "generator"), "parallel")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    entries = [
        {
            "key": key,
            "purpose": "lips",
            "group": "wav2lip",
            "required": False,
            "file": f"{key}.pth",
            "size": file.stat().st_size,
            "sha256": digest,
            "licence": "research",
            "commercial": True,
            "source": {"url": "https://example.org/wav2lip.pth"},
        }
        for key in ("wav2lip", "wav2lip-gan")
    ]
    registry = folder / "weights.yaml"
    registry.write_text(yaml.safe_dump({"files": entries}), encoding="utf-8")
    for key in keys:
        (folder / f"{key}.pth").hardlink_to(file)
    return WeightStore(folder, registry)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeightStore]:
    folder = tmp_path_factory.mktemp("checkpoints")
    yield store_of(folder, "wav2lip")
    for file in folder.glob("*.pth"):
        file.unlink()


@pytest.fixture(scope="module")
def networks() -> LoadedNetworks:
    return LoadedNetworks()


@pytest.fixture(scope="module")
def renderer(store: WeightStore, networks: LoadedNetworks) -> Wav2LipRenderer:
    return Wav2LipRenderer(store, COMPUTING, "wav2lip", networks)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    whole_picture = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    return frame_portrait(whole_picture, Size(192, 192))


@pytest.fixture(scope="module")
def session(renderer: Wav2LipRenderer, portrait: Portrait) -> RenderSession:
    return renderer.prepare(portrait, portrait.size)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Portrait:
    folder = tmp_path_factory.mktemp("film")
    return framed(write_film(folder / "film.mp4"), folder)


def test_capabilities_name_the_checkpoint(store: WeightStore) -> None:
    keys: tuple[Checkpoint, ...] = ("wav2lip", "wav2lip-gan")
    for key in keys:
        found = Wav2LipRenderer(store, COMPUTING, key).capabilities
        assert (found.name, found.weights, found.extra) == (key, (key,), "neural")
        assert found.alpha
        assert not found.sequential


def test_chunks_equal_the_whole_with_the_network(session: RenderSession, portrait: Portrait) -> None:
    motion, sound = talk(SHORT, portrait.rest), hum(SHORT)
    together = list(session.render(whole(motion, sound)))
    pieces = cut(motion, sound, [1, 3, 1], CONTEXT_FRAMES)
    assert np.array_equal([frame for piece in pieces for frame in session.render(piece)], together)
    own = list(puppet_of(portrait).render(whole(motion, sound)))
    for frame, image in zip(together, own, strict=True):
        assert (frame != image).any(axis=-1).mean() > 0.02


def test_frames_drawn_one_by_one_as_they_are_heard_equal_the_whole_with_the_network(
    session: RenderSession, portrait: Portrait
) -> None:
    motion, sound = talk(12, portrait.rest), hum(12)
    one = SoundedDrawer(session, portrait.size, motion.fps, LIVE)
    one.listen(lambda first, count: sound[first : first + count])
    alone = [one.draw(n, motion.blendshapes[n], motion.pose[n]) for n in range(3)]
    assert np.array_equal(alone, list(session.render(RenderChunk(0, 0, 3, motion, sound))))


def test_the_mouth_follows_the_sound(session: RenderSession, portrait: Portrait) -> None:
    motion = talk(2, portrait.rest)
    one, other = (list(session.render(whole(motion, sound))) for sound in (hum(2), 0.3 * hum(2)[::-1]))
    assert not np.array_equal(one[0], other[0])
    assert np.array_equal(one[0][:60], other[0][:60])


def test_a_network_is_loaded_once(
    renderer: Wav2LipRenderer, store: WeightStore, networks: LoadedNetworks, portrait: Portrait, session: RenderSession
) -> None:
    again = Wav2LipRenderer(store, COMPUTING, "wav2lip", networks).prepare(portrait, portrait.size)
    assert isinstance(session, Wav2LipSession)
    assert isinstance(again, Wav2LipSession)
    assert again.lips is session.lips
    assert session.notes == ()


def test_a_checkpoint_that_was_replaced_is_read_anew(
    store: WeightStore, portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    lips, held = "models.wav2lip.generator.load_generator", LoadedNetworks()
    monkeypatch.setattr(lips, lambda path, _: Path(path).stat().st_mtime_ns)
    path = store.path("wav2lip")

    def loaded() -> object:
        session = Wav2LipRenderer(store, COMPUTING, "wav2lip", held).prepare(portrait, portrait.size)
        assert isinstance(session, Wav2LipSession)
        return session.lips

    before = loaded()
    os.utime(path, ns=(1_000, 1_000))
    assert (loaded(), before == 1_000) == (1_000, False)


def test_a_checkpoint_that_is_missing_is_told(store: WeightStore, portrait: Portrait) -> None:
    with pytest.raises(WeightsError, match=r"wav2lip-gan.*missing"):
        Wav2LipRenderer(store, COMPUTING, "wav2lip-gan", LoadedNetworks()).prepare(portrait, portrait.size)


def test_a_portrait_of_another_size_is_told(renderer: Wav2LipRenderer, portrait: Portrait) -> None:
    with pytest.raises(RenderError, match="192x192"):
        renderer.prepare(portrait, Size(64, 64))


def test_large_frames_come_in_smaller_batches() -> None:
    """Memory stays flat, whatever batch the device could take."""
    assert held_batch(16, Size(1920, 1080), 3) == 16
    assert held_batch(128, Size(512, 512), 4) == 128
    assert 1 < held_batch(128, Size(3840, 2160), 4) < 16
    assert held_batch(8, Size(20_000, 20_000), 4) == 1


def test_footage_keeps_all_but_its_mouth(film: Portrait) -> None:
    chunk = whole(talk(SHORT, film.rest), hum(SHORT))
    own = list(puppet_of(film).render(chunk))
    assert film.footage is not None
    for frame, image, source in zip(
        speaking(film, PaintedLips()).render(chunk), own, filmed(film.footage, SHORT), strict=True
    ):
        changed = (frame != image).any(axis=-1)
        eyes = int(film.landmarks[topo.RIGHT_IRIS[0], 1])
        assert changed.mean() > 0.01
        assert not changed[: eyes + 10].any()
        assert np.array_equal(frame[: eyes + 10], source[: eyes + 10])


def test_the_crop_of_footage_follows_the_filmed_head_smoothly(film: Portrait) -> None:
    session = puppet_of(film)
    assert isinstance(session, FootageSession)
    found = [filmed_face(session, index, film.rest) for index in range(FRAMES)]
    crops = np.stack([face.crop.to_face for face in found if face is not None])
    inverse = np.linalg.inv(crops[:, :, :2])
    corners = -np.einsum("nij,nj->ni", inverse, crops[:, :, 2])
    assert len(corners) == FRAMES
    assert np.ptp(corners, axis=0).max() > 1.0
    assert np.abs(np.diff(corners, 2, axis=0)).max() < 0.6, "the tracker rounds differently on each kind of processor"


def test_frames_of_footage_without_a_face_are_shown_as_they_are(film: Portrait) -> None:
    assert film.footage is not None
    landmarks = film.footage.landmarks.copy()
    landmarks[20:] = np.nan
    lost = replace(film, footage=replace(film.footage, landmarks=landmarks))
    motion = talk(44, film.rest)
    chunk = next(iter(list(cut(motion, hum(44), [40, 4], CONTEXT_FRAMES))[1:]))
    lips = FakeLips()
    frames = list(speaking(lost, lips).render(chunk))
    assert np.array_equal(frames, filmed(film.footage, 4, first=40))
    assert not lips.batches
    assert [face for _, face in faces(puppet_of(lost), chunk)] == [None] * 4


def test_footage_in_chunks_equals_the_whole(film: Portrait) -> None:
    session = speaking(film, PaintedLips())
    motion, sound = talk(SHORT, film.rest), hum(SHORT)
    together: list[Image] = list(session.render(whole(motion, sound)))
    pieces = cut(motion, sound, [2, 3], CONTEXT_FRAMES)
    assert np.array_equal([frame for piece in pieces for frame in session.render(piece)], together)

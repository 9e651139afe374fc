"""A known motion, drawn by the puppet and tracked again, comes back."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX, BLENDSHAPES
from avatar.errors import InputError
from avatar.types import FaceMotion, Floats, Image, Size, neutral_motion
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.film_factory import write_film
from video_processor.framing import frame_portrait
from video_processor.motion.curves import Doubles
from video_processor.portrait import analyse_portrait
from video_processor.renderers.puppet.engine import PuppetSession, build_session
from video_processor.tracking.expression import TrackedExpression, track_expression
from video_processor.tracking.expression_store import load_expression, save_expression
from video_processor.tracking.fit import build_fit, seen_fields
from video_processor.tracking.heads import heads_of, lip_gaps
from video_processor.tracking.landmarks import TrackedFace, track_landmarks, video_frames
from video_processor.tracking.playing import play

FPS = Fraction(25)
FRAMES = 130
BLINKS = (12, 50, 90)
SIDES = ("Left", "Right")


@pytest.fixture(scope="module")
def grace() -> PuppetSession:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    return build_session(frame_portrait(portrait, Size(384, 384)))


def acted(rest: Floats, *, still: bool = False) -> FaceMotion:
    """Syllables, blinks, a smile, brows up and down, turns of the head."""
    motion = neutral_motion(FRAMES, FPS, rest)
    t = np.arange(FRAMES) / 25
    shapes, pose = motion.blendshapes, motion.pose
    shapes[:, BLENDSHAPE_INDEX["jawOpen"]] = 0.5 * np.clip(np.sin(2 * np.pi * 2.3 * t), 0, 1)
    for side in SIDES:
        for frame in BLINKS:
            shapes[frame - 1 : frame + 3, BLENDSHAPE_INDEX["eyeBlink" + side]] = (0.6, 1.0, 0.7, 0.3)
        shapes[:, BLENDSHAPE_INDEX["mouthSmile" + side]] += 0.7 * pulse(t, 1.2, 2.2)
        shapes[:, BLENDSHAPE_INDEX["browOuterUp" + side]] += 0.8 * pulse(t, 2.6, 3.4)
        shapes[:, BLENDSHAPE_INDEX["browDown" + side]] += 0.8 * pulse(t, 3.8, 4.6)
    shapes[:, BLENDSHAPE_INDEX["browInnerUp"]] += 0.8 * pulse(t, 2.6, 3.4)
    if still:
        return motion
    pose[:, 0] = 5 * np.sin(2 * np.pi * 0.7 * t)
    pose[:, 1] = 9 * np.sin(2 * np.pi * 0.45 * t)
    pose[:, 2] = 6 * np.sin(2 * np.pi * 0.3 * t + 1)
    return motion


def pulse(t: Doubles, start: float, end: float) -> Doubles:
    rise = np.clip((t - start) / 0.2, 0, 1) * np.clip((end - t) / 0.2, 0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise))


def drawn(session: PuppetSession, motion: FaceMotion) -> Iterator[Image]:
    return (session.draw(shapes, pose) for shapes, pose in zip(motion.blendshapes, motion.pose, strict=True))


@pytest.fixture(scope="module")
def known(grace: PuppetSession) -> FaceMotion:
    return acted(grace.portrait.rest)


@pytest.fixture(scope="module")
def face(grace: PuppetSession, known: FaceMotion, tmp_path_factory: pytest.TempPathFactory) -> TrackedFace:
    film = write_film(tmp_path_factory.mktemp("film") / "acted.mp4", drawn(grace, known))
    return track_landmarks(video_frames(film), face_tracker())


@pytest.fixture(scope="module")
def found(face: TrackedFace) -> TrackedExpression:
    return track_expression(face, "acted.mp4")


def shown(shapes: Floats, *names: str) -> Floats:
    return np.asarray(np.mean([shapes[:, BLENDSHAPE_INDEX[name]] for name in names], axis=0))


def sides(name: str) -> tuple[str, ...]:
    return tuple(name + side for side in SIDES)


def likeness(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.parametrize(
    ("names", "against", "least"),
    [
        (("jawOpen",), ("mouthClose",), 0.85),
        (sides("eyeBlink"), (), 0.85),
        (sides("mouthSmile"), sides("mouthFrown"), 0.85),
    ],
)
def test_shapes_come_back_in_step(
    found: TrackedExpression, known: FaceMotion, names: tuple[str, ...], against: tuple[str, ...], least: float
) -> None:
    net, own = (
        shown(shapes, *names) - (shown(shapes, *against) if against else 0)
        for shapes in (found.shapes, known.blendshapes)
    )
    assert likeness(net, own) > least


def test_brows_come_back_raised_and_lowered(grace: PuppetSession) -> None:
    """On a face without glasses, which hold brows back."""
    assert grace.portrait.measures is not None
    bare = replace(grace.portrait, measures=replace(grace.portrait.measures, glasses="none"))
    session, motion = build_session(bare), acted(bare.rest, still=True)
    tracked = track_landmarks(((i / 25, image) for i, image in enumerate(drawn(session, motion))), face_tracker())
    up, down = ("browInnerUp", *sides("browOuterUp")), sides("browDown")
    net, own = (
        shown(shapes, *up) - shown(shapes, *down)
        for shapes in (track_expression(tracked, "still.mp4").shapes, motion.blendshapes)
    )
    assert likeness(net, own) > 0.65
    assert net[70:82].mean() > net[40:60].mean() + 0.15 > net[100:112].mean() + 0.3


@pytest.mark.parametrize(("axis", "least_size", "most_size"), [(0, 0.5, 2.3), (1, 0.6, 1.6), (2, 0.8, 1.3)])
def test_the_head_turns_the_same_way(
    found: TrackedExpression, known: FaceMotion, axis: int, least_size: float, most_size: float
) -> None:
    assert likeness(found.pose[:, axis], known.pose[:, axis]) > 0.95
    assert least_size < float(found.pose[:, axis].std() / known.pose[:, axis].std()) < most_size


def test_blinks_close_and_lips_meet_after_smoothing(found: TrackedExpression, known: FaceMotion) -> None:
    lids = shown(found.shapes, *sides("eyeBlink"))
    for frame in BLINKS:
        assert lids[frame - 2 : frame + 3].max() > 0.5
        assert lids[frame + 8] < 0.25
    shut = known.shape("jawOpen") == 0
    parted = found.shapes[:, BLENDSHAPE_INDEX["jawOpen"]] - found.shapes[:, BLENDSHAPE_INDEX["mouthClose"]]
    assert np.median(parted[shut]) < 0.06
    assert np.median(parted[known.shape("jawOpen") > 0.45]) > 0.25


def test_a_face_at_rest_shows_nothing(grace: PuppetSession) -> None:
    still = list(drawn(grace, neutral_motion(1, FPS, grace.portrait.rest))) * 20
    tracked = track_landmarks(((i / 25, image) for i, image in enumerate(still)), face_tracker())
    expression = track_expression(tracked, "still.mp4")
    others = [i for i, name in enumerate(BLENDSHAPES) if not name.startswith("eyeLook")]
    assert expression.shapes[:, others].max() < 0.15
    assert np.abs(expression.pose).max() < 0.5


def test_a_gap_is_bridged_and_told(face: TrackedFace) -> None:
    landmarks = face.landmarks.copy()
    landmarks[60:80] = np.nan
    expression = track_expression(replace(face, landmarks=landmarks), "acted.mp4")
    assert np.isfinite(expression.pose).all()
    assert len(expression.times) == FRAMES
    (note,) = expression.notes
    assert note.startswith("No face is seen in 0.8 of the 5.2 s of acted.mp4")


def test_a_face_that_is_seldom_or_shortly_seen_is_refused(face: TrackedFace) -> None:
    landmarks = face.landmarks.copy()
    landmarks[40:] = np.nan
    for cut, says in (
        (replace(face, landmarks=np.full_like(landmarks, np.nan)), r"No face was found in a\.mp4"),
        (replace(face, landmarks=landmarks), r"in only 31 % of a\.mp4"),
        (TrackedFace(face.times[:1], face.landmarks[:1], face.size), r"a\.mp4 shows a face for 1 frame, 0\.00 s"),
        (TrackedFace(face.times[:6], face.landmarks[:6], face.size), r"6 frames, 0\.20 s: too short"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            track_expression(cut, "a.mp4")
        assert caught.value.cure


def test_the_rate_of_the_film_does_not_matter(
    grace: PuppetSession, known: FaceMotion, found: TrackedExpression
) -> None:
    uneven = [frame for frame in range(FRAMES) if frame % 5 != 3]
    frames = list(drawn(grace, known))
    tracked = track_landmarks(((frame / 25, frames[frame]) for frame in uneven), face_tracker())
    fewer = track_expression(tracked, "uneven.mp4")
    played = [play(expression, FPS, FRAMES, np.zeros(52, np.float32)) for expression in (found, fewer)]
    assert likeness(played[0].shape("jawOpen"), played[1].shape("jawOpen")) > 0.97
    assert likeness(played[0].pose[:, 1], played[1].pose[:, 1]) > 0.99


def test_the_fit_finds_the_weights_of_its_own_fields(face: TrackedFace) -> None:
    heads = heads_of(face.landmarks)
    points = (face.landmarks[0, :468] - face.landmarks[0, 168]) @ heads.turns[0] / heads.scales[0]
    fields = seen_fields(points)
    mix = {"jawOpen": 0.6, "mouthSmileLeft": 0.5, "browDownRight": 0.7, "mouthPucker": 0.3}
    moved = np.sum([weight * fields[name] for name, weight in mix.items()], axis=0)
    gap = float(moved[14, 1] - moved[13, 1])
    shifted = (moved + np.array([0.02, -0.01]))[None].astype(np.float32)
    values = build_fit(points).weights(shifted, np.array([gap], np.float32))[0]
    for name, weight in mix.items():
        assert values[BLENDSHAPE_INDEX[name]] == pytest.approx(weight, abs=0.12)
    mixed = [BLENDSHAPE_INDEX[name] for name in mix]
    assert np.delete(values, mixed).max() < 0.2


def test_an_expression_is_kept_whole(found: TrackedExpression, tmp_path: Path) -> None:
    kept = replace(found, notes=("It blinks.",))
    save_expression(tmp_path / "e.npz", kept)
    loaded = load_expression(tmp_path / "e.npz")
    assert loaded.notes == kept.notes
    for name in ("times", "shapes", "pose"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(kept, name))
    (tmp_path / "e.npz").write_bytes(b"no expression")
    with pytest.raises(InputError, match=r"e\.npz is not a stored expression"):
        load_expression(tmp_path / "e.npz")


@pytest.mark.samples
@pytest.mark.parametrize("name", ["grid_lbax4n", "vrt_face5"])
def test_a_real_person_is_played_by_their_portrait(samples: Path, name: str) -> None:
    from scripts.round_trip import round_trip

    row = round_trip(samples / "talking" / f"{name}.mp4", face_tracker(), 256)
    assert row["mouth"][0] > 0.85
    assert all(r > 0.85 for what, (r, _, counts) in row.items() if counts and what in ("pitch", "yaw", "roll", "brows"))


@pytest.mark.samples
def test_smoothing_keeps_real_blinks_and_closures(samples: Path) -> None:
    face = track_landmarks(video_frames(samples / "talking" / "vrt_face3.mp4"), face_tracker())
    expression = track_expression(face, "vrt_face3.mp4")
    gaps = lip_gaps(face.landmarks, heads_of(face.landmarks))
    parted = expression.shapes[:, BLENDSHAPE_INDEX["jawOpen"]] - expression.shapes[:, BLENDSHAPE_INDEX["mouthClose"]]
    assert np.median(parted[gaps < 0.02]) < 0.1
    lids = shown(expression.shapes, *sides("eyeBlink"))
    peaks = (lids[1:-1] > 0.75) & (lids[1:-1] >= lids[:-2]) & (lids[1:-1] > lids[2:])
    assert peaks.sum() >= 4

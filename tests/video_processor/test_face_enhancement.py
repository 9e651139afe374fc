"""Faces cut out, restored and laid back, around a restorer that stands in for the network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from avatar.errors import EnhancementError, RenderError
from avatar.types import Floats, Image
from video_processor.enhancement.alignment import SIDE, TEMPLATE, place_of, similarity
from video_processor.enhancement.flow import Carrier, Detail, grey_of
from video_processor.enhancement.restoring import EVERY_FRAME_WEIGHTS, FaceEnhancer
from video_processor.renderers.puppet.topology import OVAL

FRAME_SIDE = 200


@dataclass
class Restorer:
    """Does to a face what `change` does; `seen` counts those that it was given, and how many at once."""

    change: Callable[[Image], Image] = lambda face: face
    batch: int = 1
    notes: tuple[str, ...] = ()
    seen: list[int] = field(default_factory=list)

    def restore(self, faces: Image) -> Image:
        self.seen.append(len(faces))
        return np.stack([self.change(face) for face in faces])


def brighter(face: Image) -> Image:
    return np.asarray(cv2.add(face, np.full(4, 40.0)), np.uint8)


def landmarks_at(shift: float) -> Floats:
    """A face of FFHQ's proportions, a fifth of that size, `shift` pixels right of the middle."""
    marks = np.zeros((478, 3), np.float32)
    eyes, nose, mouth = TEMPLATE[:2], TEMPLATE[2], TEMPLATE[3:]
    for corners, eye in (((33, 133), eyes[0]), ((263, 362), eyes[1])):
        marks[list(corners), :2] = eye + np.array([[-20, 0], [20, 0]])
    marks[4, :2], marks[[61, 291], :2] = nose, mouth
    angles = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    marks[list(OVAL), :2] = np.stack([256 + 120 * np.sin(angles), 290 - 160 * np.cos(angles)], axis=1)
    return (marks * np.float32(0.3) + np.array([20 + shift, 20, 0], np.float32)).astype(np.float32)


def frame_at(shift: float) -> Image:
    """A smooth random picture, `shift` pixels further right."""
    rng = np.random.default_rng(7)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (FRAME_SIDE, FRAME_SIDE + 80, 3)).astype(np.float32), (0, 0), 3)
    wide = 120 + (wide - wide.mean()) * 5
    matrix = np.array([[1, 0, shift - 40], [0, 1, 0]], np.float32)
    return np.clip(cv2.warpAffine(wide, matrix, (FRAME_SIDE, FRAME_SIDE)), 0, 255).astype(np.uint8)


def film(frames: int) -> tuple[list[Image], list[float]]:
    shifts = [6.0 * float(np.sin(index / 3)) for index in range(frames)]
    return [frame_at(shift) for shift in shifts], shifts


class Finder:
    """Knows each frame's face by its pixels."""

    def __init__(self, frames: list[Image], shifts: list[float]) -> None:
        self._known = {frame[..., :3].tobytes(): shift for frame, shift in zip(frames, shifts, strict=True)}

    def __call__(self, frame: Image) -> Floats | None:
        shift = self._known.get(np.ascontiguousarray(frame[..., :3]).tobytes())
        return None if shift is None else landmarks_at(shift)


@pytest.fixture(scope="module")
def moving() -> tuple[list[Image], Finder]:
    frames, shifts = film(14)
    return frames, Finder(frames, shifts)


def test_the_similarity_lays_points_over_their_targets() -> None:
    turn = np.array([[0.8, -0.6], [0.6, 0.8]]) * 3
    points = np.random.default_rng(1).uniform(0, 100, (5, 2))
    matrix = similarity(points, points @ turn.T + np.array([5.0, -7.0]))
    assert np.allclose(matrix, np.column_stack([turn, [5.0, -7.0]]))


def test_a_face_is_cut_out_in_the_template_s_place() -> None:
    place = place_of(landmarks_at(3.0))
    assert place.scale == pytest.approx(1 / 0.3, rel=1e-4)
    mark = np.zeros((FRAME_SIDE, FRAME_SIDE, 3), np.uint8)
    nose = landmarks_at(3.0)[4, :2] - 0.5
    cv2.circle(mark, (round(float(nose[0])), round(float(nose[1]))), 2, (255, 255, 255), -1)
    found = np.argwhere(place.cut(mark)[..., 0] > 128).mean(axis=0)[::-1]
    assert np.linalg.norm(found - TEMPLATE[2]) < 3.0


def test_the_mask_is_soft_and_ends_within_the_face() -> None:
    place = place_of(landmarks_at(0.0))
    mask = place.mask()
    assert mask.shape == (SIDE, SIDE)
    assert mask[290, 256] == pytest.approx(1.0)
    assert not mask[0].any()
    assert not mask[:, [0, -1]].any()
    assert float(np.abs(np.diff(mask, axis=1)).max()) < 0.05
    outside = np.ones((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(outside, np.rint(place.outline).astype(np.int32), 0)
    assert float(mask[cv2.erode(outside, np.ones((13, 13), np.uint8)) == 1].max()) < 1e-3


@pytest.mark.parametrize("every", [1, 3])
def test_a_restorer_that_changes_nothing_gives_the_frames_back(moving: tuple[list[Image], Finder], every: int) -> None:
    frames, finder = moving
    found = list(FaceEnhancer(Restorer(), finder, every=every).enhance(frames))
    assert all(np.array_equal(a, b) for a, b in zip(found, frames, strict=True))


@pytest.mark.parametrize("every", [1, 3])
def test_the_face_is_changed_and_all_else_is_the_same_to_the_byte(
    moving: tuple[list[Image], Finder], every: int
) -> None:
    frames, finder = moving
    for frame, found in zip(frames, FaceEnhancer(Restorer(brighter), finder, every=every).enhance(frames), strict=True):
        marks = finder(frame)
        assert marks is not None
        x, y = (int(value) for value in marks[4, :2])
        change = found.astype(int) - frame
        assert change[y - 8 : y + 8, x - 8 : x + 8].mean() == pytest.approx(40, abs=2)
        low, high = marks[list(OVAL), :2].min(axis=0) - 4, marks[list(OVAL), :2].max(axis=0) + 4
        rows, columns = np.mgrid[:FRAME_SIDE, :FRAME_SIDE]
        away = (columns < low[0]) | (columns > high[0]) | (rows < low[1]) | (rows > high[1])
        assert not change[away].any()


def test_strength_says_how_much_of_the_change_is_taken(moving: tuple[list[Image], Finder]) -> None:
    frames, finder = moving
    [half, *_] = FaceEnhancer(Restorer(brighter), finder, 0.5).enhance(frames[:1])
    [none, *_] = FaceEnhancer(Restorer(brighter), finder, 0.0).enhance(frames[:1])
    assert (half.astype(int) - frames[0]).max() == 20
    assert np.array_equal(none, frames[0])


@pytest.mark.parametrize(("every", "batch"), [(1, 3), (2, 1), (5, 2)])
def test_chunks_are_restored_as_the_whole_is(moving: tuple[list[Image], Finder], every: int, batch: int) -> None:
    frames, finder = moving

    def blurred(face: Image) -> Image:
        return np.asarray(cv2.GaussianBlur(face, (0, 0), 6), np.uint8)

    enhancer = FaceEnhancer(Restorer(blurred, batch), finder, 0.9, every)
    whole = list(enhancer.enhance(frames[:9]))
    parts: list[Image] = []
    for first, end in ((0, 6), (6, 9)):
        lead = min(enhancer.context_before, first)
        parts += enhancer.enhance(frames[first - lead : end], first=first, lead=lead)
    assert np.array_equal(np.stack(parts), np.stack(whole))


def test_only_keys_go_through_the_network_as_many_at_once_as_it_takes(moving: tuple[list[Image], Finder]) -> None:
    frames, finder = moving
    restorer = Restorer(batch=2)
    assert len(list(FaceEnhancer(restorer, finder, every=3).enhance(frames))) == len(frames)
    assert restorer.seen == [2, 2, 1]


def test_what_a_key_adds_moves_with_the_face(moving: tuple[list[Image], Finder]) -> None:
    """A grid that the restorer draws on the key lies where it would lie had it been drawn on the frame itself."""
    frames, finder = moving

    def gridded(face: Image) -> Image:
        lined = face.copy()
        lined[::40] = 255
        lined[:, ::40] = 255
        return lined

    seldom = list(FaceEnhancer(Restorer(gridded), finder, every=5).enhance(frames))
    changed = seldom[3].astype(int) - frames[3]
    shift = round(landmarks_at(6.0 * float(np.sin(1.0)))[4, 0] - landmarks_at(0.0)[4, 0])
    first = np.roll(seldom[0].astype(int) - frames[0], shift, axis=1)
    still = seldom[0].astype(int) - frames[0]
    assert np.corrcoef(changed.ravel(), first.ravel())[0, 1] > 0.7
    assert np.corrcoef(changed.ravel(), first.ravel())[0, 1] > np.corrcoef(changed.ravel(), still.ravel())[0, 1] + 0.2


def flicker(frames: list[Image], mask: np.ndarray) -> float:
    """Mean absolute second difference, over time, of what is finer than two pixels, in levels of 255."""
    fine = [frame - cv2.GaussianBlur(frame, (0, 0), 2) for frame in (f.astype(np.float32) for f in frames)]
    return float(np.abs(np.diff(np.stack(fine), 2, axis=0))[:, mask].mean())


def test_what_wanders_in_the_network_flickers_a_third_as_much() -> None:
    rng = np.random.default_rng(3)
    frame = frame_at(0.0)

    def wandering(face: Image) -> Image:
        grain = cv2.GaussianBlur(rng.standard_normal(face.shape).astype(np.float32), (0, 0), 3) * 80
        return np.asarray(np.clip(face + grain, 0, 255), np.uint8)

    place = place_of(landmarks_at(0.0))
    inverse = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    mask = cv2.warpAffine(place.mask(), place.matrix, (FRAME_SIDE, FRAME_SIDE), flags=inverse) > 0.9
    steady = list(FaceEnhancer(Restorer(wandering), lambda _: landmarks_at(0.0)).enhance([frame] * 12))[2:]
    restless: list[Image] = []
    for _ in range(10):
        restless += FaceEnhancer(Restorer(wandering), lambda _: landmarks_at(0.0)).enhance([frame])
    assert sum(EVERY_FRAME_WEIGHTS) == pytest.approx(1.0)
    assert flicker(steady, mask) < 0.35 * flicker(restless, mask)


def test_detail_is_not_carried_to_where_something_else_is() -> None:
    grey = grey_of(np.asarray(cv2.resize(frame_at(0.0), (SIDE, SIDE)), np.uint8))
    changed = grey.copy()
    changed[100:160, 100:160] = 255 - changed[100:160, 100:160] // 4
    _, trust = Carrier().carried(Detail(np.ones((SIDE, SIDE, 3), np.float32), grey), changed)
    assert trust is not None
    assert float(trust[230:290, 230:290].mean()) < 0.1
    assert float(trust[400:, 400:].mean()) > 0.9


def test_frames_without_a_face_stay_as_they_are() -> None:
    frames, shifts = film(4)
    finder = Finder(frames[:2], shifts[:2])
    found = list(FaceEnhancer(Restorer(brighter), finder).enhance(frames))
    changed = [not np.array_equal(a, b) for a, b in zip(found, frames, strict=True)]
    assert changed == [True, True, False, False]


def test_alpha_stays_and_colours_are_those_of_an_opaque_frame(moving: tuple[list[Image], Finder]) -> None:
    frames, finder = moving
    alpha = np.random.default_rng(6).integers(0, 256, (FRAME_SIDE, FRAME_SIDE), dtype=np.uint8)
    [opaque] = FaceEnhancer(Restorer(brighter), finder).enhance(frames[:1])
    [found] = FaceEnhancer(Restorer(brighter), finder).enhance([np.dstack([frames[0], alpha])])
    assert np.array_equal(found[..., 3], alpha)
    assert np.array_equal(found[..., :3], opaque)


def test_a_face_that_leaves_the_frame_is_restored_as_far_as_it_is_there() -> None:
    frame = frame_at(0.0)
    [found] = FaceEnhancer(Restorer(brighter), lambda _: landmarks_at(-90.0)).enhance([frame])
    change = (found.astype(int) - frame).max(axis=(0, 2))
    assert change[0] > 0
    assert change[60:].max() == 0


@pytest.mark.parametrize("fault", [RenderError("it drew no numbers (NaN)"), RuntimeError("a kernel failed")])
def test_a_network_that_fails_is_an_error_of_the_enhancement(
    moving: tuple[list[Image], Finder], fault: Exception
) -> None:
    frames, finder = moving

    def failing(face: Image) -> Image:
        raise fault

    with pytest.raises(EnhancementError, match=str(fault).split(" (", maxsplit=1)[0]):
        list(FaceEnhancer(Restorer(failing), finder).enhance(frames))


def test_what_goes_wrong_with_the_frames_passes_through(moving: tuple[list[Image], Finder]) -> None:
    frames, finder = moving

    def breaking() -> Iterator[Image]:
        yield frames[0]
        raise RenderError("the engine failed")

    with pytest.raises(RenderError, match="the engine failed"):
        list(FaceEnhancer(Restorer(), finder).enhance(breaking()))


def test_a_batch_that_another_chunk_has_halved_ends_at_once(moving: tuple[list[Image], Finder]) -> None:
    """No more frames wait than the restorer takes from then on."""
    frames, finder = moving
    restorer, read = Restorer(batch=6), list[int]()

    def coming() -> Iterator[Image]:
        for index, frame in enumerate(frames):
            if index == 4:
                restorer.batch = 2
            read.append(index)
            yield frame

    found = FaceEnhancer(restorer, finder).enhance(coming())
    next(found)
    assert read[-1] == 4
    assert len(list(found)) == len(frames) - 1
    assert restorer.seen[0] == 4
    assert set(restorer.seen[1:]) == {2}

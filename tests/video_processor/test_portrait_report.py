"""What is measured on a face, what it means, and how it is shown."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import TypeAdapter

from avatar.errors import NoSuchFaceError, PortraitError
from avatar.face_measures import FaceMeasures
from avatar.types import Image, Portrait
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker, picture_of
from video_processor.checks import Check
from video_processor.pictures import load_picture
from video_processor.portrait import analyse_portrait, load_portrait, save_portrait
from video_processor.portrait_overlay import draw_overlay
from video_processor.portrait_report import PortraitReport, refused, report_on


def analysed(image: Image, face: int = 0) -> Portrait:
    return analyse_portrait(picture_of(image), face_tracker(), min_face_pixels=48, face=face)


@pytest.fixture(scope="module")
def grace() -> Portrait:
    return analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)


@pytest.fixture(scope="module")
def astronaut() -> Portrait:
    return analyse_portrait(demo_picture(ASTRONAUT), face_tracker(), min_face_pixels=48)


@pytest.fixture(scope="module")
def pair(grace: Portrait) -> Image:
    """Grace twice, on the left at 0.6 of the size."""
    small = np.asarray(cv2.resize(grace.image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)
    both = np.full((600, 900, 3), 110, np.uint8)
    both[:360, :307], both[:, 388:] = small, grace.image
    return both


def measured(portrait: Portrait) -> FaceMeasures:
    assert portrait.measures is not None
    return portrait.measures


def check_of(report: PortraitReport, name: str) -> Check:
    return next(check for check in report.checks if check.name == name)


def verdict(portrait: Portrait, name: str) -> str:
    return check_of(report_on(portrait, "me.png"), name).verdict


def painted(portrait: Portrait, indices: tuple[int, ...], colour: tuple[int, int, int]) -> Image:
    """The portrait with the hull of some landmarks painted over."""
    hull = cv2.convexHull(portrait.landmarks[list(indices), :2])[:, 0]
    return np.asarray(cv2.fillPoly(portrait.image.copy(), [np.rint(hull).astype(np.int32)], colour), np.uint8)


def blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def test_grace_is_told_as_she_is(grace: Portrait) -> None:
    found = measured(grace)
    assert found.face_pixels == pytest.approx(np.ptp(grace.landmarks[:468, :2], axis=0).max())
    assert found.skin[0] > found.skin[1] > found.skin[2]
    assert found.lips[0] - found.lips[1] > found.skin[0] - found.skin[1]
    assert (found.glasses, found.teeth, found.outside) == ("clear", None, 0.0)
    assert not found.mouth_covered
    assert not found.forehead_covered
    assert found.sharpness > 0.5
    assert abs(found.light_side) < 0.2
    assert report_on(grace, "grace.jpg").verdict == "good"


def test_the_astronaut_shows_teeth_under_a_fringe_and_wears_no_glasses(astronaut: Portrait) -> None:
    found = measured(astronaut)
    assert found.teeth is not None
    assert found.teeth > 0.15
    assert (found.glasses, found.forehead_covered) == ("none", True)
    assert check_of(report_on(astronaut, "a.png"), "mouth").sentence == "The mouth is open, and teeth show."


def test_an_open_mouth_without_teeth_is_told_from_one_with(astronaut: Portrait) -> None:
    inner = (78, 80, 82, 13, 312, 310, 308, 318, 402, 14, 87, 88)
    dark = analysed(painted(astronaut, inner, (70, 20, 25)))
    assert measured(dark).teeth == pytest.approx(0.0, abs=0.1)
    assert "no teeth show" in check_of(report_on(dark, "a.png"), "mouth").sentence


def test_a_dark_picture_is_poor_and_says_what_to_do(grace: Portrait) -> None:
    dark = analysed((grace.image * 0.12).astype(np.uint8))
    check = check_of(report_on(dark, "me.png"), "exposure")
    assert (check.verdict, check.cure) == ("poor", "Use a picture with more light on the face.")
    assert verdict(dark, "contrast") != "good"


def test_dark_skin_in_good_light_is_not_called_dark(grace: Portrait) -> None:
    """Deeper tones, with highlights that stay."""
    deep = np.rint((grace.image / 255.0) ** 1.8 * 255).astype(np.uint8)
    portrait = analysed(deep)
    assert measured(portrait).middle < measured(grace).middle - 15
    assert verdict(portrait, "exposure") == "good"


def test_too_much_light_is_told(grace: Portrait) -> None:
    bright = np.clip(grace.image.astype(np.int32) + 130, 0, 255).astype(np.uint8)
    check = check_of(report_on(analysed(bright), "me.png"), "exposure")
    assert check.verdict != "good"
    assert "white without any drawing" in check.sentence


def test_blur_lowers_sharpness_step_by_step(grace: Portrait) -> None:
    found = [measured(analysed(blurred(grace.image, sigma))).sharpness for sigma in (0.1, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert verdict(analysed(blurred(grace.image, 4)), "sharpness") == "poor"


def test_a_blurred_mouth_is_not_called_covered(grace: Portrait) -> None:
    assert not measured(analysed(blurred(grace.image, 9))).mouth_covered


def test_a_larger_copy_of_a_picture_has_its_measures(grace: Portrait) -> None:
    large = analysed(np.asarray(cv2.resize(grace.image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8))
    one, other = measured(grace), measured(large)
    assert other.sharpness == pytest.approx(one.sharpness, abs=0.1)
    assert other.highlights == pytest.approx(one.highlights, abs=3)
    assert other.glasses == one.glasses
    assert np.abs(np.subtract(other.skin, one.skin)).max() <= 6


def test_strong_compression_is_told(grace: Portrait) -> None:
    for quality, expected in ((90, "good"), (3, "poor")):
        _, data = cv2.imencode(".jpg", grace.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        squares = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
        assert verdict(analysed(squares), "compression") == expected


@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_light_from_the_side_is_told_by_its_side(grace: Portrait, side: str, sign: int) -> None:
    middle = grace.landmarks[168, 0]
    ramp = np.clip(0.62 + sign * 0.38 * (np.arange(grace.size.width) - middle) / 60, 0.25, 1.0)
    lit = analysed((grace.image * ramp[None, :, None]).astype(np.uint8))
    check = check_of(report_on(lit, "me.png"), "lighting")
    assert check.verdict != "good"
    assert f"the subject's {side}" in check.sentence


def test_dark_glasses_and_a_mask_cost_much(grace: Portrait) -> None:
    right, left = (46, 55, 111, 117, 121, 35), (276, 285, 340, 346, 350, 265)
    shaded = analysed(painted(replace(grace, image=painted(grace, right, (12, 12, 12))), left, (12, 12, 12)))
    masked = analysed(painted(grace, (117, 346, 205, 425, 197, 152, 172, 397, 58, 288), (150, 190, 220)))
    assert measured(shaded).glasses == "dark"
    assert verdict(shaded, "glasses") == "poor"
    assert verdict(masked, "mouth_cover") == "poor"
    assert report_on(masked, "m").score < report_on(grace, "g").score - 40


def test_a_tight_crop_lacks_room(grace: Portrait) -> None:
    low, high = grace.landmarks[:468, :2].min(axis=0).astype(int), grace.landmarks[:468, :2].max(axis=0).astype(int)
    tight = grace.image[low[1] : high[1] + 4, low[0] - 2 : high[0] + 2]
    assert verdict(analysed(np.ascontiguousarray(tight)), "room") == "poor"
    assert verdict(grace, "room") == "good"


def test_faces_are_counted_by_size(pair: Image) -> None:
    large, small = analysed(pair), analysed(pair, face=1)
    assert large.inter_ocular > 1.5 * small.inter_ocular
    assert large.landmarks[4, 0] > 450 > small.landmarks[4, 0]
    assert measured(large).faces == measured(small).faces
    assert (measured(large).face, measured(small).face) == (0, 1)
    assert small.notes[0].startswith("2 faces found; face 1 by size is animated.")
    assert "There are 2 faces; number 1 by size is animated." in [c.sentence for c in report_on(small, "p").checks]


@pytest.mark.parametrize("face", [2, 7])
def test_a_face_that_is_not_there_is_refused_with_their_number(pair: Image, face: int) -> None:
    with pytest.raises(NoSuchFaceError, match=f"There are 2 faces in picture.png; it has no face {face}") as caught:
        analysed(pair, face=face)
    assert caught.value.cure == "Give a face from 0, the largest, to 1."


def test_one_face_has_no_second(grace: Portrait) -> None:
    with pytest.raises(NoSuchFaceError, match="There is 1 face in"):
        analysed(grace.image, face=1)


def test_measures_are_stored_with_the_portrait(grace: Portrait, tmp_path: Path) -> None:
    save_portrait(tmp_path / "a.npz", grace)
    assert load_portrait(tmp_path / "a.npz").measures == grace.measures


def test_a_report_survives_being_stored(astronaut: Portrait) -> None:
    report = report_on(astronaut, "a.png")
    stored = TypeAdapter(PortraitReport)
    assert stored.validate_json(stored.dump_json(report)) == report


def test_every_check_speaks_and_cures_what_is_not_well(astronaut: Portrait) -> None:
    report = report_on(astronaut, "a.png")
    assert len({check.name for check in report.checks}) == len(report.checks)
    for check in report.checks:
        assert check.sentence.endswith(".")
        assert (check.cure == "") == (check.verdict == "good"), check.name
        assert (check.loss == 0) == (check.verdict == "good"), check.name
    assert report.score == 100 - sum(check.loss for check in report.checks)


def test_a_refusal_is_a_report_too() -> None:
    report = refused("wall.png", PortraitError("No human face was found in wall.png.", cure="Use another."))
    assert (report.verdict, report.score, report.measures) == ("refused", 0, None)
    (check,) = report.checks
    assert (check.verdict, check.sentence, check.cure) == (
        "refused",
        "No human face was found in wall.png.",
        "Use another.",
    )


def test_the_overlay_marks_the_chosen_face_and_the_others(pair: Image) -> None:
    portrait = analysed(pair, face=1)
    drawn = draw_overlay(portrait, report_on(portrait, "pair.png"))
    assert drawn.dtype == np.uint8
    for number, colour in ((1, (60, 255, 120)), (0, (255, 150, 40))):
        box = measured(portrait).faces[number]
        edge = drawn[16 + round(box.y + box.height), 16 + round(box.x + box.width / 2)]
        assert np.abs(edge.astype(int) - colour).max() < 40, number


def test_the_overlay_of_a_face_beyond_the_edge_has_its_size(grace: Portrait) -> None:
    portrait = analysed(np.ascontiguousarray(grace.image[:, : int(grace.landmarks[263, 0]) + 8]))
    drawn = draw_overlay(portrait, report_on(portrait, "cut.png"))
    assert drawn.shape[1] > 440 + 16 * 3


@pytest.mark.samples
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("made/dark.jpg", {"exposure": "poor", "contrast": "poor"}),
        ("made/blurred.jpg", {"sharpness": "poor", "mouth_cover": "good"}),
        ("made/low_quality.jpg", {"compression": "poor"}),
        ("made/sunglasses.jpg", {"glasses": "poor"}),
        ("made/mouth_mask.jpg", {"mouth_cover": "poor"}),
        ("made/tight_crop.jpg", {"room": "poor"}),
        ("made/tilted_25.jpg", {"roll": "fair"}),
        ("made/two_equal_faces.jpg", {"faces": "fair"}),
        ("df_img25.jpg", {"glasses": "fair", "mouth": "fair"}),
        ("fuxi_KevinBrady0_0.jpg", {"glasses": "fair", "mouth": "good"}),
        ("df_img20.jpg", {"glasses": "good", "forehead": "good", "sharpness": "good"}),
        ("lp_d19.jpg", {"mouth": "poor"}),
        ("sad_full4.jpeg", {"forehead": "fair"}),
        ("fr_obama_partial_face.jpg", {"cut_off": "fair", "room": "poor"}),
        ("muse_sit.jpeg", {"face_size": "poor"}),
        ("sad_full_body_1.png", {"face_size": "good"}),
    ],
)
def test_samples_are_judged_as_people_see_them(samples: Path, file: str, expected: dict[str, str]) -> None:
    picture = load_picture(samples / "portraits" / file, max_megapixels=100, max_megabytes=512)
    report = report_on(analyse_portrait(picture, face_tracker(), min_face_pixels=48), file)
    assert {name: check_of(report, name).verdict for name in expected} == expected

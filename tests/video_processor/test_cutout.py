"""A person before another background: nothing of the old one stays, not even at soft edges."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import PortraitError
from avatar.types import Floats, Image, Portrait, Size
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.test_framing import portrait_of
from video_processor.backgrounds import covering, plain_background, set_background
from video_processor.cutout import cut_out, laid_over, person_alpha, person_colours
from video_processor.framing import frame_portrait
from video_processor.matte_doubt import settle
from video_processor.portrait import analyse_portrait, load_portrait, save_portrait

SIDE = 240


def disc(radius: float, softness: float) -> Floats:
    """1 inside, 0 outside, falling over `softness` pixels."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - SIDE / 2
    return np.asarray(np.clip((radius - np.hypot(x, y)) / softness + 0.5, 0, 1), np.float32)


def mixed(person: Image, ground: Image, share: Floats) -> Image:
    return np.rint(person * share[..., None] + ground * (1 - share[..., None])).astype(np.uint8)


def plain(*colour: int) -> Image:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


def seen(share: Floats, person: Image, ground: Image) -> Portrait:
    matte = np.rint(share * 255).astype(np.uint8)
    return replace(
        portrait_of(SIDE, SIDE, SIDE / 2, SIDE / 2, 80), image=mixed(person, ground, share), person=matte, alpha=None
    )


def before(portrait: Portrait, background: str) -> Portrait:
    return set_background(portrait, background, max_megapixels=50, max_megabytes=50)


def test_soft_edges_lose_the_old_background() -> None:
    share, skin, red, green = disc(70, 8), plain(200, 150, 120), plain(220, 20, 30), plain(0, 255, 0)
    portrait = seen(share, skin, red)
    found = cut_out(portrait, portrait.person, green).image
    wanted = mixed(skin, green, share)
    naive = mixed(portrait.image, green, share)
    rim = (share > 0.05) & (share < 0.95)
    assert np.abs(found[rim].astype(int) - wanted[rim]).mean() < 1
    assert np.abs(naive[rim].astype(int) - wanted[rim]).mean() > 12


def test_the_person_stays_exactly_as_it_is() -> None:
    share = disc(70, 6)
    noise = np.random.default_rng(1).integers(60, 200, (SIDE, SIDE, 3), dtype=np.uint8)
    portrait = seen(share, noise, plain(10, 200, 30))
    found = before(portrait, "#ffffff")
    assert np.array_equal(found.image[share == 1], portrait.image[share == 1])
    assert (found.image[share == 0] == 255).all()


def test_colours_go_on_past_the_edge_so_that_nothing_shines_when_it_moves() -> None:
    share = disc(70, 6)
    cutout = before(seen(share, plain(200, 150, 120), plain(0, 0, 255)), "transparent").cutout
    assert cutout is not None
    assert np.abs(cutout.front[..., :3].astype(int) - (200, 150, 120)).max() < 30


def test_a_picture_that_is_cut_out_already_keeps_its_own_edge() -> None:
    share = disc(60, 6)
    alpha = np.rint(share * 255).astype(np.uint8)
    portrait = replace(seen(disc(90, 6), plain(200, 150, 120), plain(0, 0, 255)), alpha=alpha)
    assert np.array_equal(person_alpha(portrait), alpha)
    found = before(portrait, "transparent").cutout
    assert found is not None
    assert np.array_equal(found.front[..., 3], alpha)
    assert np.array_equal(found.front[alpha == 255][:, :3], portrait.image[alpha == 255])


def test_an_opaque_alpha_channel_cuts_nothing_out() -> None:
    portrait = replace(seen(disc(70, 6), plain(1, 2, 3), plain(9, 9, 9)), alpha=np.full((SIDE, SIDE), 255, np.uint8))
    assert np.array_equal(person_alpha(portrait), portrait.person)


def test_a_wide_doubt_is_settled_by_colour() -> None:
    share = disc(70, 4)
    image = mixed(plain(200, 150, 120), plain(30, 90, 40), share)
    image = np.clip(image + np.random.default_rng(2).normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    matte = np.rint(share * 255).astype(np.uint8)
    doubtful = matte.copy()
    doubtful[150:220, 150:230] = np.maximum(doubtful[150:220, 150:230], 130)
    found = settle(image, doubtful)
    assert np.abs(found[160:210, 180:220].astype(int)).mean() < 5
    assert np.abs(found.astype(int) - matte).mean() < 2
    assert np.array_equal(settle(image, doubtful), found)


def test_a_matte_with_soft_edges_only_is_believed() -> None:
    matte = np.rint(disc(70, 9) * 255).astype(np.uint8)
    assert settle(plain(200, 20, 20), matte) is matte


def test_a_blurred_background_has_no_glow_of_the_person() -> None:
    share = disc(60, 4)
    found = before(seen(share, plain(255, 255, 255), plain(20, 60, 100)), "blur")
    assert found.cutout is not None
    assert found.cutout.behind is not None
    assert np.abs(found.cutout.behind.astype(int) - (20, 60, 100)).max() <= 6


def test_a_blurred_background_is_out_of_focus() -> None:
    checks = np.repeat(np.repeat(np.indices((60, 60)).sum(0) % 2 * 255, 4, 0), 4, 1).astype(np.uint8)
    found = before(seen(disc(40, 4), plain(9, 9, 9), np.dstack([checks] * 3)), "blur").cutout
    assert found is not None
    assert found.behind is not None
    assert found.behind[:60].std() < 0.3 * checks[:60].std()


def test_a_picture_fills_the_frame_from_its_middle(tmp_path: Path) -> None:
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 150:250] = (10, 200, 30)
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), wide[..., ::-1])
    found = before(seen(disc(40, 4), plain(9, 9, 9), plain(1, 1, 1)), str(path)).cutout
    assert found is not None
    assert found.behind is not None
    assert (found.behind == (10, 200, 30)).all()
    assert covering(wide, Size(400, 20)).shape == (20, 400, 3)


def test_a_background_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(PortraitError, match=r"a\.png"):
        before(portrait_of(SIDE, SIDE, 120, 120, 80), str(tmp_path / "a.png"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("keep", "keep"), (" Blur", "blur"), ("TRANSPARENT", "transparent")),
        *(("White", "#ffffff"), ("lime", "#00ff00"), ("#0A0b0C", "#0a0b0c")),
        *(("#fff", None), ("#00ff0g", None), ("bleu", None), ("", None), ("me.png", None), ("#00ff00 ", "#00ff00")),
    ],
)
def test_the_words_for_backgrounds(text: str, found: str | None) -> None:
    assert plain_background(text) == found


def test_what_is_kept_is_the_portrait_itself() -> None:
    portrait = portrait_of(SIDE, SIDE, 120, 120, 80)
    assert before(portrait, "keep") is portrait
    assert portrait.channels == 3


@pytest.mark.parametrize(("background", "channels"), [("transparent", 4), ("#102030", 3)])
def test_a_stored_portrait_comes_back_with_its_cutout(tmp_path: Path, background: str, channels: int) -> None:
    portrait = before(seen(disc(70, 9), plain(200, 150, 120), plain(0, 0, 255)), background)
    save_portrait(tmp_path / "p.npz", portrait)
    found = load_portrait(tmp_path / "p.npz")
    assert found.channels == portrait.channels == channels
    assert found.cutout is not None
    assert portrait.cutout is not None
    assert np.array_equal(found.cutout.front, portrait.cutout.front)
    assert np.array_equal(found.image, portrait.image)
    if portrait.cutout.behind is None:
        assert found.cutout.behind is None
    else:
        assert np.array_equal(found.cutout.behind, portrait.cutout.behind)  # type: ignore[arg-type]


def test_a_cutout_is_framed_with_its_portrait() -> None:
    portrait = before(seen(disc(70, 9), plain(200, 150, 120), plain(0, 0, 255)), "#102030")
    framed = frame_portrait(portrait, Size(128, 96), "full")
    assert framed.cutout is not None
    assert framed.cutout.behind is not None
    assert framed.cutout.front.shape == (96, 128, 4)
    again = laid_over(framed.cutout.front, framed.cutout.behind)
    assert np.abs(again.astype(int) - framed.image).mean() < 2


@pytest.mark.parametrize("key", [GRACE_HOPPER, ASTRONAUT])
def test_the_demo_portraits_have_no_halo(key: str) -> None:
    """Over black and over white the seen colour of each rim pixel says the same of the person."""
    portrait = analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)
    framed = frame_portrait(portrait, Size(320, 320))
    alpha = person_alpha(framed)
    assert 0.2 < (alpha > 127).mean() < 0.8
    black, white = (cut_out(framed, alpha, np.full_like(framed.image, level)).image for level in (0, 255))
    share = (white.astype(float) - black).mean(axis=2)
    assert np.abs((255 - share) - alpha).max() <= 3
    kept = alpha >= 250
    assert np.array_equal(black[alpha == 255], framed.image[alpha == 255])
    rim = (alpha > 40) & (alpha < 200)
    inside = cv2.dilate(cv2.erode(kept.astype(np.uint8), np.ones((5, 5))), np.ones((21, 21))) > 0
    own = person_colours(framed.image, alpha)
    assert own[rim & inside].shape[0] > 50

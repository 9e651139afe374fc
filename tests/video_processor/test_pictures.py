import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from avatar.errors import PortraitError
from avatar.types import Image
from video_processor import pictures
from video_processor.pictures import Picture, load_picture

WIDTH, HEIGHT = 60, 40


def scene() -> Image:
    """Four flat quarters: red, green / blue, grey; no two turns or mirrorings of it are alike."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:20, :30], image[:20, 30:] = (200, 40, 40), (40, 180, 40)
    image[20:, :30], image[20:, 30:] = (40, 40, 220), (128, 128, 128)
    return image


def grey() -> Image:
    return np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))


def read(path: Path, *, megapixels: float = 100, megabytes: float = 100) -> Picture:
    return load_picture(path, max_megapixels=megapixels, max_megabytes=megabytes)


def saved(folder: Path, name: str, picture: Pillow.Image, **options: Any) -> Path:
    path = folder / name
    picture.save(path, **options)
    return path


def difference(image: Image, expected: Image) -> float:
    return float(np.abs(image.astype(int) - expected.astype(int)).mean())


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "gif", "ppm", "tga", "jpg", "webp", "avif", "jp2"])
def test_every_common_format_gives_its_colours(tmp_path: Path, suffix: str) -> None:
    found = read(saved(tmp_path, f"scene.{suffix}", Pillow.fromarray(scene())))
    assert found.image.shape == (HEIGHT, WIDTH, 3)
    assert found.image.dtype == np.uint8
    assert difference(found.image, scene()) < 6
    assert found.alpha is None
    assert found.notes == ()


def test_the_digest_is_that_of_the_files_bytes(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", Pillow.fromarray(scene()))
    found = read(path)
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.name == "a.png"


def test_what_the_file_is_counts_and_not_its_suffix(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", Pillow.fromarray(scene()))
    assert np.array_equal(read(path.rename(tmp_path / "a.jpg")).image, scene())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_exif_orientation_is_undone(tmp_path: Path, suffix: str, orientation: int) -> None:
    ways: dict[int, Callable[[Image], Image]] = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, 3),
    }
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored = Pillow.fromarray(np.ascontiguousarray(ways[orientation](scene())))
    assert np.array_equal(read(saved(tmp_path, f"turned.{suffix}", stored, exif=exif)).image, scene())


def test_cmyk_gives_the_right_colours(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jpg", Pillow.fromarray(scene()).convert("CMYK"), quality=95)
    assert difference(read(path).image, scene()) < 6


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P"])
def test_grey_and_palette_become_rgb(tmp_path: Path, mode: str) -> None:
    picture = Pillow.fromarray(np.where(grey() > 127, 255, 0).astype(np.uint8)).convert(mode)
    found = read(saved(tmp_path, "a.png", picture))
    assert difference(found.image, np.where(grey() > 127, 255, 0)[..., None].repeat(3, axis=2)) < 1
    assert found.alpha is None


def test_sixteen_bits_of_grey_keep_their_range(tmp_path: Path) -> None:
    deep = grey().astype(np.uint16) * 257
    found = read(saved(tmp_path, "a.png", Pillow.fromarray(deep)))
    assert np.array_equal(found.image, grey()[..., None].repeat(3, axis=2))


def test_dark_sixteen_bit_grey_stays_dark(tmp_path: Path) -> None:
    found = read(saved(tmp_path, "a.png", Pillow.fromarray(grey().astype(np.uint16) * 64)))
    assert found.image.max() in (63, 64)


def test_sixteen_bits_of_colour_keep_their_range(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), scene()[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(read(path).image, scene())


@pytest.mark.parametrize(("kind", "scale"), [(np.float32, 1 / 255), (np.float32, 1.0), (np.int32, 256)])
def test_deep_grey_tiffs_are_scaled(tmp_path: Path, kind: type, scale: float) -> None:
    path = saved(tmp_path, "a.tiff", Pillow.fromarray((grey().astype(np.float64) * scale).astype(kind)))
    assert difference(read(path).image[..., 0], grey()) < 1.5


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_is_taken_and_said(tmp_path: Path, suffix: str) -> None:
    frames = [Pillow.fromarray(np.roll(scene(), 7 * i, axis=1)) for i in range(3)]
    options = {"save_all": True, "append_images": frames[1:], "duration": 40}
    found = read(saved(tmp_path, f"a.{suffix}", frames[0], **options))
    assert difference(found.image, scene()) < 6
    assert found.notes == ("The picture has 3 frames; the first is used.",)


def test_of_a_tiff_with_pages_the_first_is_taken_and_said(tmp_path: Path) -> None:
    pages = [Pillow.fromarray(scene()), Pillow.fromarray(scene()[::-1])]
    found = read(saved(tmp_path, "a.tiff", pages[0], save_all=True, append_images=pages[1:]))
    assert np.array_equal(found.image, scene())
    assert found.notes == ("The picture has 2 pages; the first is used.",)


def transparent_disc(side: int = 120) -> Pillow.Image:
    """An orange disc with a soft edge; what is transparent is black, as programs leave it."""
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    alpha = np.clip((side * 0.3 - np.hypot(x, y)) / 4 + 0.5, 0, 1)
    colour = np.where(alpha[..., None] > 0, np.array([230, 120, 20]), 0)
    return Pillow.fromarray(np.dstack([colour, alpha * 255]).astype(np.uint8), "RGBA")


def test_transparency_is_kept_and_leaves_no_dark_fringe(tmp_path: Path) -> None:
    found = read(saved(tmp_path, "a.png", transparent_disc()))
    assert found.alpha is not None
    assert found.alpha[0, 0] == 0
    assert found.alpha[60, 60] == 255
    assert np.abs(found.image.astype(int) - [230, 120, 20]).max() <= 3


def test_a_large_picture_keeps_its_colour_under_transparency(tmp_path: Path) -> None:
    """Wide transparency in a picture beyond the size at which colours are carried on."""
    small, large = (read(saved(tmp_path, f"{side}.png", transparent_disc(side))) for side in (210, 2100))
    assert large.alpha is not None
    opaque = np.asarray(transparent_disc(2100))[large.alpha == 255, :3]
    assert np.array_equal(large.image[large.alpha == 255], opaque)
    reduced = np.asarray(Pillow.fromarray(large.image).resize((210, 210), Pillow.Resampling.BOX), np.int32)
    assert np.abs(reduced - small.image).max() <= 6


def test_a_transparent_palette_keeps_its_transparency(tmp_path: Path) -> None:
    picture = Pillow.fromarray((grey() > 127).astype(np.uint8), "P")
    picture.putpalette([0, 0, 0, 230, 120, 20])
    found = read(saved(tmp_path, "a.gif", picture, transparency=0))
    assert found.alpha is not None
    assert np.array_equal(found.alpha > 0, grey() > 127)
    assert np.abs(found.image.astype(int) - [230, 120, 20]).max() <= 3


def test_an_opaque_alpha_channel_counts_as_none(tmp_path: Path) -> None:
    assert read(saved(tmp_path, "a.png", Pillow.fromarray(scene()).convert("RGBA"))).alpha is None


def test_a_wholly_transparent_picture_is_read(tmp_path: Path) -> None:
    picture = Pillow.fromarray(np.dstack([scene(), np.zeros((HEIGHT, WIDTH), np.uint8)]), "RGBA")
    found = read(saved(tmp_path, "a.png", picture))
    assert found.alpha is not None
    assert found.alpha.max() == 0


def test_an_srgb_profile_changes_nothing_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, data in (("good.png", profile), ("bad.png", b"no profile at all")):
        path = saved(tmp_path, name, Pillow.fromarray(scene()), icc_profile=data)
        assert difference(read(path).image, scene()) < 2


@pytest.mark.parametrize("shrunk", [False, True])
def test_a_palette_picture_is_turned_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shrunk: bool) -> None:
    if shrunk:
        monkeypatch.setattr(pictures, "_KEPT_PIXELS", 600)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    stored = Pillow.fromarray(np.rot90(scene(), 1).copy()).quantize(8)
    found = read(saved(tmp_path, "a.png", stored, exif=exif)).image
    assert found.shape[:2] == ((20, 30) if shrunk else (HEIGHT, WIDTH))
    assert [int(found[y, x].argmax()) for y, x in ((2, 2), (2, -3), (-3, 2))] == [0, 1, 2]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16"])
def test_a_very_large_picture_is_averaged_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(pictures, "_KEPT_PIXELS", 600)
    source = grey().astype(np.uint16) * 257 if mode == "I;16" else scene()
    picture = Pillow.fromarray(source) if mode == "I;16" else Pillow.fromarray(source).convert(mode)
    found = read(saved(tmp_path, "a.tiff" if mode == "CMYK" else "a.png", picture))
    assert found.image.shape == (20, 30, 3)
    assert found.image.max() > 100


def test_a_jpeg_of_seventy_megapixels_is_read_small(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jpg", Pillow.new("RGB", (9000, 7800), (90, 120, 150)), quality=30)
    found = read(path)
    assert found.image.shape[0] * found.image.shape[1] <= 25_000_000
    assert found.image.shape[1] / found.image.shape[0] == pytest.approx(9000 / 7800, abs=0.01)
    assert np.abs(found.image[::50, ::50].astype(int) - [90, 120, 150]).max() <= 2


def png_that_claims(width: int, height: int) -> bytes:
    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + block(b"IHDR", header) + block(b"IDAT", zlib.compress(b"\0" * 64)) + block(b"IEND", b"")
    )


def outcome(path: Path) -> str:
    try:
        return f"read {read(path).image.shape}"
    except PortraitError as refusal:
        return refusal.message


def encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    Pillow.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty.png": (b"", r"empty\.png is empty \(0 bytes\)\."),
    "text.jpg": (b"hello, I am text", r"text\.jpg is not a picture"),
    "noise.jpg": (bytes(range(255, 0, -1)) * 20, r"noise\.jpg is not a picture"),
    "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", r"script\.eps is not a picture"),
    "half.jpg": (encoded("JPEG")[:9000], r"half\.jpg is cut short.*Copy or download"),
    "half.png": (encoded("PNG")[:9000], r"half\.png is cut short.*Copy or download"),
    "phone.heic": (b"\0\0\0\x18ftypheic" + b"\0" * 99, r"phone\.heic is a HEIC picture.*JPEG or PNG"),
    "bomb.png": (png_that_claims(60_000, 60_000), r"bomb\.png has 60000 x 60000 pixels, 3,600 megapixels; at most 100"),
    "short.png": (png_that_claims(300, 300), r"short\.png is (cut short|damaged)"),
    "dot.png": (png_that_claims(1, 1), r"dot\.png is 1 x 1 pixels: too small"),
    "thin.png": (png_that_claims(3000, 20), r"thin\.png is 3000 x 20 pixels: too small"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_used_is_refused_by_name_with_a_cure(tmp_path: Path, name: str) -> None:
    data, message = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PortraitError, match=message) as refusal:
        read(tmp_path / name)
    assert refusal.value.cure


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(PortraitError, match=r"There is no picture at .*nobody\.png"):
        read(tmp_path / "nobody.png")
    with pytest.raises(PortraitError, match=f"{tmp_path.name} is a folder"):
        read(tmp_path)


def test_limits_name_the_setting_that_raises_them(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", Pillow.fromarray(scene()))
    with pytest.raises(PortraitError, match=r"a\.png has 60 x 40 pixels.*MAX_IMAGE_MEGAPIXELS"):
        read(path, megapixels=0.002)
    with pytest.raises(PortraitError, match=r"a\.png has .* MB.*MAX_UPLOAD_MEGABYTES"):
        read(path, megabytes=0.0001)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, kind: str) -> None:
    good, chance = encoded(kind), np.random.default_rng(7)
    for trial in range(40):
        data = bytearray(good)
        for place in chance.integers(0, min(len(data), 400), 4):
            data[place] = chance.integers(0, 256)
        path = tmp_path / f"{trial}.{kind.lower()}"
        path.write_bytes(bytes(data))
        assert outcome(path).startswith(("read", path.name))

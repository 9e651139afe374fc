"""A picture that shows what was found on a portrait: outlines, irises, pose, faces, and the numbers beside them."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from avatar.face_measures import Box
from avatar.types import Floats, Image, Portrait
from models.face_mesh.iris import LEFT_EYE_CONTOUR, RIGHT_EYE_CONTOUR
from video_processor.face_patches import INNER_LIPS, OUTER_LIPS
from video_processor.head_pose import head_rotation
from video_processor.person_mask import FACE_OVAL
from video_processor.portrait_report import PortraitReport

_PICTURE_SIDE: Final = 900
"""Pixels of the picture's longer side."""

_CLOSE_UP_SIDE: Final = 440
_CLOSE_UP_FACES: Final = 1.35
"""Side of the close-up in pixels, and in sizes of the face."""

_MARGIN: Final = 16
_LINE: Final = 19
_TEXT: Final = 14

_PERSON: Final = (255, 90, 220)
_MESH: Final = (120, 220, 255)
_OVAL: Final = (255, 255, 255)
_FEATURES: Final = (255, 230, 60)
_IRIS: Final = (60, 255, 120)
_FACE: Final = (60, 255, 120)
_OTHER: Final = (255, 150, 40)
_AXES: Final = ((255, 70, 70), (80, 230, 80), (90, 140, 255))
"""To the subject's left, up, and where the face looks."""
_GROUND: Final = (24, 26, 30)
_WORDS: Final = {"good": (120, 230, 140), "fair": (255, 210, 90), "poor": (255, 110, 100), "refused": (255, 80, 80)}
_PLAIN: Final = (235, 235, 235)

_Line = tuple[str, tuple[int, int, int]]
"""A line of the legend and its colour."""

_CLOSED: Final = (FACE_OVAL, OUTER_LIPS, INNER_LIPS)
_OPEN: Final = (
    RIGHT_EYE_CONTOUR[:9],
    (RIGHT_EYE_CONTOUR[0], *RIGHT_EYE_CONTOUR[9:], RIGHT_EYE_CONTOUR[8]),
    LEFT_EYE_CONTOUR[:9],
    (LEFT_EYE_CONTOUR[0], *LEFT_EYE_CONTOUR[9:], LEFT_EYE_CONTOUR[8]),
    (70, 63, 105, 66, 107),
    (300, 293, 334, 296, 336),
    (168, 6, 197, 195, 5, 4),
    (98, 97, 2, 326, 327),
)
_IRISES: Final = (468, 473)
_SUBPIXEL_BITS: Final = 4


def draw_overlay(portrait: Portrait, report: PortraitReport) -> Image:
    """RGB: the picture with what was found, a close-up of the face, and the report's numbers."""
    whole = _whole(portrait, report)
    close = _close_up(portrait)
    legend = _legend(report)
    height = max(whole.shape[0], _CLOSE_UP_SIDE + _MARGIN + len(legend) * _LINE) + 2 * _MARGIN
    width = whole.shape[1] + _CLOSE_UP_SIDE + 3 * _MARGIN
    page = np.full((height, width, 3), _GROUND, np.uint8)
    page[_MARGIN : _MARGIN + whole.shape[0], _MARGIN : _MARGIN + whole.shape[1]] = whole
    x = whole.shape[1] + 2 * _MARGIN
    page[_MARGIN : _MARGIN + _CLOSE_UP_SIDE, x : x + _CLOSE_UP_SIDE] = close
    return _with_legend(page, legend, (x, _CLOSE_UP_SIDE + 2 * _MARGIN))


def _whole(portrait: Portrait, report: PortraitReport) -> Image:
    scale = _PICTURE_SIDE / max(portrait.size)
    size = (max(1, round(portrait.size.width * scale)), max(1, round(portrait.size.height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.ascontiguousarray(cv2.resize(portrait.image, size, interpolation=method), np.uint8)
    person = np.asarray(cv2.resize(portrait.person, size, interpolation=cv2.INTER_AREA), np.uint8)
    outlines, _ = cv2.findContours((person > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, _PERSON, 2, cv2.LINE_AA)
    points = portrait.landmarks * np.float32(scale)
    _draw_lines(picture, points, 1)
    _draw_axes(picture, portrait.landmarks, points)
    if report.measures is not None:
        for number, box in enumerate(report.measures.faces):
            chosen = number == report.measures.face
            _draw_box(picture, Box(*(value * scale for value in box)), str(number), _FACE if chosen else _OTHER)
    return picture


def _close_up(portrait: Portrait) -> Image:
    points = portrait.landmarks[:468, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) * _CLOSE_UP_FACES
    scale = _CLOSE_UP_SIDE / max(side, 1.0)
    corner = (low + high) / 2 - side / 2
    x0, y0 = np.floor(corner).astype(int)
    reach = int(np.ceil(side)) + 1
    part = _with_border(portrait.image, x0, y0, reach)
    picture = np.full((_CLOSE_UP_SIDE, _CLOSE_UP_SIDE, 3), _GROUND, np.uint8)
    enlarged = _scaled(part, scale)[:_CLOSE_UP_SIDE, :_CLOSE_UP_SIDE]
    picture[: enlarged.shape[0], : enlarged.shape[1]] = enlarged
    moved = portrait.landmarks.copy()
    moved[:, :2] -= np.array([x0, y0], np.float32)
    moved *= np.float32(scale)
    for x, y in moved[:468, :2]:
        cv2.circle(picture, (round(float(x)), round(float(y))), 1, _MESH, -1, cv2.LINE_AA)
    _draw_lines(picture, moved, 1)
    return picture


def _with_border(image: Image, x: int, y: int, side: int) -> Image:
    """The square from that corner; what lies beyond the picture has the ground's colour."""
    height, width = image.shape[:2]
    square = np.full((side, side, 3), _GROUND, np.uint8)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    square[y0 - y : y1 - y, x0 - x : x1 - x] = image[y0:y1, x0:x1]
    return square


def _scaled(image: Image, scale: float) -> Image:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def _draw_lines(picture: Image, points: Floats, thickness: int) -> None:
    for outline in _CLOSED:
        colour = _OVAL if outline is FACE_OVAL else _FEATURES
        cv2.polylines(picture, [_fine(points[list(outline)])], True, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    for line in _OPEN:
        cv2.polylines(picture, [_fine(points[list(line)])], False, _FEATURES, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    for centre in _IRISES:
        rim = points[centre + 1 : centre + 5, :2]
        radius = float(np.linalg.norm(rim - points[centre, :2], axis=1).mean())
        x, y = (int(value) for value in _fine(points[[centre]])[0])
        cv2.circle(picture, (x, y), round(radius * 2**_SUBPIXEL_BITS), _IRIS, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fine(points: Floats) -> NDArray[np.int32]:
    return np.rint(points[:, :2] * 2**_SUBPIXEL_BITS).astype(np.int32)


def _draw_axes(picture: Image, landmarks: Floats, points: Floats) -> None:
    """The head's own axes from the tip of the nose, as long as the eyes are apart."""
    rotation = head_rotation(landmarks)
    length = float(np.linalg.norm(points[33] - points[263]))
    start = points[4, :2]
    for axis, colour in zip((rotation[:, 0], -rotation[:, 1], -rotation[:, 2]), _AXES, strict=True):
        end = start + axis[:2] * length
        cv2.arrowedLine(picture, _pixel(start), _pixel(end), colour, 2, cv2.LINE_AA, 0, 0.12)


def _pixel(point: Floats) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _draw_box(picture: Image, box: Box, number: str, colour: tuple[int, int, int]) -> None:
    low, high = (round(box.x), round(box.y)), (round(box.x + box.width), round(box.y + box.height))
    cv2.rectangle(picture, low, high, colour, 2, cv2.LINE_AA)
    place = (max(low[0], 0) + 4, max(low[1], 0) + 22)
    for width, ink in ((5, (0, 0, 0)), (2, colour)):
        cv2.putText(picture, number, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, width, cv2.LINE_AA)


def _with_legend(page: Image, legend: list[_Line], place: tuple[int, int]) -> Image:
    canvas = Pillow.fromarray(page)
    draw = ImageDraw.Draw(canvas)
    x, y = place
    for text, colour in legend:
        draw.text((x, y), text, fill=colour, font=ImageFont.load_default(_TEXT))
        y += _LINE
    return np.asarray(canvas, np.uint8)


def _legend(report: PortraitReport) -> list[_Line]:
    lines = [(f"{report.score} of 100: {report.verdict}", _WORDS[report.verdict])]
    lines.append((f"{report.width} x {report.height} pixels", _PLAIN))
    checks = ((f"{check.name} {check.shown}".rstrip(), check.verdict) for check in report.checks)
    lines += [(f"{found}: {verdict}", _WORDS[verdict]) for found, verdict in checks]
    if report.measures is not None:
        lines.append((f"skin #{bytes(report.measures.skin).hex()}", report.measures.skin))
        lines.append((f"lips #{bytes(report.measures.lips).hex()}", report.measures.lips))
    lines.append(("person", _PERSON))
    lines.append(("axes: to its left, up, forwards = red, green, blue", _PLAIN))
    lines += [(note, _PLAIN) for note in report.notes]
    return [(part, colour) for text, colour in lines for part in _wrapped(text)]


def _wrapped(text: str) -> list[str]:
    """The text in lines that fit the column."""
    font = ImageFont.load_default(_TEXT)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > _CLOSE_UP_SIDE:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines

"""Face motion as the CSV that Epic's Live Link Face app records.

A row a frame: `Timecode` (HH:MM:SS:FF.fff, frames counted at 60 a second whatever the rate), the count of
values, the 52 ARKit blendshapes in ARKit's order with capital initials, then rotations in radians. Their
signs, from recordings of the app and from three programs that play them:

| column | positive | ours |
|---|---|---|
| `HeadYaw` | to the subject's left | yaw |
| `HeadPitch` | up | pitch |
| `HeadRoll` | towards the subject's right shoulder | minus roll |
| `LeftEyeYaw`, `RightEyeYaw` | to the subject's right | minus the eye's yaw, by `eyeLookIn*` and `eyeLookOut*` |
| `LeftEyePitch`, `RightEyePitch` | down | minus the eye's pitch, by `eyeLookUp*` and `eyeLookDown*` |
| `LeftEyeRoll`, `RightEyeRoll` | | 0 |

The head's translation has no column. Eye columns are written for other programs and not read: the
blendshapes say the same.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPES, GAZE_HORIZONTAL_DEGREES, GAZE_VERTICAL_DEGREES
from avatar.errors import InputError
from avatar.settings import NTSC_RATES
from avatar.types import FaceMotion, Floats

CAPITALISED: Final = tuple(name[0].upper() + name[1:] for name in BLENDSHAPES)
HEAD: Final = ("HeadYaw", "HeadPitch", "HeadRoll")
EYES: Final = ("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll")
HEADER: Final = ("Timecode", "BlendShapeCount", *CAPITALISED, *HEAD, *EYES)
VALUES: Final = len(HEADER) - 2

TIMECODE_RATE_HZ: Final = 60
TIMECODE: Final = re.compile(r"(\d+):(\d+):(\d+)[:;](\d+(?:\.\d+)?)")
DAY_SECONDS: Final = 86_400

RATE_TOLERANCE: Final = 3e-4
"""Share by which a measured rate may miss a whole or NTSC one; those lie 0.1 % apart."""

_Stamp = tuple[int, float]
"""A time code: whole seconds since midnight, and frames."""


def write_live_link(motion: FaceMotion, path: Path) -> None:
    """One row a frame, the first at 00:00:00:00.000."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        rotations = np.concatenate([_head_radians(motion), _eye_radians(motion)], axis=1)
        for i, row in enumerate(np.concatenate([motion.blendshapes, rotations], axis=1)):
            writer.writerow([_timecode(i / motion.fps), VALUES, *(f"{value:.10f}" for value in row.tolist())])


def read_live_link(path: Path, fps: Fraction | None = None) -> FaceMotion:
    """The motion of a recording at `fps`, or at the rate that its time codes show (60 for a single row).

    Columns are found by name in any case; missing rotations are 0, blendshapes outside 0..1, as calibrated
    recordings have them, are clamped. Raises `InputError`, which names the line.
    """
    stamps: list[_Stamp] = []
    values: list[Floats] = []
    for stamp, row in _rows(path):
        stamps.append(stamp)
        values.append(row)
    if not values:
        raise InputError(f"{path.name} holds no frames.", cure="Record or export it again.")
    table = np.stack(values)
    shapes = table[:, : len(BLENDSHAPES)].clip(0.0, 1.0)
    yaw, pitch, roll = np.rad2deg(table[:, len(BLENDSHAPES) :]).T
    still = np.zeros(len(table), np.float32)
    return FaceMotion(fps or _rate(stamps, path), shapes, np.stack([pitch, yaw, -roll, still, still, still], axis=1))


def _head_radians(motion: FaceMotion) -> Floats:
    pitch, yaw, roll = np.deg2rad(motion.pose[:, :3]).T
    return np.stack([yaw, pitch, -roll], axis=1)


def _eye_radians(motion: FaceMotion) -> Floats:
    """(n, 6): yaw, pitch, roll of the left eye, then of the right."""
    across, along = math.radians(GAZE_HORIZONTAL_DEGREES), math.radians(GAZE_VERTICAL_DEGREES)
    columns = []
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        left = outward * (motion.shape(f"eyeLookOut{side}") - motion.shape(f"eyeLookIn{side}"))
        up = motion.shape(f"eyeLookUp{side}") - motion.shape(f"eyeLookDown{side}")
        columns += [-across * left, -along * up, np.zeros_like(up)]
    return np.stack(columns, axis=1).astype(np.float32)


def _timecode(time: Fraction) -> str:
    thousandths = round(time * TIMECODE_RATE_HZ * 1000)
    seconds, rest = divmod(thousandths, TIMECODE_RATE_HZ * 1000)
    hours, minutes = seconds // 3600 % 24, seconds // 60 % 60
    return f"{hours:02}:{minutes:02}:{seconds % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _rows(path: Path) -> Iterator[tuple[_Stamp, Floats]]:
    """Time code, then the 52 blendshapes and the head's three rotations, of each row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            columns = _columns(next(reader, []), path)
            for row in reader:
                if row:
                    yield _row(row, columns, f"{path.name}, line {reader.line_num}")
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(
                f"{path.name}, line {reader.line_num + 1}: {error}.", cure="Export it again as CSV."
            ) from error


def _columns(header: Sequence[str], path: Path) -> list[int | None]:
    """Where the time code, each blendshape and each head rotation stands; None for a rotation that is not there."""
    places = {name.strip().lower(): i for i, name in enumerate(header)}
    missing = [name for name in ("Timecode", *CAPITALISED) if name.lower() not in places]
    if missing:
        shown = ", ".join(missing[:3]) + (" and others" if len(missing) > 3 else "")
        raise InputError(
            f"{path.name}, line 1: there is no column {shown}.",
            cure="Give a recording of Live Link Face, with its 52 blendshapes.",
        )
    return [places.get(name.lower()) for name in ("Timecode", *CAPITALISED, *HEAD)]


def _row(row: Sequence[str], columns: Sequence[int | None], where: str) -> tuple[_Stamp, Floats]:
    try:
        stamp, *cells = ["0" if place is None else row[place] for place in columns]
        values = np.array([float(cell) for cell in cells], np.float32)
    except IndexError:
        raise InputError(f"{where}: there are only {len(row)} columns.", cure="Complete the row.") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}.", cure="Every value after the count must be a number.") from None
    if not np.isfinite(values).all():
        raise InputError(f"{where}: a value is not finite.", cure="Every value must be a plain number.")
    return _parsed_timecode(stamp, where), values


def _parsed_timecode(text: str, where: str) -> _Stamp:
    match = TIMECODE.fullmatch(text.strip())
    if not match:
        raise InputError(f"{where}: '{text}' is not a time code.", cure="Write it as HH:MM:SS:FF.fff.")
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    return hours * 3600 + minutes * 60 + seconds, float(match[4])


def _rate(stamps: Sequence[_Stamp], path: Path) -> Fraction:
    if len(stamps) == 1:
        return Fraction(TIMECODE_RATE_HZ)
    counted_at = _frames_in_a_second(stamps)
    (first, first_frame), (last, last_frame) = stamps[0], stamps[-1]
    lasting = (last - first + (last_frame - first_frame) / counted_at) % DAY_SECONDS
    if lasting <= 0:
        raise InputError(f"{path.name}: all time codes are the same.", cure="Give its frame rate.")
    return _likely_rate((len(stamps) - 1) / lasting)


def _frames_in_a_second(stamps: Sequence[_Stamp]) -> int:
    """Frames at which the count starts anew: 60, but other programs count at the recording's own rate."""
    pairs = list(pairwise(stamps))
    steps = [later - frame for (second, frame), (next_second, later) in pairs if second == next_second]
    wraps = [frame - later for (second, frame), (next_second, later) in pairs if next_second == second + 1]
    if not steps or not wraps:
        return TIMECODE_RATE_HZ
    return max(1, round(float(np.median(wraps) + np.median(steps))))


def _likely_rate(measured: float) -> Fraction:
    known = [*NTSC_RATES.values(), Fraction(max(1, round(measured)))]
    nearest = min(known, key=lambda rate: abs(float(rate) - measured))
    if abs(float(nearest) - measured) <= RATE_TOLERANCE * measured:
        return nearest
    return Fraction(round(measured * 100), 100)

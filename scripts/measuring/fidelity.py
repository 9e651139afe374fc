"""Motion equal to the portrait's rest gives the source back; what cannot move never changes."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Image, Portrait
from scripts.measuring.figures import Measurement, worst_of
from scripts.measuring.subjects import Subject, turned
from video_processor.motion.head import POSE_LIMITS
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.engine import PuppetSession

LEAST_PSNR_DB: Final = 45.0
SAME_PSNR_DB: Final = 99.0
"""Stands for identical pictures."""

RANDOM_MOTIONS: Final = 24
BESIDE_PERSON: Final = 0.9
"""The rim of background that travels with a person, and how far a head may carry it, in inter-ocular distances."""

FACE_REACH: Final = 2.9
"""Where person and ground cannot be told: how far from the nose's tip anything moves."""

NECK_REACH: Final = 1.6
"""Below the chin nothing moves further down than this."""


def measure(subjects: list[Subject]) -> Measurement:
    psnr = {f"{s.name}": min(_rest_psnr(session) for session in (s.head, s.whole)) for s in subjects}
    moved = {s.name: float(changed_outside(s.whole)) for s in subjects}
    share = {s.name: float(100 * outside(s.whole.portrait).mean()) for s in subjects}
    figures = (
        worst_of("the picture at rest, PSNR", psnr, "at least", LEAST_PSNR_DB, "dB"),
        worst_of("whole picture: pixels outside of the moving region that ever change", moved, "at most", 0),
    )
    rows = [["portrait", "PSNR at rest, dB", "still region, % of the picture", "changed pixels there"]]
    rows += [[name, f"{psnr[name]:.1f}", f"{share[name]:.0f}", f"{moved[name]:.0f}"] for name in psnr]
    return Measurement("fidelity", figures, {"fidelity by portrait": rows})


def decibels(a: Image, b: Image) -> float:
    """Peak signal-to-noise ratio of two pictures."""
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return min(SAME_PSNR_DB, 10 * np.log10(255**2 / error)) if error else SAME_PSNR_DB


def _rest_psnr(session: PuppetSession) -> float:
    return decibels(session.draw(session.portrait.rest, turned()), session.portrait.image)


def outside(portrait: Portrait) -> NDArray[np.bool_]:
    """What no motion within the pose limits may change: away from the person, or below the neck."""
    height, width = portrait.image.shape[:2]
    unit = portrait.inter_ocular
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    chin, nose = portrait.landmarks[topo.CHIN, :2], portrait.landmarks[topo.NOSE_TIP, :2]
    down = (chin - portrait.landmarks[10, :2]) / np.linalg.norm(chin - portrait.landmarks[10, :2])
    below = ((columns - chin[0]) * down[0] + (rows - chin[1]) * down[1]) / unit > NECK_REACH
    person = (portrait.person > 127).astype(np.uint8)
    if not 0.05 < person.mean() < 0.985:
        return np.asarray(below | (np.hypot(columns - nose[0], rows - nose[1]) > FACE_REACH * unit))
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / unit
    return np.asarray(below | (away > BESIDE_PERSON))


def changed_outside(session: PuppetSession, motions: int = RANDOM_MOTIONS) -> int:
    """Pixels of the still region that differ from the source in any of `motions` random frames."""
    random = np.random.Generator(np.random.PCG64(5))
    still = outside(session.portrait)
    limits = np.array([POSE_LIMITS[axis] for axis in range(6)], np.float32)
    changed = np.zeros(still.shape, np.bool_)
    for _ in range(motions):
        frame = session.draw(random.random(52, np.float32), limits * random.uniform(-1, 1, 6).astype(np.float32))
        changed |= (frame != session.portrait.image).any(axis=-1)
    return int((changed & still).sum())

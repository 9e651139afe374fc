"""How much of each pixel moves with the person."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image, Portrait
from video_processor.renderers.puppet.background import continued, grain
from video_processor.renderers.puppet.fields import ease
from video_processor.renderers.puppet.rim import likeness

SURE_RIM: Final = (0.015, 0.05)
"""Over this stretch outside the outline fades what travels with the person in any case, in inter-ocular distances."""

LIKELY_RIM, LIKELY = (0.05, 0.12), (0.1, 0.4)
"""Over the first stretch fades what shows the person's colours; it does so by a likeness from the one number on to the
other."""

FAINT: Final = 0.06
"""Pixels that are the person's by less are the ground's."""

MOST_COVER: Final = 0.985
LEAST_COVER: Final = 0.05

PLAIN_RIM: Final = 1.2
"""By so much wider is the rim where the ground is plain, so that it travels unseen."""

PLAIN: Final = (0.008, 0.015)
PLAIN_SIZE, PLAIN_NEAR, PLAIN_REACH = 0.08, 0.08, 0.12
"""The ground is plain where what differs from its surroundings (0..1) is less than the first number, and not from the
second one on. In inter-ocular distances: the surroundings' size, the distance from the person at which it is looked at,
and that which it is averaged over."""

STRANGE: Final = (0.02, 0.07)
NEXT_TO_PERSON: Final = (0.0, 0.02)
STRANGE_SOFTNESS: Final = 0.012
"""A rim pixel is the ground's if it differs by less than the first number (0..1) from what the ground makes one expect,
the person's from the second one on; those within the second stretch outside the outline are theirs anyway. The last
number is how far neighbours go together. Both are in inter-ocular distances."""


def matte(portrait: Portrait) -> Image | None:
    """How much each pixel belongs to the moving person, (H, W) uint8; None where person and ground cannot be told.

    Around the person's outline those pixels do that show the person's colours, or, on plain ground, others than it.
    """
    person = (portrait.person > 127).astype(np.uint8)
    cover = float(person.mean())
    if not LEAST_COVER < cover < MOST_COVER:
        return None
    outside = np.asarray(cv2.distanceTransform(1 - person, cv2.DIST_L2, 5) / portrait.inter_ocular, np.float32)
    alike = ease(*LIKELY, likeness(portrait.image, person > 0, portrait.inter_ocular))
    wider = 1 + np.float32(PLAIN_RIM) * _plainness(portrait.image, outside, portrait.inter_ocular)
    near, far = SURE_RIM
    sure = 1 - ease(0, 1, np.asarray((outside - near) / (far * wider - near), np.float32))
    soft = np.maximum(sure, alike * (1 - ease(*LIKELY_RIM, outside)))
    strange = _strangeness(portrait.image, soft > FAINT, portrait.inter_ocular)
    soft = soft * np.maximum(1 - ease(*NEXT_TO_PERSON, outside), ease(*STRANGE, strange))
    return np.asarray(np.round(np.where(soft < FAINT, 0, soft) * 255), np.uint8)


def _strangeness(image: Image, hidden: NDArray[np.bool_], unit: float) -> Floats:
    """How far (H, W; 0..1) colours that are `hidden` (H, W) are from what the ground around makes one expect."""
    away = cv2.absdiff(image, continued(image, hidden, unit)).max(axis=-1).astype(np.float32) / np.float32(255)
    return np.asarray(cv2.GaussianBlur(away, (0, 0), max(0.8, STRANGE_SOFTNESS * unit)), np.float32)


def _plainness(image: Image, outside: Floats, unit: float) -> Floats:
    """How little texture (H, W) the ground has nearby; `outside` (H, W): distance from the person."""
    ground = (outside > PLAIN_NEAR).astype(np.uint8)
    rough = np.asarray(np.abs(grain(image, ground, PLAIN_SIZE * unit)).mean(axis=-1) / np.float32(255), np.float32)
    total, share = (cv2.GaussianBlur(field, (0, 0), PLAIN_REACH * unit) for field in (rough, ground.astype(np.float32)))
    return 1 - ease(*PLAIN, np.asarray(total / np.maximum(share, np.float32(1e-3)), np.float32))

"""Landmark indices of MediaPipe's face mesh that the puppet moves by name.

Upper and lower lists run from the subject's right (left in the picture) to the subject's left and meet at
the corners. Source: MediaPipe, `face_mesh_connections.py` and the canonical face model.
"""

from typing import Final

import numpy as np

UPPER_LIP_RINGS: Final = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
"""From the outer border of the upper lip to its inner line."""

LOWER_LIP_RINGS: Final = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)

UPPER_INNER: Final = UPPER_LIP_RINGS[3]
LOWER_INNER: Final = LOWER_LIP_RINGS[3]
CORNERS: Final = (61, 76, 62, 78, 291, 306, 292, 308)

UPPER_LIP: Final = tuple(sorted({i for ring in UPPER_LIP_RINGS for i in ring} - set(CORNERS)))
LOWER_LIP: Final = tuple(sorted({i for ring in LOWER_LIP_RINGS for i in ring} - set(CORNERS)))

OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face, from the forehead round by the subject's left."""

RIGHT_EYE_UPPER: Final = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_EYE_LOWER: Final = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_EYE_UPPER: Final = (362, 398, 384, 385, 386, 387, 388, 466, 263)
LEFT_EYE_LOWER: Final = (362, 382, 381, 380, 374, 373, 390, 249, 263)
RIGHT_IRIS: Final = (468, 469, 470, 471, 472)
LEFT_IRIS: Final = (473, 474, 475, 476, 477)

RIGHT_BROW_LOWER: Final = (46, 53, 52, 65, 55)
LEFT_BROW_LOWER: Final = (285, 295, 282, 283, 276)
RIGHT_BROW: Final = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
LEFT_BROW: Final = (336, 296, 334, 293, 300, 285, 295, 282, 283, 276)

CHIN: Final = 152
NOSE_TIP: Final = 4
RIGHT_OUTER_EYE: Final = 33
LEFT_OUTER_EYE: Final = 263


def rows(*groups: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The groups' indices as one array."""
    return np.array([i for group in groups for i in group], np.intp)

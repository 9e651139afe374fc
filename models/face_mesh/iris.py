"""The iris network (Ablavatski et al. 2020, arXiv:2006.11341): irises, and lids more exactly than the mesh has them."""

from typing import Final

import numpy as np

from avatar.types import Floats, Image
from models.face_mesh.network import Network
from models.face_mesh.roi import Roi, crop, to_picture

OUTPUTS: Final = ("output_eyes_contours_and_brows", "output_iris")

_MARGIN: Final = 2.3
"""Side of the crop over the eye's width (MediaPipe's iris graph)."""

RIGHT_EYE_CONTOUR: Final = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
LEFT_EYE_CONTOUR: Final = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)
"""The mesh's points along the lids, lower then upper, in the order of the network's first 16 points."""


def refine_eyes(network: Network, image: Image, points: Floats) -> Floats:
    """The mesh (468, 3) with its lid contours refined, and the ten iris points after it: (478, 3).

    Each iris is its centre and the right, upper, left and lower point of its rim as the viewer sees them,
    the subject's right eye first. Depth stays the mesh's; an iris lies at the mean depth of its lids.
    The network knows right eyes, so the subject's left eye is shown to it mirrored.
    """
    refined = points.copy()
    irises = []
    for contour, mirrored in ((RIGHT_EYE_CONTOUR, False), (LEFT_EYE_CONTOUR, True)):
        lids, iris = _look(network, image, points[[contour[0], contour[8]], :2], mirrored=mirrored)
        refined[list(contour), :2] = lids
        depth = np.full((5, 1), points[list(contour), 2].mean(), np.float32)
        irises.append(np.concatenate([iris, depth], axis=1))
    return np.concatenate([refined, *irises]).astype(np.float32)


def _look(network: Network, image: Image, corners: Floats, *, mirrored: bool) -> tuple[Floats, Floats]:
    """The lid contour (16, 2) and the iris (5, 2) of the eye whose outer and inner corners are given."""
    along = corners[0] - corners[1] if mirrored else corners[1] - corners[0]
    x, y = corners.mean(axis=0)
    side = max(float(np.hypot(*along)), 1.0) * _MARGIN
    roi = Roi((float(x), float(y)), side, float(np.arctan2(along[1], along[0])))
    eye, iris = network(crop(image, roi, network.side, mirrored=mirrored))
    rim = iris.reshape(5, 3)[[0, 3, 2, 1, 4] if mirrored else slice(None), :2]
    both = np.concatenate([eye.reshape(71, 3)[:16, :2], rim])
    placed = to_picture(both, roi, network.side, mirrored=mirrored)
    return placed[:16], placed[16:]

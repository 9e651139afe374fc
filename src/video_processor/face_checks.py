"""Whether a measured face is a whole human face, and what of it is hidden."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.face_measures import FaceMeasures
from avatar.types import Floats, Image
from models.face_mesh.tracker import Face
from video_processor.head_pose import eye_distance, head_rotation, template_error

EYES_HIDDEN: Final = "The eyes seem to be covered by dark glasses; they are left as they are."
MOUTH_HIDDEN: Final = "The mouth seems to be covered; its movement will look wrong. A picture without a mask is better."
PARTLY_OUTSIDE: Final = "Part of the face lies outside the picture."
TURNED_AWAY: Final = "The head is turned far to the side; a face seen from the front animates better."

_MIN_PRESENCE: Final = 0.15
"""Over 115 pictures of people the least was 0.96, over blurred ones 0.28; a dog, a cat and a toy bear had 0.01."""

_MAX_TEMPLATE_ERROR: Final = 0.088
_MAX_LID_SHIFT: Final = 0.042
"""Beyond both at once the proportions are an animal's: a monkey has 0.093, 0.047, the oddest person 0.086, 0.039."""

_OUTSIDE_NOTED: Final = 0.04
_OUTSIDE_REFUSED: Final = 0.25
"""Share of the landmarks beyond the picture's edges."""

_TURNED_DEGREES: Final = 40.0

_FEATURES: Final = (33, 133, 362, 263, 4, 61, 291, 0, 17)
_FEATURE_SLACK: Final = 0.05
"""Eye corners, nose tip, mouth: without one of them nothing can be animated. The slack is in eye distances."""


def is_human(face: Face) -> bool:
    """False for most animals and toys, and for what is no face at all."""
    if face.presence < _MIN_PRESENCE:
        return False
    error = template_error(face.landmarks, head_rotation(face.landmarks))
    return error <= _MAX_TEMPLATE_ERROR or face.lid_shift <= _MAX_LID_SHIFT


def is_cut_off(landmarks: Floats, image: Image) -> bool:
    """Whether an eye, the nose, the mouth or much of the face lies outside the picture."""
    features = _beyond(landmarks, image, _FEATURE_SLACK * eye_distance(landmarks))[list(_FEATURES)]
    return bool(features.any() or outside_share(landmarks, image) > _OUTSIDE_REFUSED)


def outside_share(landmarks: Floats, image: Image) -> float:
    """How much of the face (478, 3) lies beyond the picture's edges, as a share of its 468 landmarks of skin."""
    return float(_beyond(landmarks[:468], image).mean())


def face_notes(measures: FaceMeasures, yaw: float) -> tuple[str, ...]:
    """What of the face is hidden or hard to animate."""
    hidden = {
        PARTLY_OUTSIDE: measures.outside > _OUTSIDE_NOTED,
        TURNED_AWAY: abs(yaw) > _TURNED_DEGREES,
        MOUTH_HIDDEN: measures.mouth_covered,
        EYES_HIDDEN: measures.glasses == "dark",
    }
    return tuple(note for note, so in hidden.items() if so)


def _beyond(landmarks: Floats, image: Image, slack: float = 0.0) -> NDArray[np.bool_]:
    """Which landmarks (n,) lie more than `slack` pixels beyond the picture's edges."""
    size = np.array([image.shape[1], image.shape[0]], np.float32)
    return np.asarray(((landmarks[:, :2] < -slack) | (landmarks[:, :2] > size + slack)).any(axis=1))

"""The four face networks behind one door."""

from dataclasses import dataclass

import numpy as np

from avatar.types import Floats, Image
from models.face_mesh import detector, iris, mesh, segmenter
from models.face_mesh.detector import Detection
from models.face_mesh.network import Network
from models.weights import WeightStore


@dataclass(frozen=True, slots=True)
class Face:
    """A face, measured.

    `landmarks` (478, 3) in pixels, MediaPipe's topology. `presence`: the probability in 0..1 that this is a
    human face. `lid_shift`: how far mesh and iris network place the lids apart, in distances of the outer
    eye corners; about 0.02 on human eyes.
    """

    landmarks: Floats
    presence: float
    lid_shift: float


class FaceTracker:
    """Finds and measures faces. Safe to use from several threads.

    Raises `WeightsError` where a network is missing or damaged.
    """

    def __init__(self, store: WeightStore) -> None:
        self._detector = Network(store.path("face-detector"), detector.OUTPUTS)
        self._mesh = Network(store.path("face-mesh"), mesh.OUTPUTS)
        self._iris = Network(store.path("iris"), iris.OUTPUTS)
        self._segmenter = Network(store.path("segmenter"), segmenter.OUTPUTS)

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, largest first."""
        return detector.detect_faces(self._detector, image)

    def landmarks(self, image: Image, detection: Detection) -> tuple[Floats, float]:
        """Points (478, 3) in pixels, MediaPipe's topology, and the probability in 0..1 that this is a human face."""
        face = self.measure(image, detection)
        return face.landmarks, face.presence

    def measure(self, image: Image, detection: Detection) -> Face:
        return self._refined(image, *mesh.face_landmarks(self._mesh, image, detection))

    def follow(self, image: Image, before: Floats) -> Face:
        """The face whose landmarks in the last frame of a film were `before` (478, 3), without the detector.

        `presence` is low where the face has gone; then the landmarks mean nothing.
        """
        return self._refined(image, *mesh.followed_landmarks(self._mesh, image, before))

    def _refined(self, image: Image, points: Floats, presence: float) -> Face:
        refined = iris.refine_eyes(self._iris, image, points)
        lids = list(iris.RIGHT_EYE_CONTOUR + iris.LEFT_EYE_CONTOUR)
        shift = float(np.linalg.norm(refined[lids, :2] - points[lids, :2], axis=1).mean())
        eyes = max(float(np.linalg.norm(points[33] - points[263])), 1e-3)
        return Face(refined, presence, shift / eyes)

    def person_mask(self, image: Image) -> Image:
        """(H, W) uint8, 255 on the person."""
        return segmenter.person_mask(self._segmenter, image)

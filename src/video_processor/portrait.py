"""From a picture to a portrait: the face that is animated, where it points, what it shows, and who stands behind it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.errors import NoSuchFaceError, PortraitError
from avatar.types import Image, Portrait
from models.face_mesh.detector import Detection
from models.face_mesh.tracker import Face, FaceTracker
from video_processor.face_checks import face_notes, is_cut_off, is_human
from video_processor.head_pose import eye_distance, head_angles, head_rotation
from video_processor.lip_line import with_lip_edges
from video_processor.lip_seam import with_lip_seam
from video_processor.person_mask import person_mask
from video_processor.pictures import Picture
from video_processor.portrait_measures import face_box, measure_face
from video_processor.portrait_store import load_portrait, save_portrait
from video_processor.rest_values import rest_blendshapes

__all__ = ["analyse_portrait", "load_portrait", "save_portrait"]

_MAX_MEASURED: Final = 12
"""Faces that are looked at closely; the largest come first."""

_SURE_SCORE: Final = 0.75
"""Detector score under which the picture is also tried turned."""

_CLEARLY_BETTER: Final = 0.1
"""How much better the detector's score must be for a turned picture to be taken."""

_MAX_ROLL: Final = 60.0
"""Degrees of roll above which a face counts as lying."""

_CURE: Final = (
    "Use a picture of one person whose whole face is sharp, well lit and seen from the front; "
    "animals and toys are not animated."
)


@dataclass(frozen=True, slots=True)
class _Found:
    picture: Picture
    faces: list[Face]
    turned: bool


def analyse_portrait(picture: Picture, tracker: FaceTracker, *, min_face_pixels: int, face: int = 0) -> Portrait:
    """A human face in the picture, measured, and the picture around it.

    `face` counts the faces by size, 0 is the largest. `min_face_pixels` is the least accepted length of the face's
    longer side. Raises `PortraitError` where there is no human face, or it is too small or cut off, and its kind
    `NoSuchFaceError` where there are fewer faces.
    """
    found = _find(picture, tracker)
    if face >= len(found.faces):
        raise _no_such_face(picture.name, face, len(found.faces))
    portrait = measured_portrait(found.picture, found.faces, tracker, min_face_pixels=min_face_pixels, face=face)
    return replace(portrait, notes=(*picture.notes, *_notes(found, face), *portrait.notes[len(picture.notes) :]))


def measured_portrait(
    picture: Picture, faces: list[Face], tracker: FaceTracker, *, min_face_pixels: int, face: int = 0
) -> Portrait:
    """The portrait of one of the `faces` of an upright picture, the largest first.

    Raises `PortraitError` where it is too small or cut off.
    """
    chosen, image = faces[face], picture.image
    landmarks = with_lip_seam(with_lip_edges(chosen.landmarks, image), image)
    boxes = [face_box(other.landmarks) for other in faces]
    _check_size(picture.name, max(boxes[face].width, boxes[face].height), min_face_pixels)
    if is_cut_off(landmarks, image):
        raise PortraitError(f"The face in {picture.name} is cut off by the picture's edge.", cure=_CURE)
    pose, rest = head_angles(head_rotation(landmarks)), rest_blendshapes(landmarks)
    measures = measure_face(image, landmarks, rest, boxes, face)
    return Portrait(
        image=image,
        landmarks=landmarks,
        person=_person(picture, chosen, tracker),
        pose=pose,
        rest=rest,
        inter_ocular=eye_distance(landmarks),
        digest=picture.digest,
        alpha=picture.alpha,
        notes=(*picture.notes, *face_notes(measures, pose[1])),
        measures=measures,
    )


def _check_size(name: str, side: float, least: int) -> None:
    if side < least:
        raise PortraitError(
            f"The face in {name} is {side:.0f} pixels across; at least {least} are needed.",
            cure="Use a larger picture, or one in which the face fills more.",
        )


def _no_such_face(name: str, face: int, faces: int) -> NoSuchFaceError:
    if faces == 1:
        return NoSuchFaceError(
            f"There is 1 face in {name}; it has no face {face}.", cure="Leave the face out, or give 0."
        )
    return NoSuchFaceError(
        f"There are {faces} faces in {name}; it has no face {face}.",
        cure=f"Give a face from 0, the largest, to {faces - 1}.",
    )


def _notes(found: _Found, face: int) -> tuple[str, ...]:
    notes = []
    if found.turned:
        notes.append("The picture lay on its side or upside down; it was turned upright.")
    if (faces := len(found.faces)) > 1:
        which = "the largest" if face == 0 else f"face {face} by size"
        notes.append(
            f"{faces} faces found; {which} is animated. To animate another, give `face` a number from 0, the largest, "
            f"to {faces - 1}."
        )
    return tuple(notes)


def _person(picture: Picture, face: Face, tracker: FaceTracker) -> Image:
    """Who is in the foreground; nothing is where the picture is transparent."""
    mask = person_mask(picture.image, face.landmarks, tracker)
    return mask if picture.alpha is None else np.minimum(mask, picture.alpha)


def _find(picture: Picture, tracker: FaceTracker) -> _Found:
    upright, detections = _upright(picture, tracker)
    if human := human_faces(upright.image, detections, tracker):
        return _Found(upright, human, upright is not picture)
    raise PortraitError(f"No human face was found in {picture.name}.", cure=_CURE)


def human_faces(image: Image, detections: list[Detection], tracker: FaceTracker) -> list[Face]:
    """The people among those that the detector found in the picture, largest first."""
    faces = [tracker.measure(image, detection) for detection in detections[:_MAX_MEASURED]]
    return sorted((face for face in faces if is_human(face)), key=lambda face: -_side(face))


def _side(face: Face) -> float:
    box = face_box(face.landmarks)
    return max(box.width, box.height)


def _upright(picture: Picture, tracker: FaceTracker) -> tuple[Picture, list[Detection]]:
    """The picture, turned by quarters where only then its faces stand upright, and its faces."""
    best, detections = picture, tracker.detect(picture.image)
    score = _upright_score(detections)
    if score >= _SURE_SCORE:
        return best, detections
    for quarters in (1, 3, 2):
        turned = _turned(picture, quarters)
        found = tracker.detect(turned.image)
        if (other := _upright_score(found)) > max(score + _CLEARLY_BETTER, _SURE_SCORE):
            best, detections, score = turned, found, other
    return best, detections


def _upright_score(detections: list[Detection]) -> float:
    """The detector's best score for a face that stands upright, 0 where there is none."""
    scores = [0.0]
    for detection in detections:
        across = detection.keypoints[1] - detection.keypoints[0]
        if abs(np.degrees(np.arctan2(across[1], across[0]))) <= _MAX_ROLL:
            scores.append(detection.score)
    return max(scores)


def _turned(picture: Picture, quarters: int) -> Picture:
    alpha = picture.alpha
    return Picture(
        np.ascontiguousarray(np.rot90(picture.image, quarters)),
        None if alpha is None else np.ascontiguousarray(np.rot90(alpha, quarters)),
        picture.digest,
        picture.notes,
        picture.name,
    )

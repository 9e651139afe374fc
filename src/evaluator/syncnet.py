"""LSE-D, LSE-C and the offset of a video, by SyncNet on crops as its own pipeline makes them.

github.com/joonson/syncnet_python, `run_pipeline.py`: the box of a face is smoothed by a median over 13 frames of 25 a
second, its longer side halved is `s`; the crop reaches from `s` above its middle to `1.8 s` below, and `1.4 s` to
either side, over a grey of 110 where the frame ends, and is scaled to 224 pixels. The box is that of the mesh's
landmarks, from the forehead to the chin, in place of the S3FD detector's, which it resembles.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar.types import Floats, Image
from evaluator.metrics import Values, known
from evaluator.optional import Evidence, Take
from models.computing import Computing
from models.loaded import process_networks
from models.syncnet.v2 import FPS, SIDE, SyncNet, load_syncnet
from models.weights import WeightStore
from video_processor.tracking.landmarks import TrackedFace, video_frames

SYNCNET: Final = "syncnet-v2"
"""Key of its file in the registry."""

JUDGED_SECONDS: Final = 20.0
"""How much of a video is judged, from its beginning."""

MEDIAN_FRAMES: Final = 13
CROP_SCALE: Final = 0.4
GREY: Final = 110
MESH_POINTS: Final = 468
BATCH: Final = 10
"""Frames at once: 0.5 GB."""

Doubles = NDArray[np.float64]


def syncnet_judge(store: WeightStore) -> Take:
    """What takes the figures. Raises `WeightsError`, `MissingExtraError`."""
    path = store.path(SYNCNET)
    network = process_networks().get((SYNCNET, path), lambda: load_syncnet(path, Computing(batch=BATCH)))
    return lambda evidence: _figures(network, evidence)


def _figures(network: SyncNet, evidence: Evidence) -> Values:
    score = network.offset_and_confidence(face_crops(evidence), _heard(evidence))
    return {
        "lse_d": known(score.distance),
        "lse_c": known(score.confidence),
        "lse_offset_ms": known(1000.0 * score.offset_frames / FPS),
    }


def face_crops(evidence: Evidence) -> Image:
    """(n, 224, 224, 3) RGB at 25 fps: of each time the frame that is nearest."""
    face = evidence.face
    times = np.arange(0.0, min(JUDGED_SECONDS, face.times[-1] + 0.5 / FPS), 1.0 / FPS)
    wanted = np.abs(face.times[None] - times[:, None]).argmin(axis=1)
    boxes = smoothed_boxes(face, wanted)
    crops: list[Image] = []
    for number, (_, frame) in enumerate(video_frames(evidence.video)):
        while len(crops) < len(wanted) and wanted[len(crops)] == number:
            crops.append(cropped(frame, boxes[len(crops)]))
        if len(crops) == len(wanted):
            break
    return np.stack(crops)


def smoothed_boxes(face: TrackedFace, frames: NDArray[np.int64]) -> Doubles:
    """(n, 3) of these frames: middle x and y, and half the longer side; where no face is seen, between its neighbours.

    At both ends the median goes on with the outermost box.
    """
    points = face.landmarks[face.seen, :MESH_POINTS, :2].astype(np.float64)
    low, high = points.min(axis=1), points.max(axis=1)
    boxes = np.column_stack([(low + high) / 2.0, (high - low).max(axis=1) / 2.0])
    when = face.times[frames]
    even = np.column_stack([np.interp(when, face.times[face.seen], column) for column in boxes.T])
    padded = np.pad(even, ((MEDIAN_FRAMES // 2, MEDIAN_FRAMES // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_FRAMES, axis=0)
    return np.asarray(np.median(windows, axis=2), np.float64)


def cropped(frame: Image, box: Doubles) -> Image:
    """(224, 224, 3) of a frame (h, w, 3) by a box: middle x and y, half a side."""
    x, y, half = box
    margin = int(half * (1.0 + 2.0 * CROP_SCALE)) + 1
    padded = cv2.copyMakeBorder(frame, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    rows = slice(max(0, int(y + margin - half)), int(y + margin + half * (1.0 + 2.0 * CROP_SCALE)))
    wide = half * (1.0 + CROP_SCALE)
    columns = slice(max(0, int(x + margin - wide)), int(x + margin + wide))
    return np.asarray(cv2.resize(padded[rows, columns], (SIDE, SIDE)), np.uint8)


def _heard(evidence: Evidence) -> Floats:
    sound = evidence.sound
    return sound.samples[: int(JUDGED_SECONDS * sound.rate)]

"""MediaPipe's selfie segmenter: the person against what is behind."""

from typing import Final

import cv2
import numpy as np

from avatar.types import Image
from models.face_mesh.network import Network

OUTPUTS: Final = ("activation_10",)


def person_mask(network: Network, image: Image) -> Image:
    """(H, W) uint8, 255 on the person; as smooth as the network's 256 x 256 allows."""
    height, width = image.shape[:2]
    side = (network.side, network.side)
    method = cv2.INTER_AREA if max(height, width) > network.side else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(image, side, interpolation=method), np.uint8)
    (share,) = network(small)
    mask = np.rint(np.clip(share[..., 0], 0.0, 1.0) * 255).astype(np.uint8)
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)

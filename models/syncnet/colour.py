"""The expert that Wav2Lip was trained against: does this mouth say what is heard?

K. R. Prajwal and others (2020), as in github.com/Rudrabha/Wav2Lip, `models/syncnet.py` (`lipsync_expert.pth`).
"""

from typing import TYPE_CHECKING, Final

from torch import nn

from models.layers import ConvBlock, same, sound_blocks

if TYPE_CHECKING:
    from torch import Tensor

FRAMES: Final = 5
HEIGHT, WIDTH = 48, 96
"""Pixels of what is seen: the lower half of a face of 96 x 96."""


class ColourSyncNet(nn.Module):  # type: ignore[misc]
    """`forward(mel, face)`: mel (n, 1, 80, 16) in -4..4, face (n, 15, 48, 96) in 0..1.

    The 15 channels are five frames after another, each BGR. Gives the embeddings of sound and face, (n, 512) each,
    of length 1 and nowhere negative; their dot product tells how well they agree.
    """

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder = nn.Sequential(*_face_encoder())
        self.audio_encoder = nn.Sequential(*sound_blocks(2))

    def forward(self, mel: "Tensor", face: "Tensor") -> "tuple[Tensor, Tensor]":
        sound, mouth = self.audio_encoder(mel).flatten(1), self.face_encoder(face).flatten(1)
        return nn.functional.normalize(sound, dim=1), nn.functional.normalize(mouth, dim=1)


def _face_encoder() -> list[ConvBlock]:
    return [
        ConvBlock(3 * FRAMES, 32, 7, 1, 3),
        ConvBlock(32, 64, 5, (1, 2), 1),
        *same(64, 2),
        ConvBlock(64, 128, 3, 2, 1),
        *same(128, 3),
        ConvBlock(128, 256, 3, 2, 1),
        *same(256, 2),
        ConvBlock(256, 512, 3, 2, 1),
        *same(512, 2),
        ConvBlock(512, 512, 3, 2, 1),
        ConvBlock(512, 512, 3, 1, 0),
        ConvBlock(512, 512, 1, 1, 0),
    ]

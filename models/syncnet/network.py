"""SyncNet, whose distances are LSE-D and LSE-C: two towers, one for lips and one for sound.

J. S. Chung and A. Zisserman (2016), *Out of time: automated lip sync in the wild*; layers and keys as in
github.com/joonson/syncnet_python, `SyncNetModel.py` (`syncnet_v2.model`).
"""

from typing import TYPE_CHECKING, Final

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

SIDE: Final = 224
"""Pixels of a face."""

WINDOW_FRAMES: Final = 5
"""What the tower of the lips sees at once: 200 ms at 25 fps."""

COEFFICIENTS: Final = 13
WINDOW_STEPS: Final = 20
"""What the tower of the sound hears at once: cepstra in steps of 10 ms."""

FEATURES: Final = 1024


class SyncNetwork(nn.Module):  # type: ignore[misc]
    """Features (n, 1024) of lips and of sound, which lie near each other where they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(*_sound_tower())
        self.netfcaud = nn.Sequential(*_head())
        self.netfclip = nn.Sequential(*_head())
        self.netcnnlip = nn.Sequential(*_lip_tower())

    def forward_aud(self, mfcc: "Tensor") -> "Tensor":
        """(n, 1024) of cepstra (n, 1, 13, 20)."""
        return self.netfcaud(self.netcnnaud(mfcc).flatten(1))

    def forward_lip(self, faces: "Tensor") -> "Tensor":
        """(n, frames - 4, 1024) of films (n, 3, frames, 224, 224), BGR in 0..255: each window of five frames.

        Only the first layer sees more than one frame, so that a whole film is its windows, once each.
        """
        seen = self.netcnnlip(faces)[..., 0, 0].transpose(1, 2)
        return self.netfclip(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])


def _conv(inputs: int, outputs: int, kernel: tuple[int, int], padding: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _sound_tower() -> list[nn.Module]:
    return [
        *_conv(1, 64, (3, 3), 1),
        nn.Identity(),  # the original pools over 1 x 1 here
        *_conv(64, 192, (3, 3), 1),
        nn.MaxPool2d(3, (1, 2)),
        *_conv(192, 384, (3, 3), 1),
        *_conv(384, 256, (3, 3), 1),
        *_conv(256, 256, (3, 3), 1),
        nn.MaxPool2d(3, 2),
        *_conv(256, 512, (5, 4), 0),
    ]


def _film_conv(
    inputs: int, outputs: int, kernel: tuple[int, int, int], stride: int = 1, padding: int = 0
) -> list[nn.Module]:
    conv = nn.Conv3d(inputs, outputs, kernel, (1, stride, stride), (0, padding, padding))
    return [conv, nn.BatchNorm3d(outputs), nn.ReLU(inplace=True)]


def _lip_tower() -> list[nn.Module]:
    """224 -> 109 -> 54 -> 26 -> 13 -> 6 -> 1 pixels."""
    return [
        *_film_conv(3, 96, (WINDOW_FRAMES, 7, 7), stride=2),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
        *_film_conv(96, 256, (1, 5, 5), stride=2, padding=1),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
        *_film_conv(256, 256, (1, 3, 3), padding=1),
        *_film_conv(256, 256, (1, 3, 3), padding=1),
        *_film_conv(256, 256, (1, 3, 3), padding=1),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
        *_film_conv(256, 512, (1, 6, 6)),
    ]


def _head() -> list[nn.Module]:
    return [nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, FEATURES)]

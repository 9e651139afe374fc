"""The head's motion that a sound asks for: the decoder of SadTalker's audio-to-pose network.

Layers and keys as in github.com/OpenTalker/SadTalker, `src/audio2pose_models`. The checkpoint holds the encoder and the
discriminator that it was trained with, too; neither has a part in what is drawn.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from models.sadtalker.expression import HEARD, audio_encoder

if TYPE_CHECKING:
    from torch import Tensor

WINDOW_FRAMES: Final = 32
LATENT: Final = 64
POSE: Final = 6
"""Yaw, pitch and roll in radians, then a translation."""

STYLES: Final = 46


class PoseNetwork(nn.Module):  # type: ignore[misc]
    """`forward(mels, ref, style, z)`: motion of the head over the frames of a sound."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = nn.ModuleDict({"audio_encoder": audio_encoder()})
        self.netG = nn.ModuleDict({"decoder": _Decoder()})

    def forward(self, mels: "Tensor", ref: "Tensor", style: int, z: "Tensor") -> "Tensor":
        """(t, 6): the pose `ref` (6,) in frame 0, then `ref` and the motion heard in `mels` (t, 1, 80, 16).

        32 frames are decoded at once, each time from another latent of `z` (`windows(t)`, 64). The frames that are left
        over come from the last 32, or from as many as there are with the first of them repeated before them.
        """
        heard = self.audio_encoder["audio_encoder"](mels[1:]).flatten(1)
        whole, rest = divmod(len(heard), WINDOW_FRAMES)
        pieces = [heard[i * WINDOW_FRAMES : (i + 1) * WINDOW_FRAMES] for i in range(whole)]
        if rest:
            last = heard[-WINDOW_FRAMES:]
            pieces.append(torch.cat([last[:1].expand(WINDOW_FRAMES - len(last), -1), last]))
        motion = [mels.new_zeros(1, POSE)]
        if pieces:
            count = len(pieces)
            decoded = self.netG["decoder"](torch.stack(pieces), ref.expand(count, -1), style, z[:count])
            motion += [decoded[:whole].flatten(0, 1), *([decoded[-1, -rest:]] if rest else [])]
        return ref + torch.cat(motion)


def windows(frames: int) -> int:
    """How many latents `frames` frames take."""
    return -(-max(0, frames - 1) // WINDOW_FRAMES)


class _Decoder(nn.Module):  # type: ignore[misc]
    """Sound (n, 32, 512), pose of the source (n, 6), one of 46 styles and latents (n, 64) to motion (n, 32, 6)."""

    def __init__(self) -> None:
        super().__init__()
        self.classbias = nn.Parameter(torch.empty(STYLES, LATENT))
        self.linear_audio = nn.Linear(HEARD, POSE)
        self.MLP = nn.ModuleDict(
            {"L0": nn.Linear(POSE + LATENT + WINDOW_FRAMES * POSE, 128), "L1": nn.Linear(128, WINDOW_FRAMES * POSE)}
        )
        self.resunet = _ResUnet()
        self.pose_linear = nn.Linear(POSE, POSE)

    def forward(self, heard: "Tensor", ref: "Tensor", style: int, z: "Tensor") -> "Tensor":
        sound = self.linear_audio(heard).flatten(1)
        x = torch.cat([ref, z + self.classbias[style], sound], dim=1)
        x = torch.sigmoid(self.MLP["L1"](torch.relu(self.MLP["L0"](x))))
        return self.pose_linear(self.resunet(x.view(-1, 1, WINDOW_FRAMES, POSE))[:, 0])


class _ResUnet(nn.Module):  # type: ignore[misc]
    """(n, 1, 32, 6) to the same, smoothed and in 0..1; time is halved and doubled, the six numbers stay six."""

    def __init__(self) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1)
        )
        self.input_skip = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1))
        self.residual_conv_1 = _Residual(32, 64, (2, 1))
        self.residual_conv_2 = _Residual(64, 128, (2, 1))
        self.bridge = _Residual(128, 256, (2, 1))
        self.upsample_1 = _doubled(256)
        self.up_residual_conv1 = _Residual(384, 128)
        self.upsample_2 = _doubled(128)
        self.up_residual_conv2 = _Residual(192, 64)
        self.upsample_3 = _doubled(64)
        self.up_residual_conv3 = _Residual(96, 32)
        self.output_layer = nn.Sequential(nn.Conv2d(32, 1, 1), nn.Sigmoid())

    def forward(self, x: "Tensor") -> "Tensor":
        at_32 = self.input_layer(x) + self.input_skip(x)
        at_16 = self.residual_conv_1(at_32)
        at_8 = self.residual_conv_2(at_16)
        x = self.upsample_1["upsample"](self.bridge(at_8))
        x = self.upsample_2["upsample"](self.up_residual_conv1(torch.cat([x, at_8], dim=1)))
        x = self.upsample_3["upsample"](self.up_residual_conv2(torch.cat([x, at_16], dim=1)))
        return self.output_layer(self.up_residual_conv3(torch.cat([x, at_32], dim=1)))


class _Residual(nn.Module):  # type: ignore[misc]
    def __init__(self, inputs: int, outputs: int, stride: "int | tuple[int, int]" = 1) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, 3, stride, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1),
        )
        self.conv_skip = nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.BatchNorm2d(outputs))

    def forward(self, x: "Tensor") -> "Tensor":
        return self.conv_block(x) + self.conv_skip(x)


def _doubled(channels: int) -> nn.ModuleDict:
    return nn.ModuleDict({"upsample": nn.ConvTranspose2d(channels, channels, (2, 1), (2, 1))})

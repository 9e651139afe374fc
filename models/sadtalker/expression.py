"""The expression that a sound asks for: SadTalker's audio-to-expression network.

W. Zhang and others (2023), *SadTalker: learning realistic 3D motion coefficients for stylized audio-driven single image
talking face animation*; layers and keys as in github.com/OpenTalker/SadTalker, `src/audio2exp_models`.
"""

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from models.layers import sound_blocks

if TYPE_CHECKING:
    from torch import Tensor

HEARD: Final = 512
EXPRESSIONS: Final = 64


class ExpressionNetwork(nn.Module):  # type: ignore[misc]
    """`forward(mel, ref, blink)`: mel (n, 1, 80, 16) in -4..4, expression of the source (n, 64), blink (n, 1) in 0..1.

    Gives (n, 64), the expression itself and not what is added to that of the source.
    """

    def __init__(self) -> None:
        super().__init__()
        self.audio_encoder = audio_encoder()
        self.mapping1 = nn.Linear(HEARD + EXPRESSIONS + 1, EXPRESSIONS)

    def forward(self, mel: "Tensor", ref: "Tensor", blink: "Tensor") -> "Tensor":
        heard = self.audio_encoder(mel).flatten(1)
        return self.mapping1(torch.cat([heard, ref, blink], dim=1))


def audio_encoder() -> nn.Sequential:
    """(n, 1, 80, 16) to (n, 512, 1, 1)."""
    return nn.Sequential(*sound_blocks(1))

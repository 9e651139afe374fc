"""Canonical keypoints, turned, shifted and bent."""

from typing import TYPE_CHECKING, Final

import torch

from models.sadtalker.mapping import KEYPOINTS, mapping_degrees

if TYPE_CHECKING:
    from torch import Tensor

RADIANS_PER_DEGREE: Final = 3.14 / 180.0
"""As the networks were trained: with 3.14, not pi."""


def moved_keypoints(canonical: "Tensor", asked: "dict[str, Tensor]", degrees: "Tensor | None" = None) -> "Tensor":
    """(n, 15, 3) of `canonical` (15, 3) and what the mapping network says for n frames.

    Keypoints are turned, then shifted by the height of `t` alone and by `exp`. `degrees` (n, 3), yaw, pitch and roll,
    stand in for the angles of the mapping network.
    """
    if degrees is None:
        degrees = torch.stack([mapping_degrees(asked[name]) for name in ("yaw", "pitch", "roll")], dim=1)
    turned = canonical @ _rotation(degrees * RADIANS_PER_DEGREE).transpose(1, 2)
    height = asked["t"] * asked["t"].new_tensor([0.0, 1.0, 0.0])
    return turned + height[:, None] + asked["exp"].view(-1, KEYPOINTS, 3)


def _rotation(angles: "Tensor") -> "Tensor":
    """(n, 3, 3) of yaw, pitch and roll (n, 3) in radians: roll first, then yaw, then pitch."""
    yaw, pitch, roll = angles.unbind(dim=1)
    one, zero = torch.ones_like(yaw), torch.zeros_like(yaw)

    def matrix(*entries: "Tensor") -> "Tensor":
        return torch.stack(entries, dim=1).view(-1, 3, 3)

    about_x = matrix(one, zero, zero, zero, pitch.cos(), -pitch.sin(), zero, pitch.sin(), pitch.cos())
    about_y = matrix(yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos())
    about_z = matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
    return about_x @ about_y @ about_z

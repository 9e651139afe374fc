"""The face of a frame as a message."""

from typing import Final

from live.contract import TimedFrame
from live.messages import Blendshapes

DIGITS: Final = 4


def shapes_of(frame: TimedFrame) -> Blendshapes:
    return Blendshapes(
        frame=frame.index,
        at=frame.at,
        values=tuple(round(float(value), DIGITS) for value in frame.shapes),
        pose=tuple(round(float(value), DIGITS) for value in frame.pose),
    )

"""Lips from sound as it comes, or from a whole sound; one and the same."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from avatar.types import HOP_SAMPLES, HOP_SECONDS, Floats, VisemeTrack
from models.visemes.levelling import Levelling
from models.visemes.mel import HALF_WINDOW, log_mel
from models.visemes.network import NETWORK_AHEAD_SECONDS, Network, NetworkStream
from models.visemes.outputs import AHEAD_FRAMES, Smoothing, lips_of
from models.visemes.weights import own_network

LOOK_AHEAD_SECONDS: Final = NETWORK_AHEAD_SECONDS + AHEAD_FRAMES * HOP_SECONDS
"""How far past a frame's time the sound must be known before its lips are: 92.5 ms."""


class VisemeStream:
    """Takes mono sound at 16 kHz in pieces of any size and gives the lips of the 10 ms frames that are sure.

    A frame is sure once the sound is known `LOOK_AHEAD_SECONDS` past it; the result is the same whatever the pieces.
    """

    def __init__(self, network: Network | None = None) -> None:
        """`network` is the project's own unless given. Raises `WeightsError` where that is missing or damaged."""
        self._network = network or own_network()
        self._stream = NetworkStream(self._network)
        self._levelling = Levelling()
        self._smoothing = Smoothing()
        self._sound: Floats = np.zeros(HALF_WINDOW, np.float32)
        self._heard = 0
        self._given = 0

    def push(self, samples: Floats) -> VisemeTrack:
        """The frames that have become sure with `samples` (n,) in -1..1; often none, or several at once."""
        self._heard += len(samples)
        raw = self._stream.push(self._levelling.push(self._mel(samples)))
        return self._taken(self._smoothing.push(raw))

    def flush(self) -> VisemeTrack:
        """The rest, after the last of the sound: in all a frame for every 10 ms begun, at least one."""
        frames = max(1, -(-self._heard // HOP_SAMPLES))
        silence = np.zeros((frames - 1) * HOP_SAMPLES + HALF_WINDOW - self._heard, np.float32)
        levelled = np.concatenate([self._levelling.push(self._mel(silence)), self._levelling.flush()])
        raw = np.concatenate([self._stream.push(levelled), self._stream.flush()])
        smooth = np.concatenate([self._smoothing.push(raw), self._smoothing.flush()])
        return self._taken(smooth[: frames - self._given])

    def _mel(self, samples: Floats) -> Floats:
        self._sound = np.concatenate([self._sound, samples.astype(np.float32, copy=False)])
        mel = log_mel(self._sound)
        self._sound = self._sound[len(mel) * HOP_SAMPLES :]
        return mel

    def _taken(self, raw: Floats) -> VisemeTrack:
        self._given += len(raw)
        return lips_of(raw, self._network.shapes)


def visemes_of(pieces: Iterable[Floats], network: Network | None = None) -> VisemeTrack:
    """The lips of mono sound at 16 kHz that comes in `pieces`, one frame for every 10 ms begun, at least one."""
    stream = VisemeStream(network)
    tracks = [stream.push(piece) for piece in pieces]
    tracks.append(stream.flush())
    names = VisemeTrack.__dataclass_fields__
    return VisemeTrack(*(np.concatenate([getattr(track, name) for track in tracks]) for name in names))

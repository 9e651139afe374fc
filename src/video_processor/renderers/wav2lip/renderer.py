"""Wav2Lip as an engine."""

from collections.abc import Hashable
from typing import Final, Literal

from avatar.types import Portrait, Size
from models.computing import Computing
from models.loaded import LoadedNetworks, file_mark, process_networks
from models.threads import network_threads
from models.weights import WeightStore
from video_processor.renderers.base import LiveContext, RendererCapabilities, RenderSession
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.wav2lip.session import Lips, Wav2LipSession
from video_processor.renderers.wav2lip.sound import HEARD_SECONDS, WINDOW_SECONDS
from video_processor.renderers.wav2lip.voicing import FADE_SECONDS, HOLD_SECONDS

VERSION: Final = 1
Checkpoint = Literal["wav2lip", "wav2lip-gan"]

CONTEXT_FRAMES: Final = 36
"""300 ms at 120 frames a second: what a frame hears, and the speech around it."""

LIVE: Final = LiveContext(
    before=HOLD_SECONDS + FADE_SECONDS + HEARD_SECONDS[0],
    after=HOLD_SECONDS + FADE_SECONDS + HEARD_SECONDS[1],
    needed=WINDOW_SECONDS,
)
"""The window of a frame, and the speech around it."""

SUMMARIES: Final[dict[Checkpoint, str]] = {
    "wav2lip": "Wav2Lip's lips over frames that the puppet moves: surest sync",
    "wav2lip-gan": "Wav2Lip's lips over frames that the puppet moves: sharper mouth",
}

MOST_AT_ONCE: Final = {"cpu": 16}
MOST_ON_CARD: Final = 32
"""Batches are always filled up, so that a chunk of two seconds is not to be a small part of one."""

HELD_BYTES: Final = 256_000_000
"""Frames of a batch in memory at once take no more than this."""


class Wav2LipRenderer:
    """Lips by Wav2Lip's network, all else by the puppet. `networks`: where those that are loaded stay."""

    def __init__(
        self,
        store: WeightStore,
        computing: Computing,
        checkpoint: Checkpoint,
        networks: LoadedNetworks | None = None,
        puppet: PuppetRenderer | None = None,
    ) -> None:
        self._store, self._computing, self._checkpoint = store, computing, checkpoint
        self._networks = process_networks() if networks is None else networks
        self._puppet = puppet or PuppetRenderer()
        self._worker = network_threads(checkpoint, computing.device)
        self.capabilities = RendererCapabilities(
            name=checkpoint,
            version=VERSION,
            summary=SUMMARIES[checkpoint],
            context_before=CONTEXT_FRAMES,
            context_after=CONTEXT_FRAMES,
            weights=(checkpoint,),
            alpha=True,
            extra="neural",
            live=LIVE,
        )

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        """The puppet's session, and the network, which is loaded once.

        Raises `RenderError` for a portrait of another size, `WeightsError` where the checkpoint is missing or wrong.
        """
        puppet = self._puppet.prepare(portrait, size)
        most = MOST_AT_ONCE.get(self._computing.device, MOST_ON_CARD)
        batch = held_batch(min(self._computing.batch, most), size, portrait.channels)
        return Wav2LipSession(puppet, portrait.rest, self._lips(), batch, self._worker)

    def files_mark(self) -> Hashable:
        """See `Marked`."""
        return file_mark(self._store.path(self._checkpoint))

    def _lips(self) -> Lips:
        from models.wav2lip.generator import load_generator

        path = self._store.path(self._checkpoint)
        name = (self._checkpoint, file_mark(path), self._computing)
        return self._networks.get(name, lambda: load_generator(path, self._computing))


def held_batch(batch: int, size: Size, channels: int) -> int:
    """As many of `batch` frames as may be held at once."""
    return max(1, min(batch, HELD_BYTES // (size.width * size.height * channels)))

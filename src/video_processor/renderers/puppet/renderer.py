"""The puppet as an engine."""

from typing import Final

from avatar.errors import RenderError
from avatar.types import Portrait, Size
from video_processor.renderers.base import LiveContext, RendererCapabilities, RenderSession
from video_processor.renderers.puppet.batches import BatchSession, torch_device
from video_processor.renderers.puppet.engine import build_session
from video_processor.renderers.puppet.footage import build_footage_session

VERSION: Final = 2
PROCESSOR: Final = "cpu"


class PuppetRenderer:
    """The engine that always works. `device`: `cpu`, or one of PyTorch's, such as `cuda`.

    Raises `MissingExtraError` and `ConfigurationError` where there is no such device.
    """

    capabilities = RendererCapabilities(
        name="puppet",
        version=VERSION,
        summary="moves the picture itself: lips, eyes, brows, head; no weights, any CPU",
        alpha=True,
        live=LiveContext(),
    )

    def __init__(self, device: str = PROCESSOR) -> None:
        self._device = None if device == PROCESSOR else torch_device(device)

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        """Solves the fields of a portrait of the output's size. Footage is the processor's, whatever the device."""
        if portrait.size != size:
            raise RenderError(f"The portrait is {portrait.size.width}x{portrait.size.height}, not the video's size.")
        if portrait.footage is not None:
            return build_footage_session(portrait, portrait.footage)
        session = build_session(portrait)
        return session if self._device is None else BatchSession(session, self._device)

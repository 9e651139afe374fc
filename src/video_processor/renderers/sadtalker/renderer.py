"""SadTalker as an engine."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Final, Literal, cast

from avatar.errors import RenderError
from avatar.types import Portrait, Size
from models.computing import Computing
from models.loaded import LoadedNetworks, file_mark, process_networks
from models.sadtalker.load import load_mapping, load_sadtalker
from models.sadtalker.networks import SadTalkerNetworks
from models.weights import WeightStore
from video_processor.renderers.base import RendererCapabilities, RenderSession
from video_processor.renderers.sadtalker.networks import FaceNetworks
from video_processor.renderers.sadtalker.session import build_session
from video_processor.renderers.sadtalker.ticks import CONTEXT_FRAMES
from video_processor.renderers.sadtalker.view import Mode, view_of

VERSION: Final = 1
FaceSize = Literal[256, 512]

NAMES: Final[dict[FaceSize, str]] = {256: "sadtalker", 512: "sadtalker-512"}
MAPPINGS: Final[dict[Mode, str]] = {"crop": "sadtalker-mapping-crop", "full": "sadtalker-mapping-full"}


class SadTalkerRenderer:
    """Faces of `size` pixels, by the checkpoints in `store`; `networks` are those that this process holds already."""

    def __init__(
        self, store: WeightStore, computing: Computing, size: FaceSize, networks: LoadedNetworks | None = None
    ) -> None:
        self._store, self._computing, self._size = store, computing, size
        self._networks = process_networks() if networks is None else networks
        self.capabilities = RendererCapabilities(
            name=NAMES[size],
            version=VERSION,
            summary=f"SadTalker at {size} pixels: lips, expression, blinks and head by its networks; best on a GPU",
            context_before=CONTEXT_FRAMES,
            context_after=CONTEXT_FRAMES,
            weights=(self._checkpoint, MAPPINGS["full"], MAPPINGS["crop"]),
            extra="neural",
            wants_gpu=True,
            films=False,
        )

    @property
    def _checkpoint(self) -> str:
        return f"sadtalker-{self._size}"

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        """Measures, crops and redraws the portrait once.

        Raises `RenderError` for footage, `WeightsError` where a checkpoint is missing or another one, and
        `MissingExtraError` without PyTorch.
        """
        if portrait.size != size:
            raise RenderError(f"The portrait is {portrait.size.width}x{portrait.size.height}, not the video's size.")
        if portrait.footage is not None:
            raise RenderError("SadTalker moves a single picture; it cannot give a video another mouth.")
        view = view_of(portrait)
        return build_session(portrait, view, self.networks(view.mode), self._size)

    def files_mark(self) -> Hashable:
        """See `Marked`: of the mapping networks, those that are there."""
        mappings = [key for key in MAPPINGS.values() if not self._store.lack(key)]
        return tuple(file_mark(self._store.path(key)) for key in (self._checkpoint, *mappings))

    def networks_name(self, mode: Mode) -> Hashable:
        """What the networks for a mode are called among those that a process holds. Raises `WeightsError`."""
        files = (self._store.path(self._checkpoint), self._store.path(MAPPINGS[mode]))
        return NAMES[self._size], mode, tuple(file_mark(file) for file in files), self._computing

    def networks(self, mode: Mode) -> FaceNetworks:
        """Those for a mode. The two differ by their mapping alone, and share all else.

        Raises `WeightsError` where a checkpoint is missing or another one, and `MissingExtraError` without PyTorch.
        """
        return cast(FaceNetworks, self._networks.get(self.networks_name(mode), lambda: self._load(mode)))

    def _load(self, mode: Mode) -> SadTalkerNetworks:
        mapping = self._store.path(MAPPINGS[mode])
        if mode == "full":
            return load_sadtalker(self._store.path(self._checkpoint), mapping, self._computing, size=self._size)
        whole = self._networks.get(self.networks_name("full"), lambda: self._load("full"))
        return replace(whole, mapping=load_mapping(mapping, self._computing))

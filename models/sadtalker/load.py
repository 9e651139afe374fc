"""SadTalker's networks from their files."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from avatar.errors import WeightsError
from models.acceleration import made_ready
from models.computing import Computing
from models.sadtalker.drawing import drawing_on
from models.sadtalker.folding import folded
from models.sadtalker.networks import SadTalkerNetworks
from models.states import fill, read_state, unfilled

if TYPE_CHECKING:
    from models.states import State

SIZES: Final = (256, 512)


class Place(NamedTuple):
    """Where a network's state lies: after a prefix in the safetensors file, and in a file of the older release."""

    prefix: str
    older_file: str
    under: str
    unused: tuple[str, ...] = ()
    """What keys begin with that only training needs."""


EXPRESSION: Final = Place("audio2exp.", "auido2exp_00300-model.pth", "model")
POSE: Final = Place("audio2pose.", "auido2pose_00140-model.pth", "model", ("netG.encoder.", "netD_motion."))
KEYPOINTS: Final = Place("kp_extractor.", "facevid2vid_00189-model.pth.tar", "kp_detector")
GENERATOR: Final = Place("generator.", "facevid2vid_00189-model.pth.tar", "generator")
RECONSTRUCTION: Final = Place("face_3drecon.", "epoch_20.pth", "net_recon")
DOWNLOAD: Final = "python main.py models download sadtalker"
MAPPING: Final = "mapping"
MAPPING_INPUT: Final = "first.0.weight"


def load_sadtalker(path: Path, mapping: Path, computing: Computing, *, size: int = 256) -> SadTalkerNetworks:
    """The networks of the file at `path` and the mapping network of that at `mapping`.

    `path` is `SadTalker_V0.0.2_256.safetensors` or `..._512...`, or a folder with the files of the release before them
    (`epoch_20.pth` and others, whose names are misspelt as they were published). `size` 256 or 512 is that of the
    pictures; no file tells it. The mapping network takes 70 coefficients, or 73 for whole pictures, which its file does
    tell. The generator alone computes in `computing.precision`. Raises `WeightsError`, `MissingExtraError`.
    """
    if size not in SIZES:
        raise ValueError(f"SadTalker draws pictures of 256 or 512 pixels, not {size}")
    mapping_network = load_mapping(mapping, computing)
    from models.sadtalker.expression import ExpressionNetwork
    from models.sadtalker.generator import Generator
    from models.sadtalker.keypoints import KeypointNetwork
    from models.sadtalker.pose import PoseNetwork
    from models.sadtalker.reconstruction import ReconstructionNetwork

    files = Files(path)
    return SadTalkerNetworks(
        audio2exp=load_part(files, EXPRESSION, ExpressionNetwork, computing),
        audio2pose=load_part(files, POSE, PoseNetwork, computing),
        mapping=mapping_network,
        kp_extractor=load_part(files, KEYPOINTS, KeypointNetwork, computing),
        recon=load_part(files, RECONSTRUCTION, ReconstructionNetwork, computing),
        generator=fastest(load_part(files, GENERATOR, Generator, computing), computing),
        size=size,
        computing=computing,
        drawing=drawing_on(computing),
    )


def load_part(files: "Files", place: Place, build: Callable[[], Any], computing: Computing) -> Any:
    """The network that `build` makes, with the weights that lie at `place`, in fp32, its norms folded."""
    state, file = files.state(place)
    network = unfilled(build)
    fill(network, {key: value for key, value in state.items() if not key.startswith(place.unused)}, file)
    return made_ready(folded(network), _exactly(computing))


def load_mapping(path: Path, computing: Computing) -> Any:
    """The mapping network of the file at `path`, for 70 coefficients or for 73."""
    state = read_state(path, under=(MAPPING,))
    from models.sadtalker.mapping import COEFFICIENTS, FULL_COEFFICIENTS, MappingNetwork

    shape = tuple(state[MAPPING_INPUT].shape) if MAPPING_INPUT in state else ()
    coefficients = FULL_COEFFICIENTS if FULL_COEFFICIENTS in shape[1:2] else COEFFICIENTS
    network = unfilled(lambda: MappingNetwork(coefficients))
    fill(network, state, path)
    return made_ready(network, _exactly(computing))


class Files:
    """One file with all networks, which is read once; or a folder with several."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all: State | None = None

    def state(self, place: Place) -> "tuple[State, Path]":
        """What lies at `place`, and in which file."""
        if self._path.is_dir():
            file = self._path / place.older_file
            return read_state(file, under=(place.under,)), file
        if self._all is None:
            self._all = read_state(self._path)
        keys = [key for key in self._all if key.startswith(place.prefix)]
        if not keys:
            raise WeightsError(
                f"{self._path} is another checkpoint: no key begins with '{place.prefix}'.",
                cure=f"`python main.py models verify` tells which files are right; `{DOWNLOAD}` brings them anew.",
            )
        return {key.removeprefix(place.prefix): self._all.pop(key) for key in keys}, self._path


def fastest(generator: Any, computing: Computing) -> Any:
    """In the form that is fastest where it computes."""
    if computing.device == "cpu" and computing.precision == "fp32":
        from models.sadtalker.on_cpu.generator import ProcessorGenerator

        return ProcessorGenerator(generator)
    return made_ready(generator, computing)


def _exactly(computing: Computing) -> Computing:
    return Computing(computing.device, "fp32", computing.batch)

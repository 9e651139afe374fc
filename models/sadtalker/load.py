"""SadTalker's networks from their files."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from avatar.errors import WeightsError
from models.acceleration import made_ready
from models.computing import Computing
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


EXPRESSION: Final = Place("audio2exp.", "auido2exp_00300-model.pth", "model")
POSE: Final = Place("audio2pose.", "auido2pose_00140-model.pth", "model")
KEYPOINTS: Final = Place("kp_extractor.", "facevid2vid_00189-model.pth.tar", "kp_detector")
GENERATOR: Final = Place("generator.", "facevid2vid_00189-model.pth.tar", "generator")
RECONSTRUCTION: Final = Place("face_3drecon.", "epoch_20.pth", "net_recon")
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
    from models.sadtalker.expression import ExpressionNetwork
    from models.sadtalker.generator import Generator
    from models.sadtalker.keypoints import KeypointNetwork
    from models.sadtalker.pose import TRAINING_PREFIXES, PoseNetwork
    from models.sadtalker.reconstruction import ReconstructionNetwork

    exact = Computing(computing.device, "fp32", computing.batch)

    def ready(build: Callable[[], Any], place: Place, without: tuple[str, ...] = ()) -> Any:
        state, file = _state(path, place)
        network = unfilled(build)
        fill(network, {key: value for key, value in state.items() if not key.startswith(without)}, file)
        return made_ready(network, exact)

    return SadTalkerNetworks(
        audio2exp=ready(ExpressionNetwork, EXPRESSION),
        audio2pose=ready(PoseNetwork, POSE, TRAINING_PREFIXES),
        mapping=_mapping(mapping, exact),
        kp_extractor=ready(KeypointNetwork, KEYPOINTS),
        generator=ready(Generator, GENERATOR),
        recon=ready(ReconstructionNetwork, RECONSTRUCTION),
        size=size,
        computing=computing,
    )


def _state(path: Path, place: Place) -> "tuple[State, Path]":
    if path.is_dir():
        file = path / place.older_file
        return read_state(file, under=(place.under,)), file
    return read_state(path, prefix=place.prefix), path


def _mapping(path: Path, computing: Computing) -> Any:
    state = read_state(path, under=(MAPPING,))
    from models.sadtalker.mapping import COEFFICIENTS, FULL_COEFFICIENTS, MappingNetwork

    shape = tuple(state[MAPPING_INPUT].shape) if MAPPING_INPUT in state else ()
    coefficients = shape[1] if len(shape) > 1 else COEFFICIENTS
    if coefficients not in (COEFFICIENTS, FULL_COEFFICIENTS):
        raise WeightsError(
            f"{path} is another checkpoint: {MAPPING_INPUT} takes {coefficients} coefficients, not 70 or 73.",
            cure=f"Delete {path.name} and run `python main.py models download sadtalker`.",
        )
    network = unfilled(lambda: MappingNetwork(coefficients))
    fill(network, state, path)
    return made_ready(network, computing)

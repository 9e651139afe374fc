"""The neural networks beside plain runs of themselves: eager, fp32, batch norms and layout as they were published.

Weights are random, for speed does not depend on them. Both sides draw in turn, in the same minute; on a processor the
ratio is one of processor time, so that other programs hardly change it. An engine joins by a row in `ROWS`.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.bench.report import Benchmark, Figure
from avatar.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from models.computing import Computing

ROUNDS: Final = 5
FACES: Final = 16
"""As many as the published timings of Wav2Lip drew at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` and `reference` draw `frames` frames each time they are called. `target`: least ratio of their speeds.

    `plain` tells how the reference runs.
    """

    name: str
    ours: Callable[[], object]
    reference: Callable[[], object]
    frames: int
    target: float | None = None
    plain: str = "plain run of the same"


def wav2lip_network(device: str) -> Row:
    """The lower half of the face, which is all that is pasted back, against the whole face by the plain network."""
    import copy

    import numpy as np
    import torch

    from models.computing import Computing
    from models.wav2lip.generator import HIDDEN_FROM_ROW, generator_of
    from models.wav2lip.network import Wav2LipNetwork

    plain = Wav2LipNetwork().eval().requires_grad_(requires_grad=False)
    precision = computing_on(device, "wav2lip").precision
    generator = generator_of(copy.deepcopy(plain), Computing(device, precision, FACES))
    plain.to(device)
    random = np.random.default_rng(0)
    mels = random.uniform(-4.0, 4.0, (FACES, 80, 16)).astype(np.float32)
    faces = random.integers(0, 256, (FACES, 96, 96, 3), np.uint8)
    mel, face = torch.from_numpy(mels[:, None]).to(device), torch.rand(FACES, 6, 96, 96, device=device)

    def reference() -> None:
        with torch.inference_mode():
            plain(mel, face).cpu()

    return Row(
        f"Wav2Lip network, {precision}",
        lambda: generator.draw(mels, faces, top=HIDDEN_FROM_ROW),
        reference,
        FACES,
        target=1.7 if device == "cpu" else None,
    )


def wav2lip_engine(device: str) -> Row:
    """From motion and sound to finished frames of 512 pixels, the puppet's with the network's lips pasted in, as many
    chunks at once as there are cores, against the plain network alone.
    """
    from concurrent.futures import ThreadPoolExecutor
    from tempfile import TemporaryDirectory

    import numpy as np
    import torch

    from api.cli.bench.puppet import FRAMING, PREPARED_SIZE, lively_motion
    from avatar.settings import core_count, load_settings
    from avatar.types import SAMPLE_RATE_HZ, RenderChunk
    from models.computing import Computing
    from models.loaded import LoadedNetworks
    from models.wav2lip.network import Wav2LipNetwork
    from models.weights import WeightStore
    from orchestrator.characters.built_in import built_in_portrait
    from orchestrator.portraits import face_tracker, measure_portrait
    from video_processor.framing import frame_portrait
    from video_processor.renderers.wav2lip.renderer import Wav2LipRenderer

    settings, precision, frames = load_settings(), computing_on(device, "wav2lip").precision, 2 * FACES
    plain = Wav2LipNetwork().eval().requires_grad_(requires_grad=False)
    with TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "random.pth"
        torch.save({"state_dict": plain.state_dict()}, checkpoint)
        store = WeightStore(settings.checkpoints_dir, given={"wav2lip": checkpoint})
        picture = built_in_portrait("grace-hopper", store)
        portrait = frame_portrait(measure_portrait(picture, face_tracker(store), settings), PREPARED_SIZE, FRAMING)
        engine = Wav2LipRenderer(store, Computing(device, precision, FACES), "wav2lip", LoadedNetworks())
        session = engine.prepare(portrait, PREPARED_SIZE)
    plain.to(device)
    random = np.random.default_rng(0)
    motion = lively_motion(portrait.rest, frames)
    sound = random.normal(0, 0.1, round(frames / motion.fps * SAMPLE_RATE_HZ)).astype(np.float32)
    chunk = RenderChunk(0, 0, frames, motion, sound)
    workers = ThreadPoolExecutor(core_count())

    def drawn(_: int) -> int:
        return sum(1 for _ in session.render(chunk))

    mel, face = torch.rand(FACES, 1, 80, 16, device=device), torch.rand(FACES, 6, 96, 96, device=device)

    def reference() -> None:
        with torch.inference_mode():
            for _ in range(0, frames * core_count(), FACES):
                plain(mel, face).cpu()

    def ours() -> None:
        list(workers.map(drawn, range(core_count())))

    target = 1.7 if device == "cpu" else None
    return Row(f"Wav2Lip engine at 512 x 512, {precision}", ours, reference, frames * core_count(), target=target)


def sadtalker_generator(device: str) -> Row:
    """A frame of 256 pixels, what depends on the source kept, against the plain network that encodes it every time."""
    import copy

    import torch

    from models.sadtalker.folding import folded
    from models.sadtalker.generator import Generator
    from models.sadtalker.load import fastest

    with torch.inference_mode():
        plain = Generator().eval()
        for value in (*plain.parameters(), *plain.buffers()):
            if value.dim():
                value.uniform_(0.5, 1.0).div_(max(1, value[0].numel()))
        computing = replace(computing_on(device, "sadtalker"), batch=1)
        generator = fastest(folded(copy.deepcopy(plain)), computing)
        plain.to(device)
        picture, before = torch.rand(1, 3, 256, 256, device=device), torch.rand(1, 15, 3, device=device) - 0.5
        after = before + 0.05
        features = generator.features(picture)

    def reference() -> None:
        with torch.inference_mode():
            plain(plain.features(picture), after, before).cpu()

    def ours() -> None:
        with torch.inference_mode():
            generator(features, after, before).cpu()

    target = 1.8 if device == "cpu" else None
    return Row(f"SadTalker generator 256, {computing.precision}", ours, reference, 1, target=target)


def gfpgan_network(device: str) -> Row:
    """Faces of 512 pixels from picture to picture, on a processor as many as cores, side by side as in a job.

    Against the same network by PyTorch's own convolutions, over as many faces on the same cores, in the better of its
    ways: one face at a time on all cores, or side by side with a core each.
    """
    import copy

    import numpy as np
    import torch

    from avatar.settings import core_count
    from models.gfpgan.network import Gfpgan
    from models.gfpgan.restorer import SIDE, restorer_of
    from models.threads import network_threads

    computing = replace(computing_on(device, "gfpgan"), batch=1)
    count = core_count() if device == "cpu" else 1
    plain = Gfpgan().eval().requires_grad_(requires_grad=False)
    for weight in plain.parameters():
        torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
    restorer = restorer_of(copy.deepcopy(plain), computing)
    plain.to(device)
    faces = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    shown = torch.rand(1, 3, SIDE, SIDE, device=device) * 2 - 1
    workers = network_threads("plain", device)

    def draw(_: int) -> None:
        with torch.inference_mode():
            plain(shown).cpu()

    def one_at_a_time() -> None:
        for face in range(count):
            draw(face)

    def side_by_side() -> None:
        list(workers.map(draw, range(count)))

    way, reference = "one at a time", one_at_a_time
    if count > 1 and _processor_seconds(side_by_side) < _processor_seconds(one_at_a_time):
        way, reference = "side by side", side_by_side
    return Row(
        f"GFPGAN, {computing.precision}",
        lambda: restorer.restore(faces),
        reference,
        count,
        target=1.8 if device == "cpu" else None,
        plain=f"plain run of the same, {way}",
    )


def _processor_seconds(work: Callable[[], object]) -> float:
    """Of the second time, since the first warms up."""
    work()
    return _taken(work)[1]


ROWS: Final[tuple[Callable[[str], Row], ...]] = (
    wav2lip_network,
    wav2lip_engine,
    sadtalker_generator,
    gfpgan_network,
)
"""Each makes its row for a device, one after another, so that only one engine's networks are held at a time."""


def computing_on(device: str, network: str) -> "Computing":
    """As the network computes there in a job. Raises `ConfigurationError` where there is no such device."""
    from avatar.settings import load_settings
    from models.hardware import hardware_of

    return hardware_of(load_settings().model_copy(update={"compute_device": device})).computing(network)


def measure_engines(device: str = "cpu", rows: tuple[Callable[[str], Row], ...] = ROWS) -> Benchmark:
    """Frames a second of both, and the median of their ratios. Raises `MissingExtraError`, `ConfigurationError`."""
    name = device_name(device)
    benchmark = Benchmark()
    for build in rows:
        row = build(device)
        ratio, ours, reference = _compared(row, on_processor=device == "cpu")
        benchmark.figures += [
            Figure(f"{row.name} on {name}", ours, "frames/s"),
            Figure(f"{row.name}, {row.plain}", reference, "frames/s"),
            Figure(f"{row.name}, times as fast", ratio, "times", row.target, at_least=True),
        ]
    return benchmark


def device_name(device: str) -> str:
    """What the maker calls it."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            "The neural engines need PyTorch.", cure='Run pip install "avatar-orchestrator[neural]".'
        ) from None
    from api.cli.doctor.machine import cpu_model

    kind = device.partition(":")[0]
    if kind == "cuda" and torch.cuda.is_available():
        return str(torch.cuda.get_device_name(device))
    if kind == "mps" and torch.backends.mps.is_available():
        return f"the GPU of {cpu_model()}"
    if device == "cpu":
        return f"{torch.get_num_threads()} threads of {cpu_model()}"
    raise ConfigurationError(f"There is no device {device} here.", cure="Give --device cpu, cuda:0 or mps.")


def _compared(row: Row, *, on_processor: bool) -> tuple[float, float, float]:
    """The median ratio of several rounds after one that warms up, and the most frames a second of each."""
    row.reference()
    row.ours()
    rounds = [(_taken(row.reference), _taken(row.ours)) for _ in range(ROUNDS)]
    which = 1 if on_processor else 0
    ratio = statistics.median(reference[which] / ours[which] for reference, ours in rounds)
    fastest = [row.frames / min(seconds[0] for seconds in side) for side in zip(*rounds, strict=True)]
    return ratio, fastest[1], fastest[0]


def _taken(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time; what `work` gives must be on the processor when it returns."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, max(time.process_time() - processor, 1e-9)

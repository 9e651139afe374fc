"""A checkpoint that is missing, cut off or another one, memory that ends, pictures that are no numbers: the video is
made by the next engine, or with smaller batches, and the result and the trace say so."""

import hashlib
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from avatar.settings import Settings
from avatar.telemetry import read_spans
from avatar.types import Floats, Image, Portrait, RenderChunk, Size
from models import memory
from models.computing import Computing
from models.hardware import Hardware
from models.loaded import process_networks
from models.memory import Memory
from models.sources import REGISTRY_FILE
from models.states import fill, read_state
from models.weights import WeightStore
from orchestrator.rendering import WarmSessions
from orchestrator.run import SPANS_FILE, JobRequest, JobResult, run_job
from tests.checkpoint_files import write_checkpoint
from tests.orchestrator.pipeline_fakes import use_fakes, write_picture
from video_processor.estimates.past import PastRuns
from video_processor.renderers.base import RendererCapabilities, RenderSession
from video_processor.renderers.still import StillRenderer

torch = pytest.importorskip("torch")
generator = pytest.importorskip("models.wav2lip.generator")

Requests = Callable[..., JobRequest]

TINY = "tiny"
BATCH = 8
WEIGHT: Floats = np.full((3, 6, 1, 1), 0.1, np.float32)


def tiny_network(fits: int) -> Any:
    """In the place of Wav2Lip's: it mixes colours, and there is memory for so many faces at once."""

    class Mixing(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.mix = torch.nn.Conv2d(6, 3, 1, bias=False)

        def forward(self, mel: Any, face: Any, top: int) -> Any:
            if len(mel) > fits:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
            return torch.sigmoid(self.mix(face[:, :, top:]))

    return Mixing()


@dataclass
class TinyEngine:
    """Draws by a network of a few numbers, which the project's own code reads from a file, holds and feeds."""

    store: WeightStore
    fits: int = BATCH
    loads: list[Path] | None = None

    capabilities = RendererCapabilities(TINY, 1, "mixes colours", weights=(TINY,), extra="neural")

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        return TinySession(portrait.image, process_networks().get((TINY, self.fits), self._load))

    def _load(self) -> Any:
        path = self.store.path(TINY)
        if self.loads is not None:
            self.loads.append(path)
        network = tiny_network(self.fits)
        fill(network, read_state(path), path)
        return generator.LipGenerator(network.eval(), Computing(batch=BATCH))


@dataclass
class TinySession:
    image: Image
    lips: Any

    @property
    def notes(self) -> tuple[str, ...]:
        found: tuple[str, ...] = self.lips.notes
        return found

    def render(self, chunk: RenderChunk) -> Iterator[Image]:
        faces = np.repeat(self.image[None, :96, :96], chunk.count, axis=0)
        for face in self.lips.draw(np.zeros((chunk.count, 80, 16), np.float32), faces):
            frame = self.image.copy()
            frame[:96, :96] = face
            yield frame


@dataclass
class Bench:
    """The checkpoint's place, and runs with an engine that reads it, of which each run gets a new one."""

    checkpoint: Path
    settings: Settings
    request_for: Requests
    monkeypatch: pytest.MonkeyPatch
    loads: list[Path]

    def run(self, *, fits: int = BATCH, warm: WarmSessions | None = None, **changes: object) -> JobResult:
        def engines(store: WeightStore, _hardware: Hardware, *, puppet_device: str = "cpu") -> dict[str, Any]:
            return {TINY: TinyEngine(store, fits, self.loads), "still": StillRenderer()}

        self.monkeypatch.setattr("orchestrator.run.engines", engines)
        return run_job(self.request_for(**changes), self.settings, warm=warm)

    def spans(self, result: JobResult) -> list[dict[str, Any]]:
        spans = read_spans(self.settings.data_dir / "jobs" / result.thread_id / SPANS_FILE)
        return [{"name": span.name, **span.attributes} for span in spans]


@pytest.fixture
def bench(
    tmp_path: Path, settings: Settings, request_for: Requests, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    use_fakes(monkeypatch.setattr)
    checkpoint = tmp_path / "checkpoints" / "tiny.pth"
    checkpoint.parent.mkdir()
    write_checkpoint(checkpoint, {"mix.weight": WEIGHT}, "parallel")
    describe(checkpoint, tmp_path / "weights.yaml", monkeypatch)
    own = settings.model_copy(update={"checkpoints_dir": checkpoint.parent, "compute_device": "cpu"})
    process_networks().release()
    yield Bench(checkpoint, own, request_for, monkeypatch, [])
    process_networks().release()


def describe(checkpoint: Path, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own registry, with an entry for the file as it is now."""
    content = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    entry = {
        "key": TINY,
        "purpose": "Mixes colours.",
        "group": TINY,
        "required": False,
        "file": checkpoint.name,
        "size": checkpoint.stat().st_size,
        "sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "licence": "MIT",
        "commercial": True,
        "source": {"url": "https://example.org/tiny.pth"},
    }
    content["files"].append(entry)
    registry.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setattr("models.weights.REGISTRY_FILE", registry)


def renderer_of(result: JobResult) -> tuple[str, str]:
    """The engine that drew, and what is said of those that did not."""
    assert result.renderer is not None
    assert result.frames == 50
    return result.renderer.name, "; ".join(result.renderer.passed_over)


def test_a_sound_checkpoint_draws(bench: Bench) -> None:
    result = bench.run()
    assert renderer_of(result) == (TINY, "")
    assert result.notes == ()
    chosen = [span for span in bench.spans(result) if span.get("engine_why")]
    assert {(span["engine"], span["gpu_profile"]) for span in chosen} == {(TINY, "cpu")}


def test_a_missing_checkpoint_is_passed_over(bench: Bench) -> None:
    bench.checkpoint.unlink()
    result = bench.run()
    assert renderer_of(result) == ("still", "tiny lacks tiny")
    assert "tiny lacks tiny" in {span.get("engine_passed_over") for span in bench.spans(result)}


def test_a_checkpoint_that_has_come_since_draws_the_same_request_anew(bench: Bench) -> None:
    aside = bench.checkpoint.rename(bench.checkpoint.with_suffix(".aside"))
    assert renderer_of(bench.run())[0] == "still"
    aside.rename(bench.checkpoint)
    drawn = bench.run()
    assert (renderer_of(drawn)[0], drawn.served) == (TINY, False)
    bench.checkpoint.unlink()
    kept = bench.run()
    assert (renderer_of(kept)[0], kept.served) == (TINY, True)


def test_a_checkpoint_that_was_cut_off_is_passed_over(bench: Bench) -> None:
    bench.checkpoint.write_bytes(bench.checkpoint.read_bytes()[:-100])
    assert renderer_of(bench.run()) == ("still", "tiny lacks tiny (it is damaged)")


def test_another_checkpoint_under_the_name_hands_on_and_names_the_keys_that_differ(
    bench: Bench, tmp_path: Path
) -> None:
    write_checkpoint(bench.checkpoint, {"other.weight": WEIGHT})
    describe(bench.checkpoint, tmp_path / "weights.yaml", bench.monkeypatch)
    name, told = renderer_of(bench.run())
    assert name == "still"
    assert "it lacks mix.weight; it has besides other.weight" in told


def test_bytes_that_were_changed_hand_on(bench: Bench) -> None:
    content = bytearray(bench.checkpoint.read_bytes())
    content[:200] = b"x" * 200
    bench.checkpoint.write_bytes(content)
    name, told = renderer_of(bench.run())
    assert name == "still"
    assert "tiny.pth" in told


def test_where_memory_ends_the_batch_is_halved_and_the_result_says_so_once(bench: Bench) -> None:
    result = bench.run(fits=3)
    assert renderer_of(result) == (TINY, "")
    assert len(result.notes) == 2
    assert "with 8 frames at once; it draws 4" in result.notes[0]
    assert "with 4 frames at once; it draws 2" in result.notes[1]
    told = "; ".join(str(span["told"]) for span in bench.spans(result) if "told" in span)
    assert told.count("with 8 frames at once") == 1


def test_where_memory_ends_with_a_single_frame_the_next_engine_draws(bench: Bench) -> None:
    result = bench.run(fits=0)
    name, told = renderer_of(result)
    assert name == "still"
    assert "ran out of memory with a single frame" in told
    assert result.errors[0]["engine"] == TINY


def test_a_halving_is_told_in_the_job_in_which_it_happened(bench: Bench) -> None:
    warm = WarmSessions(4)
    assert len(bench.run(fits=3, warm=warm).notes) == 2
    again = bench.run(fits=3, warm=warm, seed=3)
    assert (again.notes, again.served, renderer_of(again)[0]) == ((), False, TINY)
    process_networks().release()
    assert len(bench.run(fits=3, warm=WarmSessions(4), seed=4).notes) == 2, "the same words of another halving"


def test_an_engine_that_failed_leaves_its_memory_to_who_takes_over(bench: Bench) -> None:
    """Its network is gone before the next engine prepares the portrait."""
    warm, held = WarmSessions(4), list[weakref.ref[Any]]()
    load, prepare, alive = TinyEngine._load, StillRenderer.prepare, list[bool]()

    def loaded(engine: TinyEngine) -> Any:
        made = load(engine)
        held.append(weakref.ref(made))
        return made

    def prepared(engine: StillRenderer, portrait: Portrait, size: Size) -> RenderSession:
        alive.extend(network() is not None for network in held)
        return prepare(engine, portrait, size)

    bench.monkeypatch.setattr(TinyEngine, "_load", loaded)
    bench.monkeypatch.setattr(StillRenderer, "prepare", prepared)
    assert renderer_of(bench.run(fits=0, warm=warm))[0] == "still"
    assert alive == [False]
    assert (TINY, 0) not in process_networks()
    assert warm.loaded == {"still"}


def test_pictures_that_are_no_numbers_hand_on(bench: Bench, tmp_path: Path) -> None:
    write_checkpoint(bench.checkpoint, {"mix.weight": np.full_like(WEIGHT, np.nan)})
    describe(bench.checkpoint, tmp_path / "weights.yaml", bench.monkeypatch)
    name, told = renderer_of(bench.run())
    assert name == "still"
    assert "no numbers (NaN)" in told


def test_a_network_is_loaded_once_for_all_jobs_of_a_process(bench: Bench, tmp_path: Path) -> None:
    warm = WarmSessions(4)
    other = write_picture(tmp_path / "other.png", 200)
    names = [renderer_of(bench.run(warm=warm, **changes))[0] for changes in ({}, {"image": other}, {"seed": 3})]
    assert names == [TINY] * 3
    assert bench.loads == [bench.checkpoint]
    assert warm.loaded == {TINY}


def test_an_engine_that_would_not_fit_is_passed_over_until_it_is_loaded(bench: Bench) -> None:
    warm = WarmSessions(4)
    assert renderer_of(bench.run(warm=warm))[0] == TINY
    bench.monkeypatch.setattr("video_processor.engine_lacks.machine_memory", lambda: Memory(1000, 1000))
    assert renderer_of(bench.run(warm=warm, seed=2))[0] == TINY
    name, told = renderer_of(bench.run(seed=3))
    assert name == "still"
    assert told.startswith("tiny needs about")


def measures_memory() -> bool:
    return memory.begin_peak() and memory.peak_bytes() is not None


def test_a_larger_enhanced_file_tells_of_what_was_drawn_alone(bench: Bench) -> None:
    result = bench.run(enhance="detail", upscale="720p")
    assert (result.width, result.height) == (720, 720)
    [run] = PastRuns(bench.settings.data_dir).of(TINY, "cpu")
    assert (run.width, run.height) == (128, 128)
    taken = result.seconds["video_generation"], sum(result.seconds[stage] for stage in ("render", "encode"))
    assert 0 < run.drawing < min(taken[0], taken[1] + 0.01)


def test_a_run_that_found_its_network_loaded_tells_nothing_of_memory(bench: Bench) -> None:
    bench.run()
    bench.run(seed=2)
    _, second = PastRuns(bench.settings.data_dir).of(TINY, "cpu")
    assert second.growth is None


def test_what_a_run_took_is_learned(bench: Bench) -> None:
    bench.run()
    past = PastRuns(bench.settings.data_dir)
    [run] = past.of(TINY, "cpu")
    assert (run.frames, run.width, run.height, run.sound) == (50, 128, 128, 2.0)
    assert run.drawing > 0
    assert (run.growth is None) is not measures_memory()
    bench.run()
    assert len(past.of(TINY, "cpu")) == 1, "a video that is there already takes nothing"

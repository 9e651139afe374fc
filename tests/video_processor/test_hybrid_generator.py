"""The engine that draws is the best that can, or the one asked for; a failure hands on to the next."""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from avatar.errors import (
    ConfigurationError,
    InputError,
    LicenceError,
    MissingExtraError,
    MissingWeightsError,
    RenderError,
    WeightsError,
)
from avatar.types import Cutout, Portrait, RenderChunk, Size, neutral_motion
from models.devices import Device, processor
from models.hardware import Hardware
from models.profiles import profile_for
from models.weights import WeightStore
from video_processor.estimates.estimate import Estimate
from video_processor.hybrid_generator import Wants, choose, engines
from video_processor.renderers.base import Renderer, RendererCapabilities, RenderSession
from video_processor.renderers.still import StillRenderer

NEURAL, PUPPET, STILL = "neural", "puppet", "still"


@dataclass
class Engine:
    name: str
    weights: tuple[str, ...] = ()
    capabilities: RendererCapabilities = field(init=False)
    traits: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.capabilities = RendererCapabilities(self.name, 1, "", weights=self.weights, **self.traits)

    def prepare(self, portrait: Portrait, size: Size) -> RenderSession:
        raise NotImplementedError


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    """A folder without a single model file."""
    return WeightStore(tmp_path)


AVAILABLE: dict[str, Renderer] = {
    NEURAL: Engine(NEURAL, ("face-mesh", "iris")),
    PUPPET: Engine(PUPPET),
    STILL: Engine(STILL),
}


def test_auto_takes_the_first_that_can_run_and_says_what_the_others_lack(store: WeightStore) -> None:
    choice = choose("auto", AVAILABLE, store)
    assert choice.name == PUPPET
    assert choice.passed_over == ("neural lacks face-mesh, iris",)


def test_an_engine_that_is_asked_for_is_taken(store: WeightStore) -> None:
    assert choose(STILL, AVAILABLE, store).name == STILL


def test_an_unknown_engine_is_refused_with_the_names_of_all(store: WeightStore) -> None:
    with pytest.raises(InputError, match="magic") as caught:
        choose("magic", AVAILABLE, store)
    assert "auto, neural, puppet, still" in caught.value.cure


def test_an_engine_that_is_asked_for_without_its_files_tells_how_to_get_them(store: WeightStore) -> None:
    with pytest.raises(WeightsError, match="face-mesh") as caught:
        choose(NEURAL, AVAILABLE, store)
    assert "models download" in caught.value.cure


@pytest.mark.parametrize("wanted", ["auto", PUPPET])
def test_the_next_engine_takes_over_from_one_that_failed(wanted: str, store: WeightStore) -> None:
    choice = choose(wanted, AVAILABLE, store, {PUPPET: "out of memory"})
    assert choice.name == STILL
    assert "puppet failed" in choice.why
    assert "puppet failed: out of memory" in choice.passed_over


def test_where_all_failed_every_cause_is_told(store: WeightStore) -> None:
    with pytest.raises(RenderError, match=r"first.*second"):
        choose("auto", AVAILABLE, store, {PUPPET: "first", STILL: "second"})


def test_an_engine_before_the_one_asked_for_never_takes_over(store: WeightStore) -> None:
    with pytest.raises(RenderError, match="second"):
        choose(STILL, AVAILABLE, store, {STILL: "second"})


CARD = Device("cuda:0", "a card", 2_000_000_000, 16_000_000_000)


def on(device: Device, *, has_torch: bool = True) -> Hardware:
    name, profile = profile_for(device, "auto")
    return Hardware(device, name, profile, has_torch=has_torch)


def with_first(**traits: Any) -> dict[str, Renderer]:
    return {"first": Engine("first", traits=traits), PUPPET: Engine(PUPPET)}


def test_an_engine_for_gpus_is_taken_where_there_is_one_or_where_it_is_named(store: WeightStore) -> None:
    found = with_first(wants_gpu=True)
    assert choose("auto", found, store, hardware=on(CARD)).name == "first"
    choice = choose("auto", found, store, hardware=on(processor()))
    assert (choice.name, choice.passed_over) == (PUPPET, ("first wants a GPU",))
    assert choose("first", found, store, hardware=on(processor())).name == "first"


def test_an_engine_without_pytorch_is_passed_over_and_refused_with_the_command(store: WeightStore) -> None:
    found, bare = with_first(extra="neural"), on(CARD, has_torch=False)
    choice = choose("auto", found, store, hardware=bare)
    assert choice.passed_over == ("first needs the extra `neural`",)
    with pytest.raises(MissingExtraError, match=r"first needs PyTorch.*\[neural\]"):
        choose("first", found, store, hardware=bare)


def test_an_engine_for_pictures_gets_no_film(store: WeightStore) -> None:
    found = with_first(films=False)
    assert choose("auto", found, store, wants=Wants(film=True)).passed_over == ("first moves a picture, not a video",)
    with pytest.raises(InputError, match="first moves a picture, not a video"):
        choose("first", found, store, wants=Wants(film=True))


@pytest.mark.parametrize(
    ("memory", "card_memory", "told"),
    [
        (1, 3_000_000_000, "first needs about 3.0 GB of the GPU's memory, and 2.0 GB are free"),
        (10**15, 0, "first needs about 1000000.0 GB of memory"),
    ],
)
def test_an_engine_that_would_not_fit_is_passed_over(
    memory: int, card_memory: int, told: str, store: WeightStore
) -> None:
    need = Estimate(
        engine="first", device="a card", seconds=1, drawing=1, memory=memory, card_memory=card_memory, runs=0
    )
    choice = choose("auto", with_first(), store, wants=Wants(needs={"first": need}), hardware=on(CARD))
    assert choice.name == PUPPET
    assert choice.passed_over[0].startswith(told)
    roomy = replace(need, memory=1, card_memory=1_000_000_000)
    assert choose("auto", with_first(), store, wants=Wants(needs={"first": roomy}), hardware=on(CARD)).name == "first"


def laid(store: WeightStore, *keys: str) -> None:
    """Files of the right size for `keys`, which hold nothing; they take no room."""
    store.folder.mkdir(exist_ok=True)
    for key in keys:
        with (store.folder / store.entry(key).file).open("wb") as file:
            file.truncate(store.entry(key).size or 1)


WAV2LIP_FILES = ("wav2lip", "wav2lip-gan")
SADTALKER_FILES = ("sadtalker-256", "sadtalker-mapping-full", "sadtalker-mapping-crop")


def test_checkpoints_that_may_not_be_used_are_passed_over_and_named_with_their_licence(tmp_path: Path) -> None:
    refusing = WeightStore(tmp_path)
    laid(refusing, *WAV2LIP_FILES)
    found = engines(refusing, on(processor()))
    choice = choose("auto", found, refusing, hardware=on(processor()))
    assert choice.name == PUPPET
    assert choice.passed_over[0] == (
        "wav2lip-gan may not be used: the licence of wav2lip-gan forbids commercial use (ALLOW_NONCOMMERCIAL_WEIGHTS)"
    )
    with pytest.raises(LicenceError, match="ALLOW_NONCOMMERCIAL_WEIGHTS=true"):
        choose("wav2lip", found, refusing, hardware=on(processor()))


@pytest.mark.parametrize(
    ("files", "device", "first"),
    [
        ((), CARD, PUPPET),
        (WAV2LIP_FILES, processor(), "wav2lip-gan"),
        (WAV2LIP_FILES[:1], processor(), "wav2lip"),
        ((*SADTALKER_FILES, *WAV2LIP_FILES), processor(), "wav2lip-gan"),
        ((*SADTALKER_FILES, *WAV2LIP_FILES), CARD, "sadtalker"),
        (SADTALKER_FILES[:1], CARD, PUPPET),
    ],
)
def test_auto_goes_by_the_machine_and_by_what_is_installed(
    files: tuple[str, ...], device: Device, first: str, tmp_path: Path
) -> None:
    allowing = WeightStore(tmp_path, noncommercial=True)
    laid(allowing, *files)
    choice = choose("auto", engines(allowing, on(device)), allowing, hardware=on(device))
    assert choice.name == first


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    allowing = WeightStore(tmp_path, noncommercial=True)
    laid(allowing, *WAV2LIP_FILES)
    (tmp_path / "wav2lip_gan.pth").write_bytes(b"half of it")
    choice = choose("auto", engines(allowing), allowing, hardware=on(processor()))
    assert choice.name == "wav2lip"
    assert "wav2lip-gan lacks wav2lip-gan (it is damaged)" in choice.passed_over


def test_a_named_checkpoint_is_that_one_and_what_follows_it_stands_in(tmp_path: Path) -> None:
    allowing = WeightStore(tmp_path, noncommercial=True)
    laid(allowing, *WAV2LIP_FILES)
    found = engines(allowing, on(processor()))
    assert choose("wav2lip", found, allowing, hardware=on(processor())).name == "wav2lip"
    assert choose("wav2lip", found, allowing, {"wav2lip": "NaN"}, hardware=on(processor())).name == PUPPET


@pytest.mark.parametrize("gigabytes", [0, 4, 8, 24])
def test_each_engine_is_there_once_in_the_order_of_the_profile(gigabytes: int, store: WeightStore) -> None:
    device = Device("cuda:0", "a card", total=gigabytes * 10**9) if gigabytes else processor()
    names = list(engines(store, on(device)))
    assert names[:-2] == list(on(device).profile.engines)
    assert names[-2:] == [PUPPET, STILL]


def listing(*names: str) -> Hardware:
    plain = on(processor())
    return replace(plain, profile=plain.profile.model_copy(update={"engines": names}))


def test_auto_leaves_alone_what_the_profile_leaves_out_and_a_name_does_not(tmp_path: Path) -> None:
    allowing = WeightStore(tmp_path, noncommercial=True)
    laid(allowing, *WAV2LIP_FILES)
    machine = listing("wav2lip")
    found = engines(allowing, machine)
    assert list(found)[:4] == ["wav2lip", "sadtalker-512", "sadtalker", "wav2lip-gan"]
    assert choose("auto", found, allowing, hardware=machine).name == "wav2lip"
    assert choose("wav2lip-gan", found, allowing, hardware=machine).name == "wav2lip-gan"
    none = choose("auto", found, allowing, {"wav2lip": "NaN"}, hardware=machine)
    assert none.name == PUPPET
    assert "wav2lip-gan is left out of the profile cpu" in none.passed_over


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("wav2lip", "wav3lip"), r"cpu\.engines names wav3lip, which is no engine.*There are sadtalker-512, sadtalker"),
        (("wav2lip", "wav2lip"), r"cpu\.engines names wav2lip, more than once.*There are"),
    ],
)
def test_a_profile_with_wrong_engines_is_refused(names: tuple[str, ...], told: str, store: WeightStore) -> None:
    with pytest.raises(ConfigurationError, match=told):
        engines(store, listing(*names))


def test_a_batch_that_the_profile_lacks_is_named(store: WeightStore) -> None:
    plain = on(processor())
    fewer = {name: size for name, size in plain.profile.batches.items() if name != "wav2lip"}
    machine = replace(plain, profile=plain.profile.model_copy(update={"batches": fewer}))
    with pytest.raises(ConfigurationError, match=r"cpu\.batches lacks wav2lip\. Say there"):
        engines(store, machine)


def test_all_files_that_a_named_engine_lacks_are_told_at_once(tmp_path: Path) -> None:
    bare = WeightStore(tmp_path)
    found = engines(bare, on(processor()))
    with pytest.raises(MissingWeightsError, match=r"sadtalker-256.*mapping-full.*mapping-crop") as caught:
        choose("sadtalker", found, bare, hardware=on(processor()))
    assert caught.value.cure == (
        "Run `python main.py models download sadtalker-256 sadtalker-mapping-full sadtalker-mapping-crop`."
    )
    with pytest.raises(LicenceError, match=r"into \.env .* Then run `python main\.py models download wav2lip`"):
        choose("wav2lip", found, bare, hardware=on(processor()))


def test_choosing_does_not_load_pytorch() -> None:
    program = (
        "import sys; from pathlib import Path; from video_processor.hybrid_generator import choose, engines; "
        "from models.weights import WeightStore; store = WeightStore(Path('nowhere')); "
        "print(choose('auto', engines(store), store).name, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [PUPPET, "False"]


def test_the_shipped_engines_end_with_the_still_picture(store: WeightStore) -> None:
    found = engines(store)
    assert list(found)[-1] == STILL
    assert all(name == engine.capabilities.name for name, engine in found.items())
    assert choose("auto", found, store).name == PUPPET


def portrait(side: int) -> Portrait:
    image = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    points = np.full((478, 3), side / 2, np.float32)
    person = np.full((side, side), 255, np.uint8)
    return Portrait(image, points, person, (0.0, 0.0, 0.0), np.zeros(len(BLENDSHAPES), np.float32), side / 4, "digest")


def test_the_still_engine_shows_the_picture_for_each_frame() -> None:
    source = portrait(64)
    motion = neutral_motion(3, Fraction(25))
    chunk = RenderChunk(0, 0, 3, motion, np.zeros(1920, np.float32))
    frames = list(StillRenderer().prepare(source, Size(64, 64)).render(chunk))
    assert len(frames) == 3
    assert all(np.array_equal(frame, source.image) for frame in frames)
    frames[0][:] = 0
    assert np.array_equal(frames[1], source.image)


def test_the_still_engine_shows_a_person_without_background() -> None:
    front = np.random.default_rng(1).integers(0, 255, (64, 64, 4), dtype=np.uint8)
    source = replace(portrait(64), cutout=Cutout(front, None))
    chunk = RenderChunk(0, 0, 2, neutral_motion(2, Fraction(25)), np.zeros(1280, np.float32))
    frames = list(StillRenderer().prepare(source, Size(64, 64)).render(chunk))
    assert all(np.array_equal(frame, front) for frame in frames)


def test_a_transparent_video_needs_an_engine_with_alpha(store: WeightStore) -> None:
    flat_first: dict[str, Renderer] = {"flat": Engine("flat"), **engines(store)}
    choice = choose("auto", flat_first, store, wants=Wants(transparent=True))
    assert (choice.name, choice.passed_over[0]) == (PUPPET, "flat draws no transparent videos")
    assert choose("auto", flat_first, store).name == "flat"
    with pytest.raises(InputError, match="flat draws no transparent"):
        choose("flat", flat_first, store, wants=Wants(transparent=True))

"""What the machine has is read as it is told; what it lacks ends nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar.errors import ConfigurationError
from avatar.settings import PROJECT_ROOT, ComputePrecision, load_settings
from models import devices as module
from models import hardware as hardware_module
from models import instructions, memory
from models.computing import Precision
from models.devices import Device, devices
from models.hardware import choose_device, forget_choices, hardware_of, largest_transcriber, transcriber_device
from models.memory import begin_peak, card_peak_bytes, machine_memory, peak_bytes
from models.profiles import PROFILES_FILE, load_profiles, profile_for

TOLD = """\
0, GPU-aaaa1111, NVIDIA A100-SXM4-40GB, 40960, 1024, 93, 8.0
1, GPU-bbbb2222, NVIDIA A100-SXM4-40GB, 40960, 39000, 40, 8.0
2, GPU-cccc3333, NVIDIA A100-SXM4-40GB, 40960, 39100, 3, 8.0
3, GPU-dddd4444, Tesla T4, 15360, 15000, [N/A], 7.5
a line of another kind
"""
PROCESSOR = Device("cpu", "a processor", 8 << 30, 16 << 30)
GIGABYTE = 10**9


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A driver that tells what stands in the file, and a PyTorch that can use its cards."""
    told = tmp_path / "told.txt"
    told.write_text(TOLD, encoding="utf-8")
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat {told}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("models.devices.shutil.which", lambda _: str(program))
    monkeypatch.setattr(module, "_built_for_cards", lambda: True)
    monkeypatch.setattr(module, "has_torch", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    forget_choices()
    yield told
    forget_choices()


def test_cards_are_read_as_the_driver_tells_them(driver: Path) -> None:
    found = devices()
    assert [one.name for one in found] == ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cpu"]
    assert found[0] == Device("cuda:0", "NVIDIA A100-SXM4-40GB", 1024 << 20, 40960 << 20, "bf16", 0.93)
    assert (found[3].precision, found[3].load) == ("fp16", None)
    assert "torch" not in found[-1].label


@pytest.mark.parametrize(
    ("visible", "labels"),
    [("3,1", ["Tesla T4", "NVIDIA A100-SXM4-40GB"]), ("GPU-dddd", ["Tesla T4"]), ("", []), ("3,9,0", ["Tesla T4"])],
)
def test_cards_are_counted_as_pytorch_counts_them(
    visible: str, labels: list[str], driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    cards = devices()[:-1]
    assert [one.label for one in cards] == labels
    assert [one.name for one in cards] == [f"cuda:{place}" for place in range(len(cards))]


ASKED = (Device("cuda:0", "as PyTorch tells", 1 << 30, 1 << 31),)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_torch_cards", lambda: ASKED)


@pytest.mark.parametrize(
    ("visible", "cards"),
    [
        ("MIG-eeee5555", ASKED),
        ("MIG-GPU-aaaa1111/1/0", ASKED),
        ("0,MIG-eeee5555", ASKED),
        ("4", ASKED),
        ("3", None),
        ("-1", ()),
        ("", ()),
    ],
)
def test_pytorch_is_asked_where_the_driver_tells_too_little(
    visible: str, cards: tuple[Device, ...] | None, driver: Path, asked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.write_text(f"{TOLD}4, GPU-ffff6666, GB10, [N/A], [N/A], 0, 12.1\n", encoding="utf-8")
    assert devices()[:-1] == ASKED, "one of all shares the machine's memory"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = devices()[:-1]
    assert found == cards if cards is not None else [card.label for card in found] == ["Tesla T4"]


def test_pytorch_is_asked_where_the_driver_lists_no_card(driver: Path, asked: None) -> None:
    driver.write_text("No devices were found\n", encoding="utf-8")
    assert devices()[:-1] == ASKED


def test_cards_are_told_to_be_counted_as_their_driver_counts_them(
    driver: Path, asked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_DEVICE_ORDER")
    assert len(devices()) == 5
    assert os.environ["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
    assert devices()[:-1] == ASKED
    assert os.environ["CUDA_DEVICE_ORDER"] == "FASTEST_FIRST"


def test_cards_that_cuda_has_counted_already_are_asked_of_it(
    driver: Path, asked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.delenv("CUDA_DEVICE_ORDER")
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    assert devices()[:-1] == ASKED
    assert "CUDA_DEVICE_ORDER" not in os.environ


def test_a_driver_that_fails_leaves_the_processor(driver: Path, tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    assert [one.name for one in devices()] == ["cpu"]


def test_without_pytorch_there_is_the_processor_alone(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_torch", lambda: False)
    assert [one.name for one in devices()] == ["cpu"]


def test_asking_after_devices_does_not_load_pytorch() -> None:
    program = "import sys, models.devices as d; found = d.devices(); print(found[-1].kind, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["cpu", "False"]


def test_a_processor_with_instructions_for_bfloat16_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("model name\t: Big Chip\nflags\t\t: fpu avx512_bf16 amx_bf16\n", encoding="utf-8")
    monkeypatch.setattr(module, "CPUINFO", info)
    monkeypatch.setattr(instructions, "kernel_keeps_tiles", lambda: True)
    found = module.processor()
    assert (found.label, found.precision, found.flags) == ("Big Chip", "bf16", ("amx_bf16", "avx512_bf16"))


@pytest.mark.parametrize(
    ("limit", "keeps_tiles", "left"),
    [
        ("", True, ("amx_bf16", "avx512_bf16")),
        ("", False, ("avx512_bf16",)),
        ("avx512_core_bf16", True, ("avx512_bf16",)),
        ("AVX512_CORE_AMX", True, ("amx_bf16", "avx512_bf16")),
        ("AVX2", True, ()),
    ],
)
def test_instructions_that_are_kept_back_are_not_used(
    limit: str, keeps_tiles: bool, left: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instructions, "kernel_keeps_tiles", lambda: keeps_tiles)
    for name in instructions.LIMITS:
        monkeypatch.setenv(name, limit)
    assert instructions.usable(["fpu", "avx512_bf16", "amx_bf16"]) == left
    assert instructions.usable(["fpu", "avx2"]) == ()


def test_tiles_are_kept_by_no_kernel_that_does_not_show_them() -> None:
    shown = module.CPUINFO.exists() and " amx_tile" in module.CPUINFO.read_text(encoding="utf-8", errors="replace")
    assert shown or not instructions.kernel_keeps_tiles()


@pytest.mark.parametrize(
    ("flags", "wanted", "precisions"),
    [
        ((), "auto", ("fp32", "fp32", "fp32")),
        (("avx512_bf16",), "auto", ("bf16", "fp32", "fp32")),
        (("amx_bf16",), "auto", ("bf16", "bf16", "bf16")),
        (("amx_bf16", "avx512_bf16"), "fp32", ("fp32", "fp32", "fp32")),
        ((), "bf16", ("bf16", "bf16", "bf16")),
    ],
)
def test_each_network_has_the_precision_that_is_quickest_unless_one_is_asked_for(
    flags: tuple[str, ...],
    wanted: ComputePrecision,
    precisions: tuple[Precision, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chip = Device("cpu", "Big Chip", precision="bf16" if flags else "fp32", flags=flags)
    monkeypatch.setattr(hardware_module, "devices", lambda: (chip,))
    hardware = hardware_of(load_settings(compute_device="cpu", compute_precision=wanted))
    assert tuple(hardware.computing(name).precision for name in ("wav2lip", "sadtalker", "gfpgan")) == precisions
    assert hardware.precision("another") == (wanted if wanted != "auto" else "fp32")


def test_a_card_computes_in_the_precision_that_is_asked_for(driver: Path) -> None:
    assert hardware_of(load_settings(compute_device="cuda:3")).precision("gfpgan") == "fp16"
    wanted = load_settings(compute_device="cuda:3", compute_precision="fp32")
    assert hardware_of(wanted).precision("gfpgan") == "fp32"


def test_auto_takes_the_card_with_most_room_and_of_equal_ones_the_least_busy(driver: Path) -> None:
    device, why = choose_device("auto", devices())
    assert device.name == "cuda:2"
    assert why == "the least loaded of 4 cards"
    assert choose_device("cuda", devices())[0].name == "cuda:2"
    assert choose_device("cuda:3", devices())[0].name == "cuda:3"
    assert choose_device("cpu", devices())[0].name == "cpu"


def test_auto_takes_an_apple_gpu_and_else_the_processor() -> None:
    apple = Device("mps", "Apple GPU")
    assert choose_device("auto", [apple, PROCESSOR])[0] == apple
    assert choose_device("auto", [PROCESSOR]) == (PROCESSOR, "there is no GPU that PyTorch can use")


@pytest.mark.parametrize("wanted", ["cuda", "cuda:7", "mps"])
def test_a_device_that_there_is_not_is_refused_with_those_that_there_are(wanted: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"COMPUTE_DEVICE is {wanted}, and networks can use cpu here"):
        choose_device(wanted, [PROCESSOR])


def test_the_choice_lasts_while_the_load_changes_and_what_is_free_is_told_anew(driver: Path) -> None:
    settings = load_settings()
    first = hardware_of(settings)
    driver.write_text(TOLD.replace("39100, 3", "500, 99"), encoding="utf-8")
    second = hardware_of(settings)
    assert (first.device.name, second.device.name) == ("cuda:2", "cuda:2")
    assert (first.device.free, second.device.free) == (39100 << 20, 500 << 20)


@pytest.mark.parametrize(
    ("gigabytes", "wanted", "name"),
    [
        (4, "auto", "low"),
        (8, "auto", "medium"),
        (16, "auto", "high"),
        (144, "auto", "high"),
        (144, "low", "low"),
        (4, "high", "high"),
    ],
)
def test_profiles_go_by_a_cards_memory_or_by_name(gigabytes: int, wanted: str, name: str) -> None:
    card = Device("cuda:0", "a card", total=gigabytes * GIGABYTE)
    found, profile = profile_for(card, wanted)
    assert found == name
    assert profile == getattr(load_profiles(), name)


def test_a_machine_without_a_card_has_a_profile_of_its_own() -> None:
    assert profile_for(PROCESSOR, "high") == ("cpu", load_profiles().cpu)


def test_larger_profiles_take_larger_batches_and_speech_models() -> None:
    known = load_profiles()
    for name in known.low.batches:
        sizes = [profile.batches[name] for profile in (known.cpu, known.low, known.medium, known.high)]
        assert sizes == sorted(sizes)
    assert known.low.engines[0] == "sadtalker"
    assert known.high.engines[0] == "sadtalker-512"


def test_a_wrong_profile_names_its_place(tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    path.write_text(PROFILES_FILE.read_text(encoding="utf-8").replace("gfpgan: 4", "gfpgan: 0"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"profiles\.yaml: medium\.batches\.gfpgan: .* not 0"):
        load_profiles(path)


def test_networks_compute_by_device_and_profile(driver: Path) -> None:
    hardware = hardware_of(load_settings(compute_device="cuda:3", gpu_profile="medium"))
    computing = hardware.computing("sadtalker-512")
    assert (computing.device, computing.precision, computing.batch) == ("cuda:3", "fp16", 2)


def test_the_speech_models_go_by_the_profile_unless_they_are_set(driver: Path) -> None:
    settings = load_settings()
    assert (largest_transcriber(settings), transcriber_device(settings)) == ("large-v3", "cuda:2")
    low = load_settings(gpu_profile="low")
    assert (largest_transcriber(low), transcriber_device(low)) == ("small", "cpu")
    own = load_settings(gpu_profile="low", largest_transcriber_size="tiny", transcriber_device="cuda")
    assert (largest_transcriber(own), transcriber_device(own)) == ("tiny", "cuda")


def test_the_memory_of_a_container_counts_where_it_has_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("max", "3000000"), ("current", "2500000"), ("stat", "anon 5\ninactive_file 1000000\n")):
        (tmp_path / f"memory.{name}").write_text(text, encoding="ascii")
    monkeypatch.setattr(memory, "CONTROL_GROUP", tmp_path)
    found = machine_memory()
    assert found is not None
    assert (found.free, found.total) == (1_500_000, 3_000_000)
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    unlimited = machine_memory()
    assert unlimited is not None
    assert unlimited.total > 3_000_000


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux counts from a moment on")
def test_the_peak_of_memory_counts_from_the_moment_on() -> None:
    bytearray(300_000_000)
    before = peak_bytes()
    if not begin_peak():
        pytest.skip("this system does not let a process reset its peak")
    after = peak_bytes()
    assert before is not None
    assert after is not None
    assert after < before - 200_000_000
    assert card_peak_bytes("cpu") is None


def test_the_page_on_hardware_shows_the_profiles_as_they_are() -> None:
    known = load_profiles()
    profiles = (known.cpu, known.low, known.medium, known.high)
    rows: list[tuple[str, list[Any]]] = [
        ("engines, best first", [", ".join(profile.engines) for profile in profiles]),
        *((f"frames at once, {name}", [profile.batches[name] for profile in profiles]) for name in known.cpu.batches),
        ("the largest Whisper checkpoint", [profile.largest_transcriber_size for profile in profiles]),
        ("where Whisper runs", [profile.transcriber_device for profile in profiles]),
    ]
    page = (PROJECT_ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- profiles: begin -->\n")[2].partition("<!-- profiles: end -->")[0].splitlines()[2:]
    assert shown == [f"| {name} | {' | '.join(map(str, values))} |" for name, values in rows]

"""Checks of the installation: settings, keys, codecs, models, the speech process."""

import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.doctor.check import Check
from api.cli.doctor.machine import folder_problem
from avatar.errors import AvatarError, WeightsError

if TYPE_CHECKING:
    from avatar.settings import Settings
    from models.weights import WeightStore

CODECS: Final = ("libx264", "aac", "libvpx-vp9", "libopus", "prores_ks")
REINSTALL: Final = "Run ./run.sh, or `make demo`, which install what pyproject.toml names."
ENGINE_GROUPS: Final = ("sadtalker", "wav2lip")
COMPILER: Final = "sudo apt-get install gcc python3-dev"
TEST_SENTENCE: Final = "One two three."


def check_codecs() -> Check:
    """Whether PyAV can encode what the formats of videos need."""
    try:
        import av
        from av.codec import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError as error:
        return Check("Codecs", "fail", f"PyAV cannot be loaded: {error}", REINSTALL)
    missing = []
    for name in CODECS:
        try:
            Codec(name, "w")
        except UnknownCodecError:
            missing.append(name)
    if missing:
        return Check("Codecs", "fail", f"PyAV {av.__version__} lacks {', '.join(missing)}", REINSTALL)
    return Check("Codecs", "ok", f"{', '.join(CODECS)} in PyAV {av.__version__}")


def check_models(settings: "Settings") -> Check:
    """Whether the required model files are here, and are what they should be."""
    from models.weights import FileState, WeightStore

    try:
        store = WeightStore.of(settings)
    except AvatarError as error:
        return Check("Models", "fail", error.message, error.cure)
    if problem := folder_problem(settings.checkpoints_dir):
        cure = "Change its permissions, or let CHECKPOINTS_DIR name another folder."
        return Check("Models", "fail", f"CHECKPOINTS_DIR: {problem}", cure)
    required = [file.key for file in store.files if file.required]
    missing = [key for key in required if store.state(key) is FileState.MISSING]
    present = [file.key for file in store.files if store.state(file.key) is not FileState.MISSING]
    for key in present:
        try:
            store.verify(key)
        except WeightsError as error:
            return Check("Models", "fail", error.message, error.cure)
    if missing:
        cure = "They come by themselves with the first video; `python main.py models download` brings them now."
        return Check("Models", "warn", f"not here yet: {', '.join(missing)}", cure)
    return Check("Models", "ok", f"{', '.join(present)} in {settings.checkpoints_dir}")


def check_speech() -> Check:
    """Whether espeak-ng, in its own process, speaks."""
    from audio_processor.tts import speak

    with tempfile.TemporaryDirectory(prefix="avatar-") as folder:
        try:
            spoken = speak(TEST_SENTENCE, language="en", voice=None, folder=Path(folder))
        except AvatarError as error:
            return Check("Text to speech", "fail", error.message, error.cure or REINSTALL)
    return Check("Text to speech", "ok", f"espeak-ng spoke {len(spoken.words)} words in its own process")


def check_puppet() -> Check:
    """Whether the puppet's innermost loops are compiled."""
    from video_processor.renderers.puppet import native

    if native.kernels is not None:
        return Check("Puppet", "ok", "its innermost loops are compiled")
    missing = f"a C compiler with Python's headers (Debian and Ubuntu: {COMPILER}), then"
    install = f"{sys.executable} -m pip install --no-deps -e ."
    return Check(
        "Puppet", "warn", "it draws by NumPy alone, at about half of the speed", f"Install {missing} {install}"
    )


def check_renderers(settings: "Settings") -> Check:
    """The engines, best first, what each one lacks, and whether DEFAULT_RENDERER is one that can run."""
    from models.hardware import hardware_of
    from models.weights import WeightStore
    from video_processor.engine_lacks import Wants, lack
    from video_processor.hybrid_generator import choose, engines

    try:
        store, hardware = WeightStore.of(settings), hardware_of(settings)
        available = engines(store, hardware)
        chosen = choose(settings.default_renderer, available, store, hardware=hardware).name
    except WeightsError as error:
        return Check("Renderers", "warn", error.message, error.cure)
    except AvatarError as error:
        return Check("Renderers", "fail", f"DEFAULT_RENDERER: {error.message}", error.cure)
    able = []
    for name, engine in available.items():
        problem = lack(engine, store, hardware, Wants())
        able.append(f"{name} (passed over: it {problem})" if problem else name)
    return Check("Renderers", "ok", f"{chosen} is taken; {', '.join(able)}", _more_engines(store))


def _more_engines(store: "WeightStore") -> str:
    """How to come by the engines whose checkpoints are not here; empty where all are."""
    from models.downloads import download_command
    from models.weights import NONCOMMERCIAL_CURE

    groups = {file.group: file.commercial for file in store.files if file.group in ENGINE_GROUPS}
    absent = [group for group in groups if not all(map(store.is_present, store.select([group])))]
    said = [
        f"{download_command([group])} brings {group}{'' if groups[group] else ' (non-commercial)'}." for group in absent
    ]
    bound = any(not store.may_use(key) for group in groups for key in store.select([group]))
    return " ".join([*said, *([NONCOMMERCIAL_CURE] if bound else [])])


def check_computing(settings: "Settings") -> Check:
    """Where networks compute, and the profile of it."""
    from models.hardware import hardware_of

    try:
        found = hardware_of(settings)
    except AvatarError as error:
        return Check("Networks", "fail", error.message, error.cure)
    if not found.has_torch:
        return Check("Networks", "ok", "none: PyTorch is not installed (extra `neural`), and none is needed")
    memory = f", {found.device.free / 1e9:.1f} of {found.device.total / 1e9:.1f} GB free" if found.device.total else ""
    detail = f"{found.device.name}, {found.device.label} ({found.why}){memory}; profile {found.profile_name}"
    numbers = ", ".join(f"{name} in {found.precision(name)}" for name in found.profile.batches)
    return Check("Networks", "ok", f"{detail}; {numbers}")


def check_hearing(settings: "Settings") -> Check:
    """Who can hear where somebody speaks, what each one lacks, and whether SPEECH_DETECTOR is one that can."""
    from audio_processor.detectors import DETECTORS, choose_detector, lacking
    from models.weights import WeightStore

    try:
        store = WeightStore.of(settings)
        choose_detector(settings.speech_detector, store)
    except AvatarError as error:
        return Check("Hearing", "fail", f"SPEECH_DETECTOR: {error.message}", error.cure)
    missing = {name: lacking(name, store) for name in DETECTORS}
    able = [f"{name} (not available: it lacks {what})" if what else name for name, what in missing.items()]
    return Check("Hearing", "ok", ", ".join(able))


def check_transcribers(settings: "Settings") -> Check:
    """Who recognises the words of a sound; nobody is needed."""
    from audio_processor.transcription.registry import choose_transcriber
    from models.hardware import largest_transcriber
    from models.weights import WeightStore

    try:
        store = WeightStore.of(settings)
        found = choose_transcriber(settings.default_transcriber, store, largest=largest_transcriber(settings))
    except AvatarError as error:
        return Check("Words of a sound", "fail", f"DEFAULT_TRANSCRIBER: {error.message}", error.cure)
    if found.checkpoint is None:
        return Check("Words of a sound", "ok", f"not recognised: {found.choice.why}; a transcript may be given")
    return Check("Words of a sound", "ok", f"recognised by {found.label}")


def check_settings(settings: "Settings") -> Check:
    """Which keys are set, whose values are never shown, and whether what the settings name is there."""
    from orchestrator.director.choice import choose_director

    fields = type(settings).model_fields
    given = [name.upper() for name in fields if name.endswith("_key") and getattr(settings, name)]
    detail = f"keys set: {', '.join(given) or 'none; none is needed'}"
    try:
        choose_director(settings.default_director, settings)
    except AvatarError as error:
        return Check("Settings", "fail", f"DEFAULT_DIRECTOR: {error.message}", error.cure)
    if not settings.enable_langfuse:
        return Check("Settings", "ok", detail)
    if not {"LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"} <= set(given):
        cure = "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, or ENABLE_LANGFUSE=false."
        return Check("Settings", "warn", f"{detail}; ENABLE_LANGFUSE is on without its keys", cure)
    if importlib.util.find_spec("langfuse") is None:
        cure = f'Run: {sys.executable} -m pip install -e ".[trace]", or set ENABLE_LANGFUSE=false.'
        return Check("Settings", "fail", f"{detail}; ENABLE_LANGFUSE is on, and langfuse is not installed", cure)
    return Check("Settings", "ok", detail)

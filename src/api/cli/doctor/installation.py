"""Checks of the installation: settings, keys, codecs, models, the speech process."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.doctor.check import Check
from avatar.errors import AvatarError, WeightsError

if TYPE_CHECKING:
    from avatar.settings import Settings

CODECS: Final = ("libx264", "aac")
REINSTALL: Final = "Run ./run.sh, or `make demo`, which install what pyproject.toml names."
TEST_SENTENCE: Final = "One two three."


def check_codecs() -> Check:
    """Whether PyAV can encode H.264 and AAC."""
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
        store = WeightStore(settings.checkpoints_dir)
    except AvatarError as error:
        return Check("Models", "fail", error.message, error.cure)
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


def check_settings(settings: "Settings") -> Check:
    """Which keys are set; their values are never shown."""
    fields = type(settings).model_fields
    keys = [name for name in fields if name.endswith("_key")]
    given = [name.upper() for name in keys if getattr(settings, name)]
    detail = f"keys set: {', '.join(given) or 'none; none is needed'}"
    if settings.enable_langfuse and not {"LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"} <= set(given):
        cure = "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, or ENABLE_LANGFUSE=false."
        return Check("Settings", "warn", f"{detail}; ENABLE_LANGFUSE is on without its keys", cure)
    return Check("Settings", "ok", detail)

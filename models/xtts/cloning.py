"""XTTS as it is used here: what it hears of a voice, and the sound that it makes of a text, a second at a time."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from avatar.errors import AvatarError, InputError, MissingExtraError, SynthesisError, WeightsError
from avatar.types import Floats
from models.devices import CPU, MPS
from models.downloads import download_command
from models.xtts.files import KEYS, XttsFiles, read_weights

if TYPE_CHECKING:
    from torch import Tensor

RATE_HZ: Final = 24_000
HEARD_RATE_HZ: Final = 22_050
"""Of the recording of a voice."""

PACKAGE: Final = "coqui-tts"
INSTALL: Final = f'{sys.executable} -m pip install -e ".[xtts]"'
CHUNK_TOKENS: Final = 20
"""Steps between two chunks of sound, 46 ms each."""

SAMPLING: Final = ("temperature", "length_penalty", "repetition_penalty", "top_k", "top_p")


class Latents(NamedTuple):
    """What the network knows of a voice: `conditioning` (1, steps, width) and `speaker` (1, width, 1)."""

    conditioning: "Tensor"
    speaker: "Tensor"


def require_package() -> None:
    """Raises `MissingExtraError` where coqui-tts is not installed."""
    if importlib.util.find_spec("TTS") is None:
        raise MissingExtraError(f"XTTS needs {PACKAGE}, which is not installed.", cure=f"Run: {INSTALL}")


def load_xtts(files: XttsFiles, device: str) -> "XttsNetwork":
    """The network with the weights of `files`, on `device`; Apple's GPUs lack what it needs, and it computes beside.

    Raises `MissingExtraError` where coqui-tts or what it needs is not here or does not fit PyTorch, `WeightsError`.
    """
    require_package()
    configuration, network = _classes()
    try:
        config = configuration()
        config.load_json(str(files.config))
        model = network(config)
        model.load_checkpoint(
            config,
            checkpoint_path=str(files.weights),
            vocab_path=str(files.vocabulary),
            speaker_file_path=str(files.speakers),
            eval=True,
        )
    except AvatarError:
        raise
    except Exception as error:  # whatever its reader stumbles on
        raise _unusable(files.weights, str(error)) from None
    return XttsNetwork(model.to(CPU if device == MPS else device), config)


def _classes() -> tuple[Any, Any]:
    """The configuration and the network, the latter with our own reader of its file."""
    try:
        from TTS.tts.configs.xtts_config import XttsConfig
        from TTS.tts.models.xtts import Xtts
    except Exception as error:  # a library that does not fit PyTorch ends in an OSError
        raise MissingExtraError(
            f"XTTS cannot be used here: {_line(str(error))}.",
            cure=f"Run: {INSTALL}; with a PyTorch for the processor alone, torchaudio must be one too: docs/speech.md.",
        ) from None

    class OfficialXtts(Xtts):  # type: ignore[misc]
        """Reads its file without writing it anew."""

        def get_compatible_checkpoint_state_dict(self, model_path: Path) -> "dict[str, Tensor]":
            return read_weights(Path(model_path))

    return XttsConfig, OfficialXtts


class XttsNetwork:
    """`model` and `config` as coqui-tts has them. Not for several threads at once."""

    def __init__(self, model: Any, config: Any) -> None:
        self._model = model
        self._config = config
        self._sampling = {name: getattr(config, name) for name in SAMPLING}

    @property
    def ready_voices(self) -> tuple[str, ...]:
        """Names of the voices that came with the network."""
        return tuple(self._speakers)

    @property
    def _speakers(self) -> Mapping[str, Any]:
        manager = self._model.speaker_manager
        return manager.speakers if manager is not None else {}

    def ready_voice(self, name: str) -> Latents:
        """Raises `InputError` for a voice that is not there."""
        if name not in self._speakers:
            raise InputError(f"XTTS has no voice '{name}'.", cure=f"There are {', '.join(self.ready_voices)}.")
        conditioning, speaker = self._speakers[name].values()
        return Latents(conditioning, speaker)

    def heard_voice(self, samples: Floats) -> Latents:
        """That of a recording: mono `samples` at 22.05 kHz, of which the first `max_ref_len` seconds count.

        Raises `SynthesisError`.
        """
        import torch

        sound = torch.from_numpy(np.ascontiguousarray(samples[: HEARD_RATE_HZ * self._config.max_ref_len]))[None]
        sound = sound.to(self._model.device)
        if self._config.sound_norm_refs:
            sound = sound / sound.abs().max() * 0.75
        try:
            conditioning = self._model.get_gpt_cond_latents(
                sound,
                HEARD_RATE_HZ,
                length=self._config.gpt_cond_len,
                chunk_length=self._config.gpt_cond_chunk_len,
            )
            return Latents(conditioning, self._model.get_speaker_embedding(sound, HEARD_RATE_HZ))
        except Exception as error:
            raise SynthesisError(f"XTTS could not hear the voice of a recording: {_line(str(error))}.") from None

    def spoken(self, text: str, language: str, voice: Latents) -> Iterator[Floats]:
        """Mono sound (n,) at 24 kHz, about a second at a time; `language` is a code such as `zh`.

        Raises `SynthesisError`.
        """
        try:
            for chunk in self._model.inference_stream(
                text,
                language,
                voice.conditioning,
                voice.speaker,
                stream_chunk_size=CHUNK_TOKENS,
                **self._sampling,
            ):
                yield _samples(chunk)
        except AvatarError:
            raise
        except Exception as error:
            raise SynthesisError(f"XTTS failed on the text '{text[:40]}': {_line(str(error))}.") from None


def _samples(chunk: Any) -> Floats:
    found: Floats = chunk.detach().float().cpu().numpy().reshape(-1)
    if not np.isfinite(found).all():
        raise SynthesisError(
            "XTTS made a sound that is no numbers (NaN).", cure="Run `python main.py models verify xtts`."
        )
    return np.clip(found, -1.0, 1.0)


def _line(problem: str) -> str:
    return " ".join(problem.split()).rstrip(".")[:300] or "it does not say why"


def _unusable(path: Path, problem: str) -> WeightsError:
    return WeightsError(f"{path.name} cannot be used: {_line(problem)}.", cure=f"Run {download_command(KEYS)}.")

"""What every talking head can do, whatever engine draws it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from typing_extensions import Self

from avatar.errors import DiskSpaceError
from avatar.settings import Settings, parse_fps
from avatar.types import Portrait
from models.hardware import Hardware
from models.loaded import LoadedNetworks
from models.weights import WeightStore
from talking_heads.builtin_errors import builtin_errors, existing
from talking_heads.modes import Mode
from talking_heads.speaker import Speaker, Taken
from video_processor.estimates.estimate import device_of, estimate_generation_time
from video_processor.estimates.past import PastRun, PastRuns
from video_processor.renderers.base import Renderer

DEFAULT_FPS: Final = 25


class TalkingHead:
    """A portrait that speaks in this process, with one engine and no other in its place. Safe for threads.

    `image`: a picture (JPEG, PNG, WebP, ...) or a film of a person. Raises ValueError where no face can be animated in
    it. Use it in a `with` block, or call `cleanup`.
    """

    def __init__(
        self,
        image: Path,
        renderer: Renderer,
        mode: Mode,
        *,
        hardware: Hardware,
        settings: Settings,
        networks: LoadedNetworks,
    ) -> None:
        self._networks = networks
        self._mode, self._renderer, self._hardware = mode, renderer, hardware
        self._past = PastRuns(settings.data_dir)
        with builtin_errors():
            self._speaker = Speaker(image, renderer, mode.size, settings)

    def preprocess_avatar(self) -> Portrait:
        """Does ahead what depends on the portrait alone, and loads the networks; `generate` does it where it must.

        The portrait at the video's size: `image` (H, W, 3) uint8 RGB, `landmarks` (478, 3) pixels, and its measures.
        Raises RuntimeError where a checkpoint is missing or wrong.
        """
        with builtin_errors():
            return self._speaker.prepare()

    def generate(
        self,
        audio_path: str | Path,
        output_path: str | Path,
        fps: float | str = DEFAULT_FPS,
        include_audio: bool = True,
    ) -> str:
        """The video of a sound file of up to five minutes, at `output_path` (.mp4, .webm or .mov); its absolute path.

        Missing folders are made; a file that is there is replaced once the video is whole. `fps`: 1 to 120, such as 25,
        29.97 or "30000/1001". Raises FileNotFoundError where `audio_path` is missing, ValueError where it is no sound
        or lasts longer, and for a wrong `fps`, RuntimeError where drawing or writing fails.
        """
        sound, output = existing(audio_path, "sound"), Path(output_path).absolute()
        rate = parse_fps(str(fps))
        with builtin_errors():
            taken = self._speaker.speak(sound, output, rate, self._mode.coding, with_sound=include_audio)
        with suppress(OSError, DiskSpaceError):
            self._past.add(self._run(taken))
        return str(output)

    def estimate_generation_time(self, audio_duration: float, fps: float | str = DEFAULT_FPS) -> float:
        """Seconds that `generate` will take for so many seconds of sound; learned from what earlier videos took here.

        Raises ValueError where `audio_duration` is not above 0, and for a wrong `fps`.
        """
        if not audio_duration > 0:
            raise ValueError(f"A sound of {audio_duration:g} seconds cannot be spoken; it must last longer than 0.")
        engine, size, rate = self._renderer.capabilities.name, self._mode.size, parse_fps(str(fps))
        return estimate_generation_time(
            audio_duration, engine, size, rate, hardware=self._hardware, past=self._past
        ).seconds

    def get_model_info(self) -> dict[str, Any]:
        """`model_name`, `quality_mode`, `device`, `output_resolution` (width, height), `model_loaded`."""
        return {
            "model_name": self._renderer.capabilities.name,
            "quality_mode": self._mode.name,
            "device": self._hardware.device.name,
            "output_resolution": (self._mode.size.width, self._mode.size.height),
            "model_loaded": self._speaker.is_prepared,
        }

    def _run(self, taken: Taken) -> PastRun:
        engine, size = self._renderer.capabilities.name, self._mode.size
        return PastRun(
            engine=engine,
            device=device_of(engine, self._hardware),
            width=size.width,
            height=size.height,
            frames=taken.frames,
            sound=taken.sound,
            drawing=taken.drawing,
            preparing=taken.preparing,
            rest=taken.rest,
            batch=self._hardware.profile.batches.get(engine, 1),
        )

    def cleanup(self) -> None:
        """Gives back memory, the GPU's too, and temporary files. What is called afterwards prepares anew."""
        self._speaker.release()
        self._networks.release()
        _empty_cards()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cleanup()


def store_for(settings: Settings, given: Mapping[str, str | Path | None], *, or_folder: str = "") -> WeightStore:
    """The model files, with those of `given` for its keys; for the key `or_folder` a folder will do.

    Raises FileNotFoundError for one that is missing.
    """
    own = {
        key: existing(path, "checkpoint", or_folder=key == or_folder) for key, path in given.items() if path is not None
    }
    return WeightStore(settings.checkpoints_dir, noncommercial=settings.allow_noncommercial_weights, given=own)


def _empty_cards() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()

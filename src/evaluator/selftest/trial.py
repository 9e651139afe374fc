"""An engine proves itself on this machine: a known portrait speaks known sentences, and the video is measured."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from audio_processor.wave_file import write_wave
from avatar.errors import AvatarError, InputError
from avatar.settings import Settings
from avatar.types import SAMPLE_RATE_HZ, Floats
from evaluator.bounds import Bound
from evaluator.making import Made, make
from evaluator.runs import Bench, Run, measured
from evaluator.scenarios import Scenario
from evaluator.selftest.sheet import write_sheet
from models.hardware import hardware_of
from models.memory import begin_peak, peak_bytes
from models.weights import WeightStore
from orchestrator.context import OnProgress
from video_processor.hybrid_generator import engines

TEXTS: Final = (
    "Good morning. My name is Grace, and I have brought a problem of mine.",
    "Peter Piper picked a peck of pickled peppers; we were away a year ago.",
)
SILENCE_SECONDS: Final = 1.8
"""Between them and after them: lips are to be closed there."""
THRESHOLDS: Final = {
    "lip_correlation": Bound(at_least=0.4, at_most=None),
    "lip_offset_ms": Bound(at_least=-80, at_most=80),
    "closed_in_silence": Bound(at_least=0.8, at_most=None),
    "flicker": Bound(at_least=None, at_most=2.0),
    "identity_ssim": Bound(at_least=0.4, at_most=None),
    "lse_c": Bound(at_least=2.0, at_most=None),
}
"""What any engine with the right checkpoint reaches: far under what good ones do, far over what noise does."""

SHEET_FILE: Final = "sheet.png"
BYTES_PER_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What an engine did: its `run` with verdicts, frames drawn a second, and the peak memory of process and GPU in MB.

    Memory is None where the system does not tell it. `sheet` is a picture of the frames; None, like `video`, where
    there is none. `took_over` says who drew in its place.
    """

    engine: str
    run: Run
    frames_per_second: float = 0.0
    memory_mb: float | None = None
    gpu_memory_mb: float | None = None
    video: Path | None = None
    sheet: Path | None = None
    took_over: str = ""

    @property
    def passed(self) -> bool:
        return self.run.passed and not self.took_over

    def to_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "drawn_by": self.run.renderer or None,
            "passed": self.passed,
            "error": self.run.error or self.took_over or None,
            "metrics": {name: value.to_json() for name, value in self.run.values.items()},
            "verdicts": [verdict.to_json() for verdict in self.run.verdicts],
            "quality": list(self.run.quality),
            "frames_per_second": round(self.frames_per_second, 2),
            "memory_mb": None if self.memory_mb is None else round(self.memory_mb),
            "gpu_memory_mb": None if self.gpu_memory_mb is None else round(self.gpu_memory_mb),
            "seconds": self.run.seconds,
            "video": None if self.video is None else str(self.video),
            "sheet": None if self.sheet is None else str(self.sheet),
        }


def try_engine(
    engine: str, settings: Settings, folder: Path, *, size: int = 512, on_progress: OnProgress | None = None
) -> Trial:
    """Writes `video.mp4` and `sheet.png` into `folder`. What goes wrong is the trial's error.

    Raises `InputError` for an unknown engine.
    """
    known = engines(WeightStore.of(settings), hardware_of(settings))
    if engine not in known:
        raise InputError(f"There is no engine '{engine}'.", cure=f"There are: {', '.join(known)}.")
    scenario = Scenario(
        name=f"selftest of {engine}",
        portrait="grace-hopper",
        audio=_spoken(folder),
        size=size,
        fps="25",
        renderer=engine,
        thresholds=THRESHOLDS if known[engine].capabilities.moves else {},
    )
    begin_peak()
    try:
        made = make(scenario, settings, folder, on_progress)
    except AvatarError as error:
        return Trial(engine, Run(scenario, error=str(error)))
    return _measured(engine, scenario, made, settings, folder)


def _spoken(folder: Path) -> Path:
    """The texts as a sound file, mono at 16 kHz."""
    parts: list[Floats] = []
    for number, text in enumerate(TEXTS):
        place = folder / f"text-{number}"
        path = speak(text, language="en", voice=None, folder=place).path
        clip = decode_audio(path, place, max_minutes=1.0, max_megabytes=64.0)
        parts += [clip.samples, np.zeros(round(SILENCE_SECONDS * SAMPLE_RATE_HZ), np.float32)]
    decoded, path = folder / "speech.f32", folder / "speech.wav"
    np.concatenate(parts).astype(np.float32).tofile(decoded)
    write_wave(decoded, path)
    return path


def _measured(engine: str, scenario: Scenario, made: Made, settings: Settings, folder: Path) -> Trial:
    result, peak = made.result, peak_bytes()
    drawn_by = result.renderer.name if result.renderer else ""
    try:
        run = measured(scenario, Bench(settings), made, folder)
    except AvatarError as error:
        run = Run(scenario, error=str(error), seconds=result.seconds, quality=result.quality, renderer=drawn_by)
    drawing = result.seconds.get("video_generation", 0.0)
    return Trial(
        engine=engine,
        run=run,
        frames_per_second=result.frames / drawing if drawing else 0.0,
        memory_mb=None if peak is None else peak / BYTES_PER_MEGABYTE,
        gpu_memory_mb=_gpu_megabytes(),
        video=made.video,
        sheet=write_sheet(made.video, made.portrait, folder / SHEET_FILE),
        took_over="" if drawn_by == engine else f"{drawn_by} drew in its place: {_why(made)}",
    )


def _why(made: Made) -> str:
    renderer = made.result.renderer
    return "; ".join(renderer.passed_over) or renderer.why if renderer else "nobody knows why"


def _gpu_megabytes() -> float | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return float(torch.cuda.max_memory_allocated()) / BYTES_PER_MEGABYTE

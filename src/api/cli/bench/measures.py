"""What is measured, one after the other, and what it is held against."""

from pathlib import Path
from typing import Final

import typer

from api.cli.bench.hearing import ANALYSIS_TARGET, HOUR_TARGET_MB, LIPS_TARGET, TAIL_TARGET_MS
from api.cli.bench.motion import MOTION_TARGET
from api.cli.bench.processes import help_seconds, run_generate, run_json
from api.cli.bench.puppet import MEMORY_TARGET_MB, PREPARE_TARGET_S, TARGETS_FPS
from api.cli.bench.report import Benchmark, Figure
from api.cli.bench.service import first_picture_seconds, measure_overhead, warm_client
from api.cli.bench.speech import base_clip, shifted, write_speech
from avatar.types import AudioClip
from models.weights import WeightStore

PORTRAIT: Final = "portrait-grace-hopper"
WARM_MODULE: Final = "api.cli.bench.warm"
HEARING_MODULE: Final = "api.cli.bench.hearing"
PUPPET_MODULE: Final = "api.cli.bench.puppet"
MOTION_MODULE: Final = "api.cli.bench.motion"
SHORT_SECONDS: Final = 10.0
MINUTE: Final = 60.0
LONG_SECONDS: Final = 600.0
HOUR: Final = 3600.0

COLD_TARGET_S: Final = 8.0
WARM_TARGET_S: Final = 4.0
HELP_TARGET_S: Final = 0.5
SERVICE_TARGET_S: Final = 0.3
FIRST_PICTURE_TARGET_S: Final = 3.0
SERVICE_RUNS: Final = 3
MEMORY_TARGET_GB: Final = 1.2
MEMORY_RATIO_TARGET: Final = 1.2


def bring_portrait(checkpoints: Path) -> Path:
    """Grace Hopper's picture; everything that a video needs is brought first."""
    store = WeightStore(checkpoints)
    needed = [file.key for file in store.files if file.required or file.key == PORTRAIT]
    store.fetch([key for key in needed if not store.is_present(key)])
    return store.path(PORTRAIT)


def measure(image: Path, recording: Path | None, folder: Path, *, quick: bool) -> Benchmark:
    """All measures. Every video is made by another process, and this one stays small: a process that is
    started counts what its starter has in memory at that moment as its own.
    """
    benchmark = Benchmark()
    clip = base_clip(recording, folder)
    short = write_speech(clip, SHORT_SECONDS, folder / "short.wav")
    _measure_cold(benchmark, image, short, folder)
    _measure_warm(benchmark, image, short, folder)
    _measure_puppet(benchmark, image)
    _measure_hearing(benchmark, clip, folder, quick=quick)
    _measure_motion(benchmark, clip, folder)
    _measure_service(benchmark, image, clip, folder, quick=quick)
    _measure_memory(benchmark, image, clip, folder, quick=quick)
    _say("main.py --help")
    benchmark.figures.append(Figure("main.py --help, median of 5", help_seconds(), "s", HELP_TARGET_S))
    return benchmark


def _measure_cold(benchmark: Benchmark, image: Path, audio: Path, folder: Path) -> None:
    name = "10 s of speech, whole command, cold"
    _say(name)
    run = run_generate(image, audio, _made(folder / "cold"))
    benchmark.figures.append(Figure(name, run.seconds, "s", COLD_TARGET_S))
    benchmark.stages["cold"] = run.output["seconds"]


def _measure_warm(benchmark: Benchmark, image: Path, audio: Path, folder: Path) -> None:
    name = "10 s of speech, pipeline alone, warm"
    _say(f"{name}; renderer; encoder")
    warm = run_json(["-m", WARM_MODULE, str(image), str(audio), str(_made(folder / "warm"))]).output
    benchmark.figures += [
        Figure(name, warm["seconds"], "s", WARM_TARGET_S),
        Figure(f"renderer {warm['renderer']}, one thread", warm["renderer_fps"], "frames/s"),
        Figure("encoder", warm["encoder_fps"], "frames/s"),
    ]
    benchmark.stages["warm"] = warm["stages"]


def _measure_puppet(benchmark: Benchmark, image: Path) -> None:
    _say("puppet on one core, three sizes; preparing a portrait")
    taken = run_json(["-m", PUPPET_MODULE, str(image)]).output
    sizes = ((f"{size.width}x{size.height}", target) for size, target in TARGETS_FPS.items())
    benchmark.figures += [
        *(
            Figure(f"puppet, {size}, one core", taken["fps"][size], "frames/s", fps, at_least=True)
            for size, fps in sizes
        ),
        Figure("puppet, 512x512, compared with its loops in NumPy", taken["times_plain"], "times"),
        Figure("puppet, preparing a portrait at 512x512", taken["prepare_seconds"], "s", PREPARE_TARGET_S),
        Figure("puppet, memory of a prepared portrait at 512x512", taken["prepared_mb"], "MB", MEMORY_TARGET_MB),
    ]


def _measure_hearing(benchmark: Benchmark, clip: AudioClip, folder: Path, *, quick: bool) -> None:
    """Speed over a minute of speech, and the memory that an hour of it takes more."""
    _say("speech analysis on one core")
    audio = write_speech(clip, MINUTE, folder / "minute.wav")
    minute = run_json(["-m", HEARING_MODULE, str(audio)])
    heard, times = minute.output["detector"], "times real time"
    benchmark.figures += [
        Figure(
            f"speech analysis by {heard}, one core", minute.output["analysis"], times, ANALYSIS_TARGET, at_least=True
        ),
        Figure("features and lips, one core", minute.output["lips"], times, LIPS_TARGET, at_least=True),
        Figure("lips of a live chunk of 40 ms, one core", minute.output["tail_ms"], "ms", TAIL_TARGET_MS),
    ]
    if quick or minute.peak_bytes is None:
        return
    _say("speech analysis of an hour")
    audio = write_speech(clip, HOUR, folder / "hour.wav")
    hour = run_json(["-m", HEARING_MODULE, str(audio)])
    audio.unlink()
    name = "speech analysis of an hour"
    benchmark.figures.append(Figure(name, hour.output["analysis"], times, ANALYSIS_TARGET, at_least=True))
    if hour.peak_bytes is not None:
        more = (hour.peak_bytes - minute.peak_bytes) / 1e6
        benchmark.figures.append(Figure(f"{name}, memory over that of a minute", more, "MB", HOUR_TARGET_MB))


def _measure_motion(benchmark: Benchmark, clip: AudioClip, folder: Path) -> None:
    name = "motion synthesis, one core"
    _say(name)
    audio = write_speech(clip, MINUTE, folder / "moved.wav")
    faster = run_json(["-m", MOTION_MODULE, str(audio)]).output["times_real"]
    benchmark.figures.append(Figure(name, faster, "times real time", MOTION_TARGET, at_least=True))


def _measure_service(benchmark: Benchmark, image: Path, clip: AudioClip, folder: Path, *, quick: bool) -> None:
    """Every sound is another one, so that nothing of it has been made before."""
    sounds = [
        write_speech(shifted(clip, number + 1.0), SHORT_SECONDS, folder / f"service-{number}.wav")
        for number in range(SERVICE_RUNS + 1)
    ]
    with warm_client(_made(folder / "service"), image, sounds[0]) as client:
        _say("10 s of speech, request to the warm service")
        overhead = measure_overhead(client, image, sounds[1:])
        benchmark.stages["service"] = overhead.stages
        benchmark.figures += [
            Figure("10 s of speech, request to finished file, warm service", overhead.request, "s", WARM_TARGET_S),
            Figure("of that, the service beside the pipeline", overhead.added, "s", SERVICE_TARGET_S),
        ]
        if not quick:
            _say("10 min of speech, first picture over HLS")
            audio = write_speech(clip, LONG_SECONDS, folder / "watched.wav")
            seconds = first_picture_seconds(client, image, audio)
            name = "10 min of speech, request to first picture over HLS"
            benchmark.figures.append(Figure(name, seconds, "s", FIRST_PICTURE_TARGET_S))


def _measure_memory(benchmark: Benchmark, image: Path, clip: AudioClip, folder: Path, *, quick: bool) -> None:
    peaks: list[float] = []
    for seconds in (MINUTE,) if quick else (MINUTE, LONG_SECONDS):
        name = f"{seconds / MINUTE:g} min of speech"
        _say(f"{name}, peak memory")
        audio = write_speech(clip, seconds, folder / "long.wav")
        run = run_generate(image, audio, _made(folder / f"memory-{seconds:g}"))
        benchmark.stages[name] = run.output["seconds"]
        if run.peak_bytes is not None:
            peaks.append(run.peak_bytes / 1e9)
            benchmark.figures.append(Figure(f"{name}, peak memory", peaks[-1], "GB", MEMORY_TARGET_GB))
    if len(peaks) > 1:
        ratio = peaks[1] / peaks[0]
        benchmark.figures.append(Figure("peak memory, 10 min over 1 min", ratio, "times", MEMORY_RATIO_TARGET))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _say(what: str) -> None:
    typer.echo(f"Measuring: {what}", err=True)

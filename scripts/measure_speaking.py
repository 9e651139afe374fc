"""Measures what a second of speech costs here, by espeak-ng and by Kokoro, whose files need not be there.

python scripts/measure_speaking.py [--quick] [--cores N ...] [--rounds N] [--json FILE]

Kokoro speaks with random weights of the official size: the sound says nothing; the time is that of the real network.
`first sound, s` is what somebody waits for a short first sentence; `wall` and `processor` are seconds of the clock and
of the processor for each second of speech.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audio_processor.speaking.base import Speaker
from audio_processor.speaking.espeak import EspeakSpeaker
from audio_processor.speaking.espeak_line import EspeakLine
from audio_processor.speaking.kokoro import Kokoro
from avatar.settings import Settings, core_count
from models.devices import processor
from models.kokoro.network import KOKORO
from models.kokoro.symbols import CONTEXT
from models.kokoro.voices import STYLE_SIZE, VOICES
from models.loaded import LoadedNetworks
from models.weights import WeightStore
from scripts.measuring.figures import plain_table
from scripts.speaking.kokoro_graph import KokoroSize, write_kokoro

FRAMES_A_SYMBOL: Final = 3.5
"""As people speak: 14 symbols a second, 25 ms a frame; random weights take half of the most frames."""

SENTENCES: Final = {
    "en": ("Good morning to you.", "The weather is fine today, and we can walk to the park after lunch."),
    "es": ("Buenos días a todos.", "Hoy hace buen tiempo, y podemos caminar hasta el parque después de comer."),
    "zh": ("大家早上好。", "今天天气很好，我们吃完午饭以后可以一起走到公园去散步。"),
}


ESPEAK_REPEATS: Final = 20
"""A sentence takes espeak-ng some milliseconds: so many are measured together."""

Row = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="English alone")
    parser.add_argument("--cores", type=int, nargs="+", default=[core_count()], help="of Kokoro's network")
    parser.add_argument("--rounds", type=int, default=1, help="of which the quickest counts")
    parser.add_argument("--json", type=Path, help="where the table goes as JSON")
    given = parser.parse_args(arguments)
    console = Console()
    languages = list(SENTENCES)[: 1 if given.quick else None]
    rows = [espeak_row(language) for language in languages]
    with tempfile.TemporaryDirectory(prefix="avatar-kokoro-") as folder:
        store, weights = random_files(Path(folder))
        rows += [row for cores in given.cores for row in kokoro_rows(store, cores, given.rounds, languages)]
    title = "Seconds for each second of speech; Kokoro with random weights"
    console.print(f"{processor().label}, {core_count()} cores; {weights / 1e6:.1f} million weights", highlight=False)
    console.print(plain_table(title, [[*rows[0]], *([str(cell) for cell in row.values()] for row in rows)]))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def espeak_row(language: str) -> Row:
    """One process alone speaks: its time is known when it has ended, and that of its start is taken off."""
    first, second = SENTENCES[language]
    text = f"{first} {second}"
    line = EspeakLine()
    speaker = EspeakSpeaker(line)
    list(speaker.speak(first, language=language))
    wait, _, _ = timed(speaker, first, language)
    line.close()
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    list(speaker.speak(first, language=language))
    line.close()
    alone = resource.getrusage(resource.RUSAGE_CHILDREN)
    list(speaker.speak(first, language=language))
    runs = [timed(speaker, text, language) for _ in range(ESPEAK_REPEATS)]
    line.close()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    length = sum(run[2] for run in runs)
    outside = max(0.0, used(ended) - 2 * used(alone) + used(started))
    inside = sum(run[1] for run in runs)
    return row(
        "espeak", language, 1, wait, runs[0][2], sum(run[0] for run in runs) / length, (inside + outside) / length
    )


def used(usage: resource.struct_rusage) -> float:
    """Seconds of the processor."""
    return usage.ru_utime + usage.ru_stime


def random_files(folder: Path) -> tuple[WeightStore, int]:
    """A store that holds a network of the official size with random weights, and how many those are."""
    import numpy as np

    files = {KOKORO: folder / "kokoro.onnx", VOICES: folder / "voices.npz"}
    weights = write_kokoro(files[KOKORO], KokoroSize(most_frames=round(2 * FRAMES_A_SYMBOL)))
    style = np.full((CONTEXT, 1, STYLE_SIZE), 0.1, np.float32)
    np.savez(files[VOICES], allow_pickle=False, af_heart=style, ef_dora=style, zf_xiaoxiao=style)
    return WeightStore(folder, given=files), weights


def kokoro_rows(store: WeightStore, cores: int, rounds: int, languages: Sequence[str]) -> list[Row]:
    speaker = Kokoro(Settings(), store, threads=cores, networks=LoadedNetworks())
    list(speaker.speak("Hello.", language="en"))
    rows = []
    for language in languages:
        first, second = SENTENCES[language]
        wait = min(timed(speaker, first, language)[0] for _ in range(rounds))
        whole = [timed(speaker, f"{first} {second}", language) for _ in range(rounds)]
        length = whole[0][2]
        wall, busy = min(run[0] for run in whole) / length, min(run[1] for run in whole) / length
        rows.append(row("kokoro", language, cores, wait, length, wall, busy))
    return rows


def row(engine: str, language: str, cores: int, wait: float, length: float, wall: float, busy: float) -> Row:
    return {
        "engine": engine,
        "language": language,
        "cores": cores,
        "first sound, s": round(wait, 3),
        "speech, s": round(length, 1),
        "wall": round(wall, 4),
        "processor": round(busy, 4),
    }


def timed(speaker: Speaker, text: str, language: str) -> tuple[float, float, float]:
    """Seconds of the clock, of the processor, and of the speech."""
    clock, used = time.perf_counter(), time.process_time()
    length = sum(piece.duration for piece in speaker.speak(text, language=language))
    return time.perf_counter() - clock, time.process_time() - used, length


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

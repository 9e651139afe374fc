"""Measures how fast Kokoro speaks here, with random weights of the official size: its files need not be there.

python scripts/measure_speaking.py [--cores N ...] [--rounds N] [--json FILE]

The sound says nothing; the time is that of the real network. `real-time factor` is processor time, `first sound` and
`wall` are what somebody waits, for a short first sentence and for each second of speech.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

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


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, nargs="+", default=sorted({1, core_count()}), help="of the network")
    parser.add_argument("--rounds", type=int, default=3, help="of which the quickest counts")
    parser.add_argument("--json", type=Path, help="where the table goes as JSON")
    given = parser.parse_args(arguments)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="avatar-kokoro-") as folder:
        store, weights = random_files(Path(folder))
        rows = [row for cores in given.cores for row in measured(store, cores, given.rounds)]
    console.print(f"{processor().label}, {core_count()} cores; {weights / 1e6:.1f} million weights", highlight=False)
    console.print(
        plain_table("Kokoro, random weights", [[*rows[0]], *([str(cell) for cell in row.values()] for row in rows)])
    )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def random_files(folder: Path) -> tuple[WeightStore, int]:
    """A store that holds a network of the official size with random weights, and how many those are."""
    import numpy as np

    files = {KOKORO: folder / "kokoro.onnx", VOICES: folder / "voices.npz"}
    weights = write_kokoro(files[KOKORO], KokoroSize(most_frames=round(2 * FRAMES_A_SYMBOL)))
    style = np.full((CONTEXT, 1, STYLE_SIZE), 0.1, np.float32)
    np.savez(files[VOICES], allow_pickle=False, af_heart=style, ef_dora=style, zf_xiaoxiao=style)
    return WeightStore(folder, given=files), weights


def measured(store: WeightStore, cores: int, rounds: int) -> list[dict[str, Any]]:
    speaker = Kokoro(Settings(), store, threads=cores, networks=LoadedNetworks())
    list(speaker.speak("Hello.", language="en"))
    rows = []
    for language, (first, second) in SENTENCES.items():
        waits = [timed(speaker, first, language) for _ in range(rounds)]
        whole = [timed(speaker, f"{first} {second}", language) for _ in range(rounds)]
        rows.append(
            {
                "language": language,
                "cores": cores,
                "first sound, s": round(min(wall for wall, _, _ in waits), 2),
                "speech, s": round(whole[0][2], 1),
                "wall": round(min(wall / length for wall, _, length in whole), 2),
                "real-time factor": round(min(used / length for _, used, length in whole), 2),
            }
        )
    return rows


def timed(speaker: Kokoro, text: str, language: str) -> tuple[float, float, float]:
    """Seconds of the clock, of the processor, and of the speech."""
    clock, used = time.perf_counter(), time.process_time()
    length = sum(piece.duration for piece in speaker.speak(text, language=language))
    return time.perf_counter() - clock, time.process_time() - used, length


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

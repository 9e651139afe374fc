"""How far aligned words lie from where they are: `python scripts/measure_alignment.py [--samples DIR] [--minutes N]`.

Speech whose times are known: espeak-ng in voices that the alignment does not use, festival where it is installed, and
with `--samples` sentences of TIMIT, whose phones people marked. With `--minutes` a long text, for time and memory.
"""

import argparse
import csv
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import which
from typing import Final, NamedTuple

import numpy as np

from audio_processor.alignment.align import align
from audio_processor.captions.given import read_transcript
from audio_processor.decode import decode_audio
from audio_processor.tts import speak
from avatar.types import Transcript

ENGLISH: Final = (
    "The old harbour was quiet that morning, and nobody expected the storm. Seven fishermen walked along the pier, "
    "talking about prices, weather and family. One of them stopped, looked up at the sky, and whispered something that "
    "made the others laugh."
)
GERMAN: Final = (
    "Der alte Hafen lag am Morgen still da, und niemand rechnete mit einem Sturm. Sieben Fischer gingen den Steg "
    "entlang und sprachen über Preise, Wetter und Familie."
)
FRENCH: Final = (
    "Le vieux port était calme ce matin, et personne ne s'attendait à la tempête. Sept pêcheurs marchaient le long du "
    "quai en parlant du temps."
)
CHINESE: Final = "今天早上老港口很安静，没有人想到会有暴风雨。七个渔夫沿着码头走，谈论着价格、天气和家庭。"
VOICES: Final = (
    ("en-us", "f2", ENGLISH),
    ("en-gb", "m7", ENGLISH),
    ("en-us", "Annie", ENGLISH),
    ("de", "f3", GERMAN),
    ("fr-fr", "m3", FRENCH),
    ("cmn", "f2", CHINESE),
)
WORDS_PER_SECOND: Final = 2.1

TIMIT: Final = (
    ("sa1", "She had your dark suit in greasy wash water all year.", (1, 3, 6, 8, 13, 16, 17, 23, 27, 31, 33)),
    (
        "si1027",
        "Even then, if she took one step forward, he could catch her.",
        (1, 4, 8, 10, 12, 17, 20, 25, 31, 33, 36, 42),
    ),
)
"""Sentences of speaker f1, and the number of each word's first phone in its file."""

FESTIVAL: Final = """(voice_kal_diphone) (set! u (SynthText "{text}")) (utt.save.wave u "{path}")
(mapcar (lambda (w) (format t "%f\\n" (item.feat w "word_start"))) (utt.relation.items u 'Word))"""


class Case(NamedTuple):
    """A recording, what is said in it, and when each word begins."""

    name: str
    path: Path
    text: str
    language: str
    onsets: Sequence[float]


def espeak_cases(folder: Path) -> Iterator[Case]:
    for language, voice, text in VOICES:
        spoken = speak(text, language=language, voice=voice, folder=folder / f"{language}-{voice}")
        yield Case(f"espeak-ng {language} {voice}", spoken.path, text, language, [word.start for word in spoken.words])


def festival_cases(folder: Path) -> Iterator[Case]:
    program = which("festival")
    if program is None:
        return
    path, script = folder / "festival.wav", folder / "festival.scm"
    script.write_text(FESTIVAL.format(text=ENGLISH, path=path), encoding="utf-8")
    said = subprocess.run([program, "-b", str(script)], capture_output=True, text=True, check=True).stdout
    yield Case("festival kal_diphone", path, ENGLISH, "en-us", [float(line) for line in said.split()])


def timit_cases(samples: Path) -> Iterator[Case]:
    for name, text, firsts in TIMIT:
        path = samples / "phones" / f"timit_f1_{name}.wav"
        with path.with_suffix(".phones.csv").open(encoding="utf-8") as file:
            starts = [float(row["start"]) for row in csv.DictReader(file)]
        yield Case(f"TIMIT f1 {name}", path, text, "en-us", [starts[first] for first in firsts])


def aligned(case: Case, folder: Path) -> tuple[Transcript, float]:
    """The words, and the seconds that it took."""
    clip = decode_audio(case.path, folder, max_minutes=120, max_megabytes=2000)
    began = time.perf_counter()
    return align(read_transcript(case.text), clip, language=case.language), time.perf_counter() - began


def tell(case: Case, folder: Path) -> None:
    found, seconds = aligned(case, folder)
    if len(found.words) != len(case.onsets):
        print(f"| {case.name} | {len(found.words)} words for {len(case.onsets)} onsets |")
        return
    errors = 1000 * np.abs([word.start - onset for word, onset in zip(found.words, case.onsets, strict=True)])
    print(
        f"| {case.name} | {len(errors)} | {np.median(errors):.0f} | {errors.mean():.0f} | "
        f"{np.percentile(errors, 90):.0f} | {found.confidence:.2f} | {seconds:.1f} |",
        flush=True,
    )


def long_text(minutes: float) -> str:
    """Sentences of words in no order, so that no two are alike."""
    chance = random.Random(1)  # noqa: S311 - no secret
    known = [word.strip(".,").lower() for word in ENGLISH.split()]
    count = round(minutes * 60 * WORDS_PER_SECOND / 10)
    sentences = [" ".join(chance.choices(known, k=chance.randint(5, 15))).capitalize() for _ in range(count)]
    return ". ".join(sentences) + "."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path, help="Folder with the sample recordings.")
    parser.add_argument("--minutes", type=float, default=0.0, help="Align about so many minutes of speech too.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        print("| speech | words | median ms | mean ms | 90 % ms | confidence | took s |\n|---|---|---|---|---|---|---|")
        cases = [*espeak_cases(folder), *festival_cases(folder), *(timit_cases(given.samples) if given.samples else ())]
        for number, case in enumerate(cases):
            tell(case, folder / f"case-{number}")
        if given.minutes:
            text = long_text(given.minutes)
            spoken = speak(text, language="en-gb", voice="f2", folder=folder / "long")
            tell(Case("long", spoken.path, text, "en-us", [word.start for word in spoken.words]), folder / "case-long")
            print(f"Most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

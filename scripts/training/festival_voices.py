"""Speech by the recorded voices of flite and festival, those of them that are installed."""

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from scripts.training.phone_sets import CZECH, FINNISH, RADIO, ROMANCE, RUSSIAN, symbol
from scripts.training.sentences import sentences
from scripts.training.utterances import Utterance, phones_from_ends, read_sound

TIMEOUT_SECONDS: Final = 600
STRETCH: Final = (0.8, 1.25)
LARGEST_DRIFT_SECONDS: Final = 0.15
"""Between the last phone's end and the sound's: a larger one means that the times are wrong."""


class Voice(NamedTuple):
    """`encoding` is what the voice reads; `ascii` leaves the accents out."""

    language: str
    phones: dict[str, str]
    encoding: str = "ascii"


FLITE_VOICES: Final = {"kal16": (80.0, 190.0), "awb": (100.0, 145.0), "rms": (85.0, 120.0), "slt": (150.0, 215.0)}
"""Mean pitches (Hz) that suit each."""

FESTIVAL_VOICES: Final = {
    "kal_diphone": Voice("en", RADIO),
    "ked_diphone": Voice("en", RADIO),
    "cmu_us_slt_arctic_hts": Voice("en", RADIO),
    "lp_diphone": Voice("it", ROMANCE),
    "pc_diphone": Voice("it", ROMANCE),
    "upc_ca_ona_hts": Voice("ca", ROMANCE, "latin1"),
    "czech_ph": Voice("cs", CZECH, "iso8859-2"),
    "czech_machac": Voice("cs", CZECH, "iso8859-2"),
    "czech_dita": Voice("cs", CZECH, "iso8859-2"),
    "suo_fi_lj_diphone": Voice("fi", FINNISH, "latin1"),
    "hy_fi_mv_diphone": Voice("fi", FINNISH, "latin1"),
    "msu_ru_nsh_clunits": Voice("ru", RUSSIAN, "utf-8"),
}


def flite_utterances(folder: Path, count: int, random: np.random.Generator) -> list[Utterance]:
    """`count` sentences by each of flite's voices; none where flite is not installed."""
    program = shutil.which("flite")
    if not program:
        return []
    found = []
    for voice, pitches in FLITE_VOICES.items():
        for text in sentences("en", count, random):
            stretch, pitch = random.uniform(*STRETCH), random.uniform(*pitches)
            settings = (f"duration_stretch={stretch:.2f}", f"int_f0_target_mean={pitch:.0f}")
            options = [part for setting in settings for part in ("--setf", setting)]
            wav = folder / "flite.wav"
            command = [program, "-voice", voice, *options, "-psdur", "-t", text, "-o", str(wav)]
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=True)
            found.append(_utterance(f"flite {voice}", Voice("en", RADIO), wav, _flite_ends(done.stdout.decode())))
    return [utterance for utterance in found if utterance is not None]


def _flite_ends(printed: str) -> list[tuple[str, float]]:
    """Phones and their ends; the times of a second sentence start at 0 again."""
    ends: list[tuple[str, float]] = []
    offset = last = 0.0
    for token in printed.split():
        phone, _, time = token.rpartition(":")
        end = float(time)
        if end + offset < last:
            offset = last
        last = end + offset
        ends.append((phone, last))
    return ends


def festival_utterances(folder: Path, count: int, random: np.random.Generator) -> list[Utterance]:
    """`count` sentences by each of festival's voices that is installed."""
    program = shutil.which("festival")
    if not program:
        return []
    listed = subprocess.run([program, "-b", "(print (voice.list))"], capture_output=True, check=False)
    installed = set(re.findall(r"\w+", listed.stdout.decode()))
    found: list[Utterance] = []
    for name, voice in FESTIVAL_VOICES.items():
        texts = sentences(voice.language, count, random)
        stretches = random.uniform(*STRETCH, size=len(texts))
        if name in installed:
            found += _utterances(name, voice, _spoken(program, name, texts, stretches.tolist(), folder / name))
    return found


def _spoken(program: str, name: str, texts: Sequence[str], stretches: Sequence[float], folder: Path) -> list[Path]:
    """Sound files with the phones' times beside them in `.lab` files."""
    folder.mkdir(parents=True)
    encoding = FESTIVAL_VOICES[name].encoding
    lines = [f"(voice_{name})"]
    for number, (text, stretch) in enumerate(zip(texts, stretches, strict=True)):
        said = re.sub(r'["\\]', "", unicodedata.normalize("NFD" if encoding == "ascii" else "NFC", text))
        lines.append(
            f"(unwind-protect (begin (Parameter.set 'Duration_Stretch {stretch:.2f}) "
            f'(set! u (utt.synth (Utterance Text "{said}"))) (utt.save.wave u "{folder}/{number}.wav" \'riff) '
            f'(utt.save.segs u "{folder}/{number}.lab")) (print "left out"))'
        )
    script = folder / "batch.scm"
    script.write_bytes("\n".join(lines).encode(encoding, "ignore"))
    subprocess.run([program, "-b", str(script)], capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    return [path for i in range(len(texts)) if (path := folder / f"{i}.wav").exists()]


def _utterances(name: str, voice: Voice, sounds: Sequence[Path]) -> list[Utterance]:
    labelled = [(wav, wav.with_suffix(".lab")) for wav in sounds]
    found = [
        _utterance(f"festival {name}", voice, wav, _segment_ends(labels.read_text("latin1")))
        for wav, labels in labelled
        if labels.exists()
    ]
    return [utterance for utterance in found if utterance is not None]


def _segment_ends(labels: str) -> list[tuple[str, float]]:
    rows = [line.split() for line in labels.splitlines()]
    return [(row[2], float(row[0])) for row in rows if len(row) >= 3]


def _utterance(name: str, voice: Voice, wav: Path, ends: list[tuple[str, float]]) -> Utterance | None:
    """None where a phone is unknown, or the times do not fit the sound."""
    named = [(symbol(phone, voice.phones), end) for phone, end in ends]
    known = [(ipa, end) for ipa, end in named if ipa is not None]
    if len(known) < len(named) or not known:
        return None
    utterance = Utterance(name, voice.language, read_sound(wav), phones_from_ends(known))
    drift = abs(known[-1][1] - utterance.seconds)
    return utterance if utterance.is_usable and drift < LARGEST_DRIFT_SECONDS else None

"""Whether two voices are told apart, and one is not taken for two."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from audio_processor.detectors import SpeechDetector
from avatar.types import SAMPLE_RATE_HZ, Floats
from scripts.hearing.manner import prosody_heard
from scripts.hearing.material import said, said_at, white_noise

LINES: Final = (
    "I went to the market this morning.",
    "It was raining, so I bought an umbrella.",
    "Then the sun came out again.",
    "We had lunch by the river.",
    "What did you do all day?",
    "I stayed at home and read a book.",
)
VOICES: Final = (None, "m7", "Andy", "f1", "f4", "Annie")
PAUSE_SECONDS: Final = 0.4
FAINT: Final = 1e-4
LIVELY: Final = (45, 60, 35, 70, 30, 55)
"""espeak-ng's pitch for each line of one lively voice; its usual one is 45. Its timbre stays."""


def conversation(spoken: Sequence[Floats]) -> Floats:
    """The lines one after the other, over faint noise."""
    pause = np.zeros(round(PAUSE_SECONDS * SAMPLE_RATE_HZ), np.float32)
    whole = np.concatenate([part for line in spoken for part in (line, pause)])
    return (whole + FAINT * white_noise(len(whole))).astype(np.float32)


def told_apart(detectors: Mapping[str, SpeechDetector]) -> list[list[str]]:
    """Rows: who speaks, how many voices are right, and how many lines go to the right voice where two are heard."""
    lines = {voice: [said(line, voice=voice)[1] for line in LINES] for voice in VOICES}
    ones = [conversation(spoken) for spoken in lines.values()]
    lively = [
        conversation([said_at(pitch, line, voice) for pitch, line in zip(LIVELY, LINES, strict=True)])
        for voice in VOICES
    ]
    twos = [conversation([lines[pair[i % 2]][i] for i in range(len(LINES))]) for pair in combinations(VOICES, 2)]
    rows = [["who speaks", *(f"{name}: {what}" for name in detectors for what in ("right", "lines right"))]]
    for title, sounds, count in (
        ("one voice", ones, 1),
        ("one voice, lively pitch", lively, 1),
        ("two voices in turn", twos, 2),
    ):
        row = [f"{title} ({len(sounds)} recordings)"]
        for detector in detectors.values():
            found = [prosody_heard(detector, sound).speakers for sound in sounds]
            row += [f"{np.mean([len(set(f)) == count for f in found]):.0%}", _lines_right(found, count)]
        rows.append(row)
    return rows


def _lines_right(found: Sequence[tuple[int, ...]], count: int) -> str:
    """Share of lines that alternate as they should, where the pauses part them as they were spoken."""
    kept = [f for f in found if len(set(f)) == count == 2 and len(f) == len(LINES)]
    if not kept:
        return ""
    return f"{np.mean([speaker == i % 2 for f in kept for i, speaker in enumerate(f)]):.0%}"


def counted(detectors: Mapping[str, SpeechDetector], recordings: Mapping[str, Floats]) -> list[list[str]]:
    """Rows: each recording in which more than one voice is heard, and the share of all in which that is so."""
    found = {
        name: {
            recording: len(set(prosody_heard(detector, samples).speakers)) for recording, samples in recordings.items()
        }
        for name, detector in detectors.items()
    }
    rows = [["recording", *detectors]]
    rows += [
        [r, *(str(found[name][r]) for name in detectors)] for r in recordings if any(found[n][r] > 1 for n in detectors)
    ]
    shares = (np.mean([count > 1 for count in found[name].values()]) for name in detectors)
    return [*rows, [f"more than one in all {len(recordings)}", *(f"{share:.1%}" for share in shares)]]

"""Speech by espeak-ng, of the library that the project installs, in many languages and voices."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_processor.spoken_words import spoken_phonemes
from audio_processor.tts import voices
from avatar.settings import PROJECT_ROOT
from scripts.training.sentences import SENTENCES, sentences
from scripts.training.utterances import Utterance, read_sound

DIALECTS: Final = {
    "en": ("gmw/en-US", "gmw/en", "gmw/en-GB-x-rp", "gmw/en-GB-scotland"),
    "es": ("roa/es", "roa/es-419"),
    "pt-br": ("roa/pt-BR", "roa/pt"),
    "de": ("gmw/de",),
    "it": ("roa/it",),
    "ru": ("zle/ru",),
    "pl": ("zlw/pl",),
    "cs": ("zlw/cs",),
    "cmn": ("sit/cmn",),
    "fr": ("roa/fr",),
    "tr": ("trk/tr",),
    "nl": ("gmw/nl",),
    "ja": ("jpx/ja",),
    "fi": ("urj/fi",),
    "hi": ("inc/hi",),
    "sw": ("bnt/sw",),
    "el": ("grk/el",),
    "ca": ("roa/ca",),
}
ENGLISH_SHARE: Final = 4
UNUSUAL_VOICES: Final = ("demonic", "robo", "robot", "croak", "fast", "storm", "tweaky", "announcer", "echo", "grand")


def espeak_utterances(folder: Path, count: int, random: np.random.Generator) -> list[Utterance]:
    """`count` sentences, English four times as often as each other language; the same seed gives the same sound."""
    usual = [name for name in voices() if not name.lower().startswith(UNUSUAL_VOICES)]
    languages = [*SENTENCES, *["en"] * (ENGLISH_SHARE - 1)]
    said = {language: iter(sentences(language, count, random)) for language in SENTENCES}
    chosen = [languages[i] for i in random.integers(len(languages), size=count)]
    requests = []
    for number, language in enumerate(chosen):
        dialects = DIALECTS[language]
        voice = f"{dialects[random.integers(len(dialects))]}+{usual[random.integers(len(usual))]}"
        requests.append(_request(next(said[language]), voice, folder / f"{number}.wav", random))
    replies = _spoken(requests)
    found = []
    for language, request, reply in zip(chosen, requests, replies, strict=True):
        if "error" not in reply and reply["duration"] > 0:
            phonemes = spoken_phonemes([(symbol, time) for symbol, time in reply["phonemes"]], reply["duration"])
            sound = read_sound(Path(request["wav"]))
            found.append(Utterance(f"espeak-ng {request['voice']}", language, sound, phonemes))
    return [utterance for utterance in found if utterance.is_usable]


def _request(text: str, voice: str, wav: Path, random: np.random.Generator) -> dict[str, Any]:
    return {
        "text": text,
        "voice": voice,
        "rate_wpm": int(random.integers(120, 215)),
        "pitch": int(random.integers(25, 76)),
        "pitch_range": int(random.integers(25, 86)),
        "word_gap": int(random.integers(0, 3)),
        "wav": str(wav),
    }


def _spoken(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    command = (sys.executable, "-m", "scripts.training.espeak_many")
    asked = json.dumps(requests).encode()
    done = subprocess.run(command, input=asked, capture_output=True, check=True, cwd=PROJECT_ROOT)
    replies: list[dict[str, Any]] = json.loads(done.stdout)
    return replies

"""Measures what the rule director writes: how many cues, how dense, on which stresses, and how exactly they are played.

python scripts/measure_direction.py [RECORDING...] [--json FILE]

Texts in seven languages are spoken by espeak-ng, so that their words are known; recordings are directed by their sound.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audio_processor.analysis import analyse_speech
from avatar.types import AudioClip, Speech
from scripts.directing import counts
from scripts.hearing.material import said, samples_of
from scripts.measuring.figures import plain_table

PLAIN_WIDTH: Final = 200
"""Columns of the tables where they go to a file."""

TEXTS: Final = {
    "en": "Hello everyone, and welcome! Today I want to show you three things. First, how it reads a picture. Second, "
    "why it never forgets. And third, what we can do with 42 million of them. Is that not amazing? Maybe it is. No, "
    "I don't think it is dangerous, but we have to be careful. Do you know why? Of course you do. Thank you, goodbye.",
    "de": "Guten Tag und herzlich willkommen! Erstens zeige ich Ihnen ein Bild. Zweitens erkläre ich, warum es niemals "
    "vergisst. Ist das nicht unglaublich? Vielleicht. Aber das ist kein Problem. Vielen Dank, und auf Wiedersehen.",
    "fr": "Bonjour et bienvenue! Je ne peux pas le croire. Est-ce que vous savez pourquoi? Peut-être. Mais c'est "
    "vraiment magnifique. Non, jamais. Merci beaucoup, au revoir.",
    "es": "¡Hola y bienvenidos! Nunca olvido nada. ¿Sabes por qué? Quizás. Pero es muy importante. Por supuesto, "
    "gracias y hasta luego.",
    "it": "Ciao e benvenuti! Non dimentico mai niente. Sai perché? Forse. Ma è davvero bello. Certo, grazie mille.",
    "pt-br": "Olá e bem-vindos! Não esqueço nunca. Você sabe por quê? Talvez. Mas é muito importante. Muito obrigado.",
    "zh": "大家好，欢迎！首先，我不知道为什么。你知道吗？也许。但是这非常重要。当然，谢谢，再见。",
}


def spoken_texts() -> dict[str, Speech]:
    found = {}
    for language, text in TEXTS.items():
        spoken, samples = said(text, language)
        found[language] = analyse_speech(AudioClip(samples, spoken.path), spoken)
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--json", type=Path, help="where the tables go as JSON")
    given = parser.parse_args(arguments)
    texts = spoken_texts()
    recordings = {path.name: analyse_speech(AudioClip(samples_of(path), path)) for path in given.recordings}
    tables = {"Texts: cues a minute": counts.densities(texts)}
    if recordings:
        tables["Recordings: cues a minute"] = counts.densities(recordings)
        tables["Recordings: distances"] = counts.spacings(recordings)
        tables["Recordings: motion, degrees and degrees a second"] = counts.head_and_brows(recordings)
    tables["Peaks after motion synthesis"] = counts.exactness(texts)
    tables["Time taken"] = counts.overhead({**texts, **recordings})
    console = Console(width=None if Console().is_terminal else PLAIN_WIDTH)
    for title, rows in tables.items():
        console.print(plain_table(title, rows))
    if given.json:
        given.json.write_text(json.dumps(tables, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

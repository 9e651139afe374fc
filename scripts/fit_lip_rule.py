"""Works out the constants of `audio_processor.lip_rule` from synthetic speech whose sounds are known.

    python scripts/fit_lip_rule.py

espeak-ng speaks the sentences below in many voices, at other sizes of the speaker, with noise and echo; the
lips that `audio_processor.phonemes` gives for its phonemes are the answer to learn. Takes under a minute.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.decode import decode_audio
from audio_processor.phonemes import viseme_track
from audio_processor.tracks import measure
from audio_processor.tts import SpokenText, speak, voices
from audio_processor.vad import speech_mask
from audio_processor.visemes import Levelled
from avatar.blendshapes import VISEMES
from avatar.settings import PROJECT_ROOT
from avatar.types import SAMPLE_RATE_HZ, Floats, VisemeTrack

TARGET: Final = PROJECT_ROOT / "src" / "audio_processor" / "lip_rule.py"
SEED: Final = 5
VOICES_PER_SENTENCE: Final = 8
LARGEST_WARP: Final = 0.16
"""Speakers are made larger or smaller by up to this (natural logarithm), which shifts formants and pitch."""

Rule = tuple[NDArray[Any], NDArray[Any]]

SHRINKAGE: Final = 0.02
RIDGE: Final = 300.0
PRIOR_POWER: Final = 0.5
UNUSUAL_VOICES: Final = ("demonic", "robo", "robot", "whisper", "croak", "fast", "storm", "tweaky", "announcer")

SENTENCES: Final = (
    ("en", "The quick brown fox jumps over the lazy dog while a small bird watches from the old apple tree."),
    ("en", "Please bring me five or six big boxes of fresh vegetables before you leave for the market."),
    ("en", "We thought about moving to a warmer place, but nobody in the family wanted to go that far away."),
    ("en", "My mother always bakes a wonderful birthday cake with butter, plums and a pinch of pepper."),
    ("en", "Should you choose the yellow shoes, you will surely pay much more than usual."),
    ("en", "She said that the weather was far too hot for wool, so they opened every window in the house."),
    ("en", "How many people have you told about the problem with the pump in the basement?"),
    ("en-gb", "Vivid green leaves fell over the garden wall, and the children gathered them in a basket."),
    ("en-gb", "Five thousand voters have already changed their views on the value of public service."),
    ("en-gb", "Perhaps the boy will join us on Thursday for a cup of coffee and a bowl of soup."),
    ("de", "Der alte Mann ging langsam über die Brücke und dachte an seine Jugend im Süden."),
    ("de", "Möchten Sie lieber Apfelkuchen oder ein Stück Pflaumenkuchen mit Sahne?"),
    ("de", "Im Februar fiel so viel Schnee, dass wir das Haus kaum verlassen konnten."),
    ("es", "La profesora explica con paciencia cómo funciona el nuevo programa de estudios."),
    ("es", "Por favor, póngame un vaso de agua y un bocadillo de jamón."),
    ("fr", "Le petit garçon regarde la pluie tomber sur les feuilles du jardin."),
    ("fr", "Mon père préfère boire du café avec un peu de beurre sur son pain."),
    ("it", "La mamma prepara la pasta con pomodoro, basilico e un poco di formaggio."),
    ("pt-br", "O menino pequeno brincava na praia enquanto a mãe preparava o almoço."),
    ("pl", "W małym mieście nad rzeką mieszkał kiedyś bardzo bogaty kupiec."),
    ("ru", "Моя бабушка каждое утро пьёт чай с малиновым вареньем и смотрит в окно."),
    ("cs", "Máma peče bábovku a tatínek opravuje plot před domem."),
    ("nl", "De bakker om de hoek verkoopt het lekkerste brood van de hele buurt."),
    ("tr", "Küçük bir köyde yaşayan yaşlı adam her sabah bahçesine bakardı."),
    ("zh", "我明天早上八点去北京开会，你要不要跟我一起去？"),
    ("zh", "爸爸妈妈每天晚上在公园里散步。"),
    ("hi", "मेरी माँ बाज़ार से फल और सब्ज़ी लाती है।"),
    ("fi", "Pieni poika juoksi metsän läpi mummolaan ja söi pullaa."),
)


def main() -> None:
    random = np.random.default_rng(SEED)
    usual = [name for name in voices() if not name.lower().startswith(UNUSUAL_VOICES)]
    seen, tracks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, (language, sentence) in enumerate(SENTENCES * VOICES_PER_SENTENCE):
            place = Path(folder) / str(number)
            spoken = speak(sentence, language=language, voice=usual[random.integers(len(usual))], folder=place)
            inputs, track = example(spoken, place, random)
            seen.append(inputs)
            tracks.append(track)
    whole = np.concatenate(seen)
    classes = np.concatenate([track.probabilities.argmax(axis=1) for track in tracks])
    lips = np.concatenate([np.stack([t.opening, t.width, t.rounding], axis=1) for t in tracks])
    wanted = np.concatenate([np.stack([t.opening, t.closure], axis=1) for t in tracks])
    scores = discriminant(whole, classes)
    right = (np.argmax(whole @ scores[0].T + scores[1], axis=1) == classes).mean()
    print(f"{len(whole)} frames, {right:.1%} of visemes right")
    shapes = np.stack([_class_means(lips, classes, c) for c in range(len(VISEMES))])
    TARGET.write_text(module(scores, regression(whole, wanted), shapes), encoding="utf-8")


def example(spoken: SpokenText, folder: Path, random: np.random.Generator) -> tuple[Floats, VisemeTrack]:
    """What the rule sees in the speech of one sentence (n, 48), and the lips to learn."""
    samples = np.array(decode_audio(spoken.path, folder, max_minutes=5, max_megabytes=50).samples)
    stretch = float(np.exp(random.uniform(-LARGEST_WARP, LARGEST_WARP)))
    at = np.arange(int(len(samples) * stretch)) / stretch
    samples = disturbed(np.interp(at, np.arange(len(samples)), samples), random)
    timed = [replace(p, start=p.start * stretch, end=p.end * stretch) for p in spoken.phonemes]
    curves = measure(samples)
    speech = speech_mask(curves)
    lips = viseme_track(timed, len(speech))
    inputs = Levelled(curves.lip_bands, speech).seen(0, len(speech))[speech]
    kept = VisemeTrack(*(getattr(lips, name)[speech] for name in VisemeTrack.__dataclass_fields__))
    return inputs, kept


def disturbed(samples: NDArray[np.float64], random: np.random.Generator) -> Floats:
    """The sound in a room (half of the time), with noise 12 to 35 dB under it, white or dark."""
    if random.random() < 0.5:
        decay = np.exp(-np.arange(3200) / SAMPLE_RATE_HZ / random.uniform(0.03, 0.08))
        room = decay * random.normal(size=3200)
        room[0] = random.uniform(8.0, 20.0)
        size = len(samples) + len(room)
        samples = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(room, size), size)[: len(samples)]
    noise = random.normal(size=len(samples))
    if random.random() < 0.5:
        noise = np.convolve(noise, np.exp(-np.arange(100) / 20.0), "same")
    level = np.sqrt(np.mean(samples**2) / np.mean(noise**2)) * 10.0 ** (-random.uniform(12.0, 35.0) / 20.0)
    noisy = samples + level * noise
    result: Floats = (noisy * 0.5 / np.abs(noisy).max()).astype(np.float32)
    return result


def discriminant(inputs: Floats, classes: NDArray[np.intp]) -> Rule:
    """Fisher's linear discriminant: weights (15, 48) and biases (15,) of the classes' log-probabilities."""
    means = np.stack([_class_means(inputs, classes, c) for c in range(len(VISEMES))])
    inside = inputs.astype(np.float64) - means[classes]
    scatter = inside.T @ inside / len(inputs)
    scatter += SHRINKAGE * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    weights = np.linalg.solve(scatter, means.T).T
    share = np.bincount(classes, minlength=len(VISEMES)) / len(classes)
    return weights, PRIOR_POWER * np.log(share + 1e-3) - 0.5 * (weights * means).sum(axis=1)


def _class_means(values: Floats, classes: NDArray[np.intp], index: int) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = values[classes == index].mean(axis=0, dtype=np.float64)
    return mean


def regression(inputs: Floats, wanted: Floats) -> Rule:
    """Ridge regression: weights (2, 48) and biases (2,)."""
    seen = inputs.astype(np.float64)
    centre, middle = seen.mean(axis=0), wanted.mean(axis=0)
    covariance = (seen - centre).T @ (seen - centre) + RIDGE * np.eye(seen.shape[1])
    weights = np.linalg.solve(covariance, (seen - centre).T @ (wanted - middle)).T
    return weights, middle - weights @ centre


def module(visemes: Rule, direct: Rule, shapes: NDArray[np.float64]) -> str:
    """The source of `audio_processor.lip_rule`."""
    return f'''"""Constants of the lip rule, by visemes in the order of `avatar.blendshapes.VISEMES`.

Worked out from espeak-ng's speech and our own articulation table by `scripts/fit_lip_rule.py`, which writes
this file; no recording of a person went into them.
"""

from typing import Final

import numpy as np

from avatar.types import Floats


def _table(text: str, scale: float = 100.0) -> Floats:
    """Rows of whole numbers, over `scale`."""
    return np.array([line.split() for line in text.strip().splitlines()], np.float32) / np.float32(scale)


WEIGHTS: Final[Floats] = _table("""
{_rows(visemes[0].reshape(len(VISEMES) * 2, -1))}
""").reshape({len(VISEMES)}, -1)
"""(15, 48): four instants of twelve bands."""

BIASES: Final[Floats] = _table("""
{_rows(visemes[1][None])}
""")[0]
"""(15,)"""

DIRECT_WEIGHTS: Final[Floats] = _table(
    """
{_rows(direct[0].reshape(4, -1), 10_000)}
""",
    10_000.0,
).reshape(2, -1)
"""(2, 48): opening and closure."""

DIRECT_BIASES: Final[Floats] = _table("""
{_rows(direct[1][None])}
""")[0]
"""(2,)"""

SHAPES: Final[Floats] = _table("""
{_rows(shapes)}
""")
"""(15, 3): mean opening, width and rounding of the lips."""
'''


def _rows(table: NDArray[np.float64], scale: int = 100) -> str:
    return "\n".join(" ".join(f"{round(scale * value)}" for value in row) for row in table)


if __name__ == "__main__":
    main()

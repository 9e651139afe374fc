"""One training from start to end: voices, scenes, network, figures on voices that were kept out of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avatar.types import Floats
from models.visemes.network import NetworkStream
from models.visemes.outputs import lips_of
from models.visemes.weights import network_of
from scripts.measuring.lips_on_people import area_under_curve, correlation
from scripts.training.espeak_voices import espeak_utterances
from scripts.training.examples import CURVES, Example, example
from scripts.training.festival_voices import festival_utterances, flite_utterances
from scripts.training.fit import fitted
from scripts.training.network import arrays
from scripts.training.scenes import silent_scene, spoken_scene
from scripts.training.utterances import Utterance

KEPT_OUT: Final = ("flite rms", "festival czech_dita", "espeak-ng trk/tr")
"""Voices and a language that are measured on, never trained on."""

SILENT_SHARE: Final = 0.15
VISEMES_END: Final = 15


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much of what; `flite` and `festival` are sentences a voice, `espeak` in all."""

    seed: int = 1
    flite: int = 80
    festival: int = 80
    espeak: int = 1000
    variants: int = 1
    steps: int = 2400
    most_measured: int = 80


@dataclass(frozen=True, slots=True)
class Trained:
    """Arrays of the network, figures on voices kept out, the voices, and the seconds of speech."""

    arrays: dict[str, Floats]
    metrics: dict[str, float]
    voices: tuple[str, ...]
    seconds: float


def trained(recipe: Recipe, folder: Path, say: Callable[[str], None] = lambda _: None) -> Trained:
    """Trains by `recipe`; sounds go to `folder`."""
    utterances = _spoken(recipe, folder, say)
    measured = [u for u in utterances if u.voice.startswith(KEPT_OUT)][:: max(1, len(utterances) // 400)]
    used = [u for u in utterances if not u.voice.startswith(KEPT_OUT)]
    random = np.random.default_rng(recipe.seed + 1)
    examples = _examples(used, recipe.variants, random)
    say(f"{sum(len(e.phones) for e in examples) / 360_000:.1f} hours of sound are made of it")
    network = arrays(fitted(examples, recipe.steps, recipe.seed, say), viseme_shapes(examples))
    unseen = [example(spoken_scene(u, random), random) for u in measured[: recipe.most_measured]]
    voices = tuple(sorted({u.voice for u in used}))
    return Trained(network, figures(network, unseen), voices, sum(u.seconds for u in used))


def _spoken(recipe: Recipe, folder: Path, say: Callable[[str], None]) -> list[Utterance]:
    random = np.random.default_rng(recipe.seed)
    found: list[Utterance] = []
    for name, make, count in (
        ("flite", flite_utterances, recipe.flite),
        ("festival", festival_utterances, recipe.festival),
        ("espeak-ng", espeak_utterances, recipe.espeak),
    ):
        place = folder / name
        place.mkdir()
        new = make(place, count, random) if count else []
        say(f"{name} has spoken {len(new)} sentences, {sum(u.seconds for u in new):.0f} s")
        found += new
    return found


def _examples(utterances: Sequence[Utterance], variants: int, random: np.random.Generator) -> list[Example]:
    spoken = [example(spoken_scene(u, random), random) for _ in range(variants) for u in utterances]
    silent = [example(silent_scene(random), random) for _ in range(max(1, int(len(spoken) * SILENT_SHARE)))]
    return spoken + silent


def viseme_shapes(examples: Sequence[Example]) -> Floats:
    """Mean opening and width of each viseme (15, 2), weighted by its share in each frame."""
    total, sums = np.zeros(VISEMES_END), np.zeros((VISEMES_END, 2))
    for item in examples:
        shares = item.lips[:, :VISEMES_END].astype(np.float64)
        total += shares.sum(axis=0)
        sums += shares.T @ item.lips[:, VISEMES_END : VISEMES_END + 2].astype(np.float64)
    means: Floats = (sums / np.maximum(total, 1e-6)[:, None]).astype(np.float32)
    return means


def figures(network: dict[str, Floats], unseen: Sequence[Example]) -> dict[str, float]:
    """Correlations, closed-lip AUC, share of right visemes and spread against the wanted one, over `unseen`."""
    if not unseen:
        return {}
    net = network_of(network)
    wanted = np.concatenate([item.lips for item in unseen]).astype(np.float32)
    raw = []
    for item in unseen:
        stream = NetworkStream(net)
        levelled = item.levelled.astype(np.float32)
        raw.append(np.concatenate([stream.push(levelled), stream.flush()])[: len(levelled)])
    got = lips_of(np.concatenate(raw), net.shapes)
    curves = {name: wanted[:, VISEMES_END + i] for i, name in enumerate(CURVES)}
    found = {f"{name}_r": correlation(getattr(got, name), curves[name]) for name in CURVES}
    found["closed_auc"] = area_under_curve(got.closure, curves["closure"] > 0.5)
    found["opening_spread_ratio"] = float(got.opening.std() / curves["opening"].std())
    right = got.probabilities.argmax(axis=1) == wanted[:, :VISEMES_END].argmax(axis=1)
    found["visemes_right"] = float(right.mean())
    return found

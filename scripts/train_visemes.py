"""Trains the lip network on synthetic speech that it makes itself, and writes `models/visemes/visemes.safetensors`.

python scripts/train_visemes.py [--seed N] [--steps N] [--folder FOLDER]

espeak-ng comes with the project; flite and festival with their voices are used where they are installed
(`apt-get install flite festival festvox-...`; docs/visemes.md lists the voices). Needs PyTorch:
`pip install avatar-orchestrator[neural]`. The same seed, packages and machine give the same weights.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.visemes.weights import WEIGHTS_FILE
from scripts.training.recipe import Recipe, trained
from scripts.training.saving import save_weights

FULL: Final = Recipe()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=FULL.seed)
    parser.add_argument("--steps", type=int, default=FULL.steps, help="batches to train on")
    parser.add_argument("--folder", type=Path, default=WEIGHTS_FILE.parent, help="where the weights go")
    given = parser.parse_args(arguments)
    recipe = replace(FULL, seed=given.seed, steps=given.steps)
    with tempfile.TemporaryDirectory() as scratch:
        result = trained(recipe, Path(scratch), print)
    path = save_weights(result, recipe, given.folder)
    print(f"{path}: {path.stat().st_size:,} bytes")
    for name, value in result.metrics.items():
        print(f"{name}: {value:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

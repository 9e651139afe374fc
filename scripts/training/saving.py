"""Writes trained weights, and the SHA-256 by which the project knows them."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from safetensors.numpy import save

from models.visemes import fingerprint
from models.visemes.weights import WEIGHTS_FILE
from scripts.training.recipe import Recipe, Trained

VERSION: Final = 1
SETTINGS_DIGITS: Final = 16


def save_weights(result: Trained, recipe: Recipe, folder: Path) -> Path:
    """The file in `folder`; the project's own fingerprint follows where it is the project's own file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WEIGHTS_FILE.name
    content = save(result.arrays, metadata(result, recipe))
    path.write_bytes(content)
    if path.resolve() == WEIGHTS_FILE:
        Path(fingerprint.__file__).write_text(_fingerprint(hashlib.sha256(content).hexdigest()), encoding="utf-8")
    return path


def metadata(result: Trained, recipe: Recipe) -> dict[str, str]:
    """What the file says of itself, as one JSON text: the format's entries have no order, so one keeps the bytes."""
    settings = json.dumps(asdict(recipe), sort_keys=True)
    told = {
        "version": VERSION,
        "seed": recipe.seed,
        "recipe": asdict(recipe),
        "settings": hashlib.sha256((settings + _sources()).encode()).hexdigest()[:SETTINGS_DIGITS],
        "metrics": {name: round(value, 4) for name, value in result.metrics.items()},
        "voices": result.voices,
        "seconds": round(result.seconds),
    }
    return {"training": json.dumps(told, sort_keys=True)}


def _sources() -> str:
    """The text of all that shapes the data and the training."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))


def _fingerprint(sha256: str) -> str:
    return f'''"""Which weights belong to this version of the project; `scripts/train_visemes.py` writes this file."""

from typing import Final

SHA256: Final = "{sha256}"
'''

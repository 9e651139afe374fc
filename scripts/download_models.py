"""Brings model files, as `python main.py models download` does: `python scripts/download_models.py [KEYS | all]`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Runs from a checkout whose dependencies are installed; exits with the command's code."""
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    from api.cli.models import app

    app(["download", *sys.argv[1:]], prog_name="download_models.py")


if __name__ == "__main__":
    main()

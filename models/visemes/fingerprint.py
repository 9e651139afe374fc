"""Which weights belong to this version of the project; `scripts/train_visemes.py` writes this file."""

from typing import Final

SHA256: Final = "97a6513c9a02acf8f8888d4b094ceb5f96e2b13886170a81403aaf6d33d8f2f8"

"""Which weights belong to this version of the project; `scripts/train_visemes.py` writes this file."""

from typing import Final

SHA256: Final = "945f051deb553af7963dd5d2fa38aae41b343b5aa3faf4f9b5a691a0100eaab4"

"""Which weights belong to this version of the project; `scripts/train_visemes.py` writes this file."""

from typing import Final

SHA256: Final = "07ecfd7e18bbcf005d1931032bc88a23133a0d5cc952abe3e360c56e7fe05a90"

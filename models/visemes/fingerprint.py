"""Which weights belong to this version of the project; `scripts/train_visemes.py` writes this file."""

from typing import Final

SHA256: Final = "64ddd008f7c000a1f767228ba34a276d83ba72e6574e32415428f4849efae0ba"

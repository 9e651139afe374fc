"""The same as `python main.py doctor`: what this machine lacks, and how to mend it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from main import main

if __name__ == "__main__":
    sys.argv[1:1] = ["doctor"]
    sys.exit(main())

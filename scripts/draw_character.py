"""Draws Nova, the character that comes with the project.

python scripts/draw_character.py [--size 1024] [-o FILE]
"""

import argparse
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.drawing.nova import draw_nova

SHIPPED = Path(__file__).resolve().parents[1] / "web" / "static" / "characters" / "nova.png"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024, help="side of the picture in pixels")
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_nova(given.size)).save(given.output, optimize=True)
    print(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

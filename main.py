"""The command line's entry: `python main.py --help`."""

import sys

SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))
CURE = "Use ./run.sh (run.cmd on Windows) in place of `python main.py`, or `make demo`: both make the environment."


def main() -> int:
    """Runs the command line, which exits by itself; returns 2 where this Python cannot run it."""
    if sys.version_info[:2] not in SUPPORTED:
        found = "{}.{}".format(*sys.version_info[:2])
        print(f"Python 3.10 to 3.13 is needed, and this is {found} ({sys.executable}). {CURE}", file=sys.stderr)
        return 2
    try:
        from api.cli.app import app
    except ModuleNotFoundError as error:
        print(f"This Python ({sys.executable}) has no package '{error.name}'. {CURE}", file=sys.stderr)
        return 2
    app(prog_name="python main.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())

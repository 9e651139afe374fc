"""Speaks many texts with espeak-ng in one process: a JSON list of requests on standard input, of replies on output."""

import json
import sys

from audio_processor.espeak_process import spoken


def main() -> None:
    json.dump([spoken(request) for request in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()

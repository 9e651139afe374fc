"""What tracing costs a job: python scripts/measure_tracing.py [--rounds 5] [--seconds 10].

Makes the same video without a tracer, with the trace that is kept, and with Langfuse on loopback, in turns. The clock
of a busy machine is uncertain by more than tracing costs, so what the tracer's own calls and the threads that send take
of a core is counted, and set against the work of the whole job. The exit status is 1 where that is over 3 %.
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from avatar.settings import load_settings
from models.weights import WeightStore
from orchestrator.run import JobRequest
from scripts.measuring.tracing import WAYS, measured, share

PORTRAIT: Final = "portrait-grace-hopper"
SENTENCE: Final = "Good morning, and welcome. Would you like to hear how it is made? "
SENTENCE_SECONDS: Final = 4.0
MOST: Final = 0.03


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="Runs of each way.")
    parser.add_argument("--seconds", type=float, default=10.0, help="Length of the speech, about.")
    parser.add_argument("--size", type=int, default=256, help="Side of the video in pixels.")
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    text = SENTENCE * max(1, round(given.seconds / SENTENCE_SECONDS))
    with tempfile.TemporaryDirectory(prefix="avatar-tracing-") as folder:
        settings = load_settings(data_dir=Path(folder))
        portrait = WeightStore(settings.checkpoints_dir).path(PORTRAIT)
        request = JobRequest(
            image=portrait, text=text, output=Path(folder) / "video.mp4", width=given.size, height=given.size
        )
        costs = measured(request, settings, given.rounds)
    print("| tracing | s by the clock | s of all cores | ms in the tracer | ms of senders | share of the job | spans |")
    print("|---|---|---|---|---|---|---|")
    for way in WAYS:
        cost = costs[way]
        print(
            f"| {way} | {median(cost.clock):.2f} | {median(cost.cores):.2f} | {1000 * median(cost.within):.1f} | "
            f"{1000 * cost.senders:.1f} | {100 * share(cost):.2f} % | {cost.spans} |"
        )
    return 0 if max(share(cost) for cost in costs.values()) <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main())

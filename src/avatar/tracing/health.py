"""How the last sending of spans went, for those who look at the service from outside."""

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from avatar.files import atomic_file

FOLDER: Final = "tracing"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """The last batch to a receiver: when (seconds since the epoch), and why it was not taken; None where it was."""

    target: str
    address: str
    at: float
    failure: str | None


class Health:
    """Notes every batch in DATA_DIR/tracing, and logs where a receiver begins to fail or takes spans again."""

    def __init__(self, data_dir: Path, target: str, address: str) -> None:
        self._path = data_dir / FOLDER / f"{target}.json"
        self._target, self._address = target, address
        self._failing = False

    def saw(self, failure: str | None) -> None:
        """One batch was taken, or not."""
        if failure is not None and not self._failing:
            _log.warning("%s does not take spans: %s; they are kept with their jobs.", self._address, failure)
        if failure is None and self._failing:
            _log.info("%s takes spans again.", self._address)
        self._failing = failure is not None
        sending = Sending(self._target, self._address, time.time(), failure)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(self._path) as partial:
                partial.write_text(json.dumps(asdict(sending)), encoding="utf-8")
        except OSError:
            _log.debug("the outcome of a sending was not noted", exc_info=True)


def last_sending(data_dir: Path, target: str) -> Sending | None:
    """None where nothing was ever sent there, or nobody can read of it."""
    try:
        return Sending(**json.loads((data_dir / FOLDER / f"{target}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None

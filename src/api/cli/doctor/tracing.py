"""Where traces go, and whether they arrive."""

import sys
import time
from typing import TYPE_CHECKING, Final

from api.cli.doctor.check import Check

if TYPE_CHECKING:
    from avatar.settings import Settings
    from avatar.tracing.targets import Target

NAME: Final = "Traces"


def check_traces(settings: "Settings") -> Check:
    """Sending fails no job, so a receiver that takes nothing is a warning."""
    from avatar.tracing.targets import targets_of

    targets = targets_of(settings)
    if not targets:
        return Check(NAME, "ok", "kept with each job and sent nowhere")
    told = "; ".join(_told(target) for target in targets)
    for target in targets:
        if target.lacks is not None:
            install = f'Run: {sys.executable} -m pip install -e ".[trace]".'
            cure = f"Set {target.lacks}." if "_KEY" in target.lacks else install
            return Check(NAME, "warn", told, cure)
    failing = [target for target in targets if target.last is not None and target.last.failure]
    if failing:
        cure = f"See that {failing[0].address} can be reached and that its keys are right; no job waits for it."
        return Check(NAME, "warn", told, cure)
    return Check(NAME, "ok", told)


def _told(target: "Target") -> str:
    private = "with" if target.captures else "without"
    where = f"{target.name} at {target.address}, {private} what is private"
    if target.lacks is not None:
        return f"{where}: it lacks {target.lacks}"
    if target.last is None:
        return f"{where}: nothing was sent yet"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(target.last.at))
    return f"{where}: the last batch, at {when}, was {'taken' if target.last.failure is None else target.last.failure}"

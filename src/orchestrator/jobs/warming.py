"""What the first job would wait for otherwise: a rehearsal that loads libraries, models and voices."""

import logging
import tempfile
from pathlib import Path
from typing import Final

from avatar.errors import AvatarError
from avatar.settings import Settings
from models.weights import WeightStore
from orchestrator.portraits import FACE_MODELS
from orchestrator.request import SMALLEST_SIDE
from orchestrator.run import JobRequest, run_job

PORTRAIT: Final = "portrait-grace-hopper"

_log = logging.getLogger(__name__)


def warm_up(settings: Settings) -> None:
    """Makes a very small video of one word in a folder of its own, where the models for it are there."""
    weights = WeightStore(settings.checkpoints_dir)
    if not all(weights.is_present(key) for key in (*weights.select([FACE_MODELS]), PORTRAIT)):
        return
    with tempfile.TemporaryDirectory(prefix="avatar-warm-") as folder:
        alone = settings.model_copy(update={"data_dir": Path(folder), "database_url": None, "enable_langfuse": False})
        request = JobRequest(
            image=weights.path(PORTRAIT),
            text="Ready.",
            output=Path(folder) / "warm.mp4",
            width=SMALLEST_SIDE,
            height=SMALLEST_SIDE,
        )
        try:
            run_job(request, alone)
        except (AvatarError, OSError) as error:
            _log.warning("the rehearsal failed: %s", error)

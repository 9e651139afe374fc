"""What the first job would wait for otherwise: a rehearsal that loads libraries, models and voices."""

import logging
import tempfile
from pathlib import Path
from typing import Final

from avatar.errors import AvatarError
from avatar.settings import Settings
from avatar.telemetry import relays_for
from models.weights import WeightStore
from orchestrator.artifacts import code_version
from orchestrator.director.choice import RULES
from orchestrator.director.endpoints import configured, open_chat
from orchestrator.portraits import FACE_MODELS
from orchestrator.run import JobRequest, run_job
from video_processor.framing import SMALLEST_SIDE

PORTRAIT: Final = "portrait-grace-hopper"
SENT_NOWHERE: Final = {"enable_langfuse": False, "otel_exporter_otlp_endpoint": None}

_log = logging.getLogger(__name__)


def warm_up(settings: Settings) -> None:
    """Makes a very small video of one word, where the models for it are there; a failure of it ends nothing.

    A language model is got ready and not asked.
    """
    _ready_receivers(settings)
    weights = WeightStore.of(settings)
    if not all(weights.is_present(key) for key in (*weights.select([FACE_MODELS]), PORTRAIT)):
        return
    try:
        _rehearse(settings, weights.path(PORTRAIT))
        for name in configured(settings)[:1]:
            open_chat(settings, name)
    except Exception:
        _log.warning("the rehearsal failed", exc_info=True)


def _ready_receivers(settings: Settings) -> None:
    """Langfuse's SDK takes as long to load as a short job to make."""
    try:
        relays_for(settings, code_version())
    except AvatarError as error:
        _log.warning("%s", error)
    except Exception:
        _log.warning("the receivers of traces could not be got ready", exc_info=True)


def _rehearse(settings: Settings, portrait: Path) -> None:
    """In a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="avatar-warm-") as folder:
        alone = settings.model_copy(update={"data_dir": Path(folder), "database_url": None, **SENT_NOWHERE})
        request = JobRequest(
            image=portrait,
            text="Ready.",
            output=Path(folder) / "warm.mp4",
            director=RULES,
            width=SMALLEST_SIDE,
            height=SMALLEST_SIDE,
        )
        run_job(request, alone)

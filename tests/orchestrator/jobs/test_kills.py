"""The real service, killed again and again while it works. `scripts/kill_test.py --kills 200` is the long form."""

import sys
from pathlib import Path

import pytest

from scripts.kill_test import report, suffer
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are found under /proc")


@pytest.mark.slow
def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    portrait = face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)
    ordeal, verdict = suffer(4, 5, tmp_path / "data", portrait)
    assert ordeal.targets == {"worker": 2, "server": 1, "both": 1}
    assert not verdict.breaches, report(ordeal, verdict, 0.0)
    assert verdict.jobs >= 3
    assert verdict.completed == verdict.jobs
    assert verdict.artifacts_watched > 0

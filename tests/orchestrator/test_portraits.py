"""What is kept of a portrait besides the portrait."""

from pathlib import Path

import pytest

from avatar.errors import PortraitError
from orchestrator.portraits import load_report, save_report
from video_processor.portrait_report import refused


@pytest.mark.parametrize("kept", [0, 40])
def test_a_stored_report_that_is_broken_is_named_with_its_cure(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "report.json"
    report = refused("me.png", PortraitError("me.png shows no face.", cure="Give another."))
    save_report(path, report)
    assert load_report(path) == report
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(PortraitError, match=r"report\.json is not a stored report") as caught:
        load_report(path)
    assert "Delete it" in caught.value.cure

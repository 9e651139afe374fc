"""The graph is the one that the documentation shows, and its state is JSON."""

import json
import sqlite3
from collections.abc import Callable

import pytest

from avatar.settings import PROJECT_ROOT, Settings
from orchestrator.checkpoints import open_checkpoints
from orchestrator.drawing import BEGIN, with_graph
from orchestrator.graph_builder import build_graph
from orchestrator.run import JobRequest, run_job
from orchestrator.state import AvatarState
from tests.orchestrator.pipeline_fakes import CountingEngine

PAGE = PROJECT_ROOT / "docs" / "architecture.md"


def test_the_documentation_shows_the_graph_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_graph(page) == page, "run `python scripts/draw_graph.py`"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="graph: begin"):
        with_graph("# A page")
    with pytest.raises(ValueError, match="graph: end"):
        with_graph(f"# A page\n{BEGIN}")


def test_every_stage_is_a_node() -> None:
    assert set(build_graph().nodes) == {
        "audio_processing",
        "portrait_analysis",
        "expression_tracking",
        "emotion_detection",
        "mistral_controller",
        "review",
        "motion_synthesis",
        "plan_chunks",
        "video_generation",
        "soundtrack",
        "assemble",
    }


def test_the_state_has_the_fields_that_its_users_know() -> None:
    assert {
        "audio_input",
        "image_input",
        "output_path",
        "transcribed_text",
        "audio_features",
        "emotion",
        "confidence",
        "avatar_control",
        "final_video",
        "enhanced_video",
        "errors",
        "performance",
    } <= set(AvatarState.__annotations__)


def test_a_checkpoint_holds_nothing_but_json(
    request_for: Callable[..., JobRequest], settings: Settings, engine: CountingEngine
) -> None:
    waiting = run_job(request_for(review=True), settings)
    with open_checkpoints(settings) as saver:
        kept = saver.get_tuple({"configurable": {"thread_id": waiting.thread_id}})
    assert kept is not None
    values = {
        name: value for name, value in kept.checkpoint["channel_values"].items() if name in AvatarState.__annotations__
    }
    assert {"audio_features", "performance", "artifacts", "emotion"} <= set(values)
    assert json.loads(json.dumps(values)) == values


def test_checkpoints_are_written_ahead_so_that_processes_can_share_them(settings: Settings) -> None:
    path = settings.data_dir / "checkpoints.sqlite"
    with open_checkpoints(settings), open_checkpoints(settings):
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()

import os
import time
from pathlib import Path
from typing import Any

import pytest

from avatar.settings import load_settings
from avatar.telemetry import close_relays, read_spans
from avatar.tracing.record import SpanRecord
from live.conversation import traces as traces_module
from live.conversation.model import Called, Said
from live.conversation.traces import FOLDER, TurnTraces, forget_old_sessions
from live.messages import State
from scripts.living.scripted import ScriptedRecogniser, ScriptedTalker, conversation, say_a_turn
from tests.live.conversation.conftest import Scene

SECRET = "my cat is called Zanzibar"


def talked(scene: Scene, folder: Path, **settings: Any) -> None:
    """One turn by microphone, and one that is typed."""
    talk = conversation(
        scene.stage,
        folder,
        recogniser=ScriptedRecogniser([SECRET]),
        dialogue=ScriptedTalker([[Said("I see. "), Called("cue", '{"action": "dance"}')]], first=0.05),
        **settings,
    )
    say_a_turn(talk, pace=8.0)
    scene.watcher.wait_for(State, state="speaking")
    scene.watcher.wait(lambda: not talk.talking.is_speaking)
    talk.ask("And now?")
    scene.watcher.wait(lambda: len([m for m in scene.watcher.messages if m.type == "turn"]) == 2)
    talk.close()


def test_a_turn_is_a_trace_with_a_span_for_each_step(scene: Scene, tmp_path: Path) -> None:
    talked(scene, tmp_path)
    spans = read_spans(tmp_path / FOLDER / "session-1" / "spans.jsonl")
    first, second = (span for span in spans if span.name == "turn")
    assert first.trace_id != second.trace_id
    own = {span.name: span for span in spans if span.trace_id == first.trace_id}
    assert set(own) == {
        "turn",
        "end_of_turn",
        "recogniser",
        "dialogue",
        "first_token",
        "speaker",
        "first_sound",
        "first_frame",
    }
    assert all(span.parent_id == first.span_id for span in own.values() if span is not first)
    assert {span.name for span in spans if span.trace_id == second.trace_id} >= {"turn", "dialogue", "first_sound"}
    _steps_are_in_order(own)
    dialogue = own["dialogue"]
    assert (dialogue.kind, dialogue.attributes["model"], dialogue.attributes["tokens_in"]) == (
        "generation",
        "scripted-7b",
        10,
    )
    assert dialogue.level == "WARNING"
    assert dialogue.content["not_played"] == ['cue {"action": "dance"}']
    assert SECRET in str(first.content["input"])


def _steps_are_in_order(own: dict[str, SpanRecord]) -> None:
    turn, silence = own["turn"], own["end_of_turn"]
    assert silence.start == pytest.approx(turn.start, abs=0.01)
    assert own["recogniser"].start >= silence.start + silence.seconds - 0.01
    assert own["first_sound"].start == pytest.approx(turn.start, abs=0.01)
    assert silence.seconds < own["first_sound"].seconds <= own["first_frame"].seconds <= turn.seconds + 0.01


@pytest.mark.parametrize("captured", [False, True])
def test_a_session_is_one_at_the_receiver_and_private_words_stay_here(
    scene: Scene, tmp_path: Path, captured: bool
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from tests.avatar.trace_receiver import receiver

    with receiver() as found:
        talked(scene, tmp_path, otel_exporter_otlp_endpoint=found.address, otlp_capture_content=captured)
        close_relays(10.0)
        turns = found.named("turn")
        assert len(turns) == 2
        assert {span.attributes["session.id"] for span in found.spans} == {"session-1"}
        assert len({span.trace for span in turns}) == 2
        generation = found.named("dialogue")[0]
        assert generation.attributes["gen_ai.request.model"] == "scripted-7b"
        assert any(SECRET.encode() in raw for raw in found.raw) is captured


def test_old_sessions_are_forgotten(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, retention_days=2)
    for name, age in (("a", 0.0), ("b", 1.0), ("c", 1.5), ("d", 3.0)):
        TurnTraces(settings, name).begin(1, time.monotonic()).end()
        for file in (tmp_path / FOLDER / name).iterdir():
            os.utime(file, (time.time() - age * 86_400,) * 2)
    forget_old_sessions(settings)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["a", "b", "c"]
    forget_old_sessions(settings, most=2)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["a", "b"]


def test_a_turn_is_traced_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("no folder")
    trace = TurnTraces(load_settings(data_dir=tmp_path), "a").begin(1, time.monotonic())
    with trace.span("recogniser"):
        pass
    trace.end()
    assert trace.root.seconds is not None


def test_a_session_that_another_worker_removes_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "gone").symlink_to(tmp_path / "nowhere", target_is_directory=True)
    settings = load_settings(data_dir=tmp_path)
    TurnTraces(settings, "here").begin(1, time.monotonic()).end()
    assert traces_module._changed(tmp_path / FOLDER / "gone") == 0.0
    forget_old_sessions(settings)
    assert (tmp_path / FOLDER / "here" / "spans.jsonl").is_file()

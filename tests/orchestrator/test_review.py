"""A job that asks for review waits with its performance, through restarts, and goes on with what comes back."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from avatar.performance import Performance
from avatar.settings import Settings
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]


def test_the_job_waits_and_tells_its_performance(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    waiting = run_job(request_for(review=True), settings)
    assert waiting.status == "waiting_review"
    assert waiting.video is None
    assert waiting.performance["controls"]
    assert not engine.drawn
    assert run_job(request_for(review=True), settings).status == "waiting_review"


def test_an_edited_performance_is_played(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    edited = deepcopy(run_job(request_for(review=True), settings).performance)
    edited["controls"]["smile"] = 0.75
    result = run_job(request_for(review=True, performance=edited), settings)
    assert result.status == "finished"
    assert result.performance["controls"]["smile"] == 0.75
    assert result.director.name == "rules"
    assert "edited in review" in result.director.why
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]


def test_what_is_handed_in_is_laid_onto_the_speech(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    edited = deepcopy(run_job(request_for(review=True), settings).performance)
    edited["cues"] = [{"action": "nod", "at": 1.0}, {"action": "blink", "at": 60.0}]
    edited["controls"]["smile"] = 3
    result = run_job(request_for(review=True, performance=edited), settings)
    assert [cue["action"] for cue in result.performance["cues"]] == ["nod"]
    assert result.performance["controls"]["smile"] == 1.0
    assert any("blink" in note for note in result.notes)
    assert any("controls.smile 3 to 1" in note for note in result.notes)


def test_an_approved_performance_is_called_so(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    waiting = run_job(request_for(review=True), settings)
    result = run_job(request_for(review=True, performance=waiting.performance), settings)
    assert "approved in review" in result.director.why
    assert run_job(request_for(review=True, performance=waiting.performance), settings).served


def test_an_edit_that_was_laid_onto_the_speech_is_served_when_asked_for_again(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    edited = deepcopy(run_job(request_for(review=True), settings).performance)
    edited["cues"] = [{"action": "nod", "at": 0.4}, {"action": "smile", "at": 50.0}]
    first = run_job(request_for(review=True, performance=edited), settings)
    assert [cue["action"] for cue in first.performance["cues"]] == ["nod"]
    assert run_job(request_for(review=True, performance=edited), settings).served
    edited["cues"][0]["action"] = "tilt"
    assert not run_job(request_for(review=True, performance=edited), settings).served


def test_another_edit_after_the_end_makes_another_video(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = deepcopy(run_job(request_for(review=True), settings).performance)
    run_job(request_for(review=True, performance=first), settings)
    first["controls"]["smile"] = -0.5
    again = run_job(request_for(review=True, performance=first), settings)
    assert not again.served
    assert again.performance["controls"]["smile"] == -0.5


def test_a_performance_that_comes_along_needs_no_review(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    given = Performance.model_validate({"controls": {"smile": 0.5}}).model_dump(mode="json")
    asked = request_for(review=True, performance=given, controls={"energy": 0.2})
    result = run_job(asked, settings)
    assert result.status == "finished"
    assert result.director.name == "given"
    assert run_job(asked, settings).served


def test_a_run_that_was_cut_off_starts_over_for_another_edit(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = deepcopy(run_job(request_for(review=True), settings).performance)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("orchestrator.driving.forget_history", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run_job(request_for(review=True, performance=edited), settings)
    edited["controls"]["smile"] = 0.9
    result = run_job(request_for(review=True, performance=edited), settings)
    assert result.performance["controls"]["smile"] == 0.9

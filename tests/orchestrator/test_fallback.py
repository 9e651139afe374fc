"""When an engine fails the next one draws the whole video, and the result says so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avatar.errors import EncodingError, RenderError
from avatar.settings import Settings
from avatar.types import Portrait, Size
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, CountingSession, use_fakes
from video_processor.encoding import video_info
from video_processor.renderers.still import StillRenderer

Requests = Callable[..., JobRequest]


def test_a_chunk_that_fails_hands_all_chunks_to_the_next_engine(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, spare = CountingEngine(fails_on=[2]), CountingEngine("spare")
    use_fakes(monkeypatch.setattr, broken, spare)
    result = run_job(request_for(), settings)
    assert sorted(spare.drawn) == [0, 1, 2, 3, 4]
    assert result.renderer is not None
    assert (result.renderer.name, result.frames) == ("spare", 50)
    assert "puppet failed" in result.renderer.passed_over[0]
    assert "the engine broke" in result.renderer.passed_over[0]
    assert [(error["engine"], error["chunk"]) for error in result.errors] == [("puppet", 2)]


@pytest.mark.parametrize("error", [RenderError("no fields"), ValueError("no fields"), MemoryError("no fields")])
def test_an_engine_that_cannot_prepare_gives_way_too(
    error: Exception, request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = CountingEngine(fails_on=[-1], error=error)
    use_fakes(monkeypatch.setattr, broken, StillRenderer())
    result = run_job(request_for(renderer="puppet"), settings)
    assert result.renderer is not None
    assert result.renderer.name == "still"
    assert "no fields" in result.renderer.passed_over[0]
    assert video_info(Path(result.video or "")).frames == 50
    assert broken.prepared <= settings.workers


def test_an_engine_that_draws_too_little_has_failed(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazy = CountingEngine(fails_on=[1], error=None)
    use_fakes(monkeypatch.setattr, lazy, StillRenderer())
    result = run_job(request_for(), settings)
    assert result.renderer is not None
    assert result.renderer.name == "still"
    assert "chunk 1: it drew 5 of 10 frames" in result.errors[0]["message"]


def test_an_engine_that_draws_another_size_has_failed(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wide(CountingEngine):
        def prepare(self, portrait: Portrait, size: Size) -> CountingSession:
            return CountingSession(self, np.zeros((128, 256, 3), np.uint8))

    use_fakes(monkeypatch.setattr, Wide(), StillRenderer())
    result = run_job(request_for(), settings)
    assert result.renderer is not None
    assert result.renderer.name == "still"
    assert "(128, 256, 3)" in result.errors[0]["message"]


def test_where_no_engine_is_left_the_error_names_every_cause(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = CountingEngine(fails_on=[0], error=RuntimeError("first cause"))
    second = CountingEngine("spare", fails_on=[3], error=RuntimeError("second cause"))
    use_fakes(monkeypatch.setattr, first, second)
    with pytest.raises(RenderError, match=r"first cause.*second cause") as caught:
        run_job(request_for(), settings)
    assert caught.value.cure


def test_after_a_failure_the_same_command_tries_again(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = CountingEngine(fails_on=[2])
    use_fakes(monkeypatch.setattr, engine)
    with pytest.raises(RenderError):
        run_job(request_for(), settings)
    kept = set(engine.drawn)
    engine.fails_on = ()
    result = run_job(request_for(), settings)
    assert result.frames == 50
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]
    assert 2 not in kept


def test_a_failing_encoder_is_no_fault_of_the_engine(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = CountingEngine("spare")
    use_fakes(monkeypatch.setattr, CountingEngine(), spare)

    def refuse(*_: object, **__: object) -> int:
        raise EncodingError("The codec is gone.")

    monkeypatch.setattr("orchestrator.nodes.video_generation.encode_segment", refuse)
    with pytest.raises(EncodingError, match="codec is gone"):
        run_job(request_for(), settings)
    assert spare.prepared == 0


def test_a_sequential_engine_gets_its_chunks_in_order(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = CountingEngine(sequential=True)
    use_fakes(monkeypatch.setattr, engine)
    run_job(request_for(), settings)
    assert engine.drawn == [0, 1, 2, 3, 4]

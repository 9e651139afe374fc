"""A whole job that a model directs: what it wrote is told and kept; a failure is told, and tried again another time."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from avatar.errors import ConfigurationError, InputError
from avatar.settings import Settings
from avatar.telemetry import read_spans
from avatar.types import Choice
from orchestrator.completing import complete_job
from orchestrator.director import endpoints, prompts
from orchestrator.director.choice import by_rules, choose_director, director_identity
from orchestrator.director.rules import direct
from orchestrator.result import JobResult, load_result, save_result
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.director.scripted_chat import Reply, ScriptedChat, answer_text, refused
from tests.orchestrator.pipeline_fakes import CountingEngine, write_sound
from tests.video_processor.speech_factory import make_speech

Requests = Callable[..., JobRequest]

GOOD = answer_text([{"word": 4, "action": "nod", "intensity": 0.4}], smile=0.35)


@pytest.fixture
def request_for(request_for: Requests) -> Requests:
    """Spoken text, unless something else is given."""

    def make(**changes: object) -> JobRequest:
        sound = {} if "audio" in changes else {"audio": None, "text": "Good morning. Did you really finish it?"}
        return request_for(**{**sound, **changes})

    return make


@pytest.fixture
def asked(settings: Settings) -> Settings:
    """With a key for Mistral's API."""
    return settings.model_copy(update={"mistral_api_key": SecretStr("key"), "mistral_model": "m-1"})


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedChat]:
    """The model says these one after the other."""

    def script(*replies: Reply) -> ScriptedChat:
        chat = ScriptedChat(list(replies), name="mistral", model="m-1")
        monkeypatch.setattr(endpoints, "open_chat", lambda _settings, _name: chat)
        return chat

    return script


Script = Callable[..., ScriptedChat]


def spans_of(settings: Settings, result: JobResult) -> list[str]:
    path = settings.data_dir / "jobs" / result.thread_id / "spans.jsonl"
    return [span.name for span in read_spans(path)]


def test_the_model_directs_and_the_result_tells_how(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(GOOD)
    result = run_job(request_for(direction="warm"), asked)

    assert (result.director.name, result.director.passed_over) == ("mistral", ())
    assert result.performance["controls"]["smile"] == 0.35
    assert [(cue["action"], cue["word"]) for cue in result.performance["cues"]] == [("nod", 4)]
    assert result.direction_report is not None
    assert result.direction_report["model"] == "m-1"
    assert result.direction_report["fallback"] is None
    assert result.notes == ()
    assert "<direction>\nwarm\n</direction>" in chat.asked[0][1].text
    assert {"director", "mistral_controller"} <= set(spans_of(asked, result))


def test_the_result_survives_its_file(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script, tmp_path: Path
) -> None:
    script(refused())
    result = run_job(request_for(), asked)
    save_result(tmp_path / "result.json", result)

    assert load_result(tmp_path / "result.json") == result


def test_an_equal_job_is_served_and_asks_nothing(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(GOOD)
    run_job(request_for(), asked)

    assert run_job(request_for(), asked).served
    assert len(chat.asked) == 1


def test_another_size_plays_what_was_written_and_another_seed_asks_again(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(GOOD, answer_text(smile=-0.5))
    first = run_job(request_for(fps="20"), asked)
    second = run_job(request_for(fps="10"), asked)
    assert (second.performance, len(chat.asked)) == (first.performance, 1)
    assert second.direction_report is not None
    assert (second.direction_report["questions"], second.direction_report["cost_usd"]) == (0, None)
    assert "earlier video" in second.director.why

    third = run_job(request_for(fps="20", seed=5), asked)
    assert third.performance["controls"]["smile"] == -0.5
    assert run_job(request_for(fps="10"), asked, fresh=True).performance["controls"]["smile"] == -0.5
    assert len(chat.asked) == 3


def test_a_damaged_file_of_a_performance_is_written_again(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(GOOD)
    first = run_job(request_for(), asked)
    (kept,) = (asked.data_dir / "artifacts").glob("performance-*.json")
    kept.write_text('{"performance": {}}', encoding="utf-8")

    assert run_job(request_for(fps="10"), asked).performance == first.performance
    assert len(chat.asked) == 2
    assert json.loads(kept.read_text(encoding="utf-8"))["performance"] == first.performance


def test_rules_stand_in_and_result_notes_and_trace_say_so(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    script(refused("rate_limited"))
    result = run_job(request_for(direction="smiling, floccinaucinihilipilification"), asked)

    assert result.status == "finished"
    assert (result.director.name, result.director.why) == ("rules", "stand in for mistral")
    assert result.director.passed_over == ("mistral: The scripted model says rate_limited. Change the script.",)
    assert result.direction_report is not None
    assert result.direction_report["fallback_reason"] == "rate_limited"
    assert "Rules directed the face in place of the model m-1 (mistral)" in result.notes[0]
    assert "not understood: floccinaucinihilipilification" in result.notes[1]
    assert {"director", "director_fallback"} <= set(spans_of(asked, result))
    assert list((asked.data_dir / "artifacts").glob("performance-*")) == []


def test_what_rules_made_for_want_of_an_answer_is_tried_again(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(refused(), refused(), GOOD)
    first = run_job(request_for(), asked)
    drawn = len(engine.drawn)
    second = run_job(request_for(), asked)

    assert (second.director.name, second.served, second.performance) == ("rules", False, first.performance)
    assert len(engine.drawn) == drawn
    assert run_job(request_for(), asked).director.name == "mistral"
    assert run_job(request_for(), asked).served
    assert len(chat.asked) == 3


def test_what_a_person_reviewed_is_served_though_no_model_answered(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(refused())
    waiting = run_job(request_for(review=True), asked)
    assert waiting.direction_report is not None
    run_job(request_for(review=True, performance=waiting.performance), asked)

    assert run_job(request_for(review=True), asked).served
    assert len(chat.asked) == 1


def test_a_given_performance_asks_no_model(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    chat = script(GOOD)
    result = run_job(request_for(performance={"controls": {"smile": 0.2}}), asked)

    assert (result.director.name, result.direction_report, chat.asked) == ("given", None, [])


def test_a_given_performance_is_played_though_its_director_is_set_up_no_more(
    request_for: Requests, settings: Settings, asked: Settings, engine: CountingEngine, script: Script
) -> None:
    script(GOOD)
    waiting = run_job(request_for(review=True, director="mistral"), asked)
    for review in (True, False):
        again = request_for(review=review, director="mistral", performance=waiting.performance)
        assert run_job(again, settings).status == "finished"
    with pytest.raises(ConfigurationError):
        run_job(request_for(review=True, director="mistral"), settings)
    with pytest.raises(InputError):
        run_job(request_for(director="nobody", performance=waiting.performance), settings)


def test_silence_asks_no_model(
    request_for: Requests, asked: Settings, engine: CountingEngine, script: Script, tmp_path: Path
) -> None:
    chat = script(GOOD)
    result = run_job(request_for(audio=write_sound(tmp_path / "silence.wav", 1.0, 0.0)), asked)

    assert (result.director.name, result.direction_report, chat.asked) == ("rules", None, [])
    assert "nobody speaks" in result.director.why


def test_another_model_makes_another_video(
    request_for: Requests, asked: Settings, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = complete_job(request_for(), settings)
    given = complete_job(request_for(performance={}), settings)
    others = [
        settings,
        asked,
        asked.model_copy(update={"mistral_model": "m-2"}),
        asked.model_copy(update={"director_temperature": 0.9}),
        asked.model_copy(update={"director_max_tokens": 999}),
        asked.model_copy(update={"mistral_base_url": "http://127.0.0.1:1/v1"}),
        asked.model_copy(update={"mistral_base_url": "http://127.0.0.1:2/v1"}),
    ]

    assert len({job.thread_id(other) for other in others}) == len(others)
    assert len({given.thread_id(other) for other in others}) == 1
    for path in prompts.PROMPTS_FOLDER.glob("*.txt"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8") + " ?", encoding="utf-8")
    before = job.thread_id(asked)
    monkeypatch.setattr(prompts, "PROMPTS_FOLDER", tmp_path)
    assert job.thread_id(asked) != before
    assert director_identity("rules", asked) == ["rules"]


@pytest.mark.parametrize(("name", "why"), [("auto", "no language model is set up"), ("rules", "asked for")])
def test_director_is_chosen_with_a_reason(name: str, why: str, settings: Settings) -> None:
    choice = choose_director(name, settings)

    assert choice.name == "rules"
    assert why in choice.why


def test_auto_takes_the_model_that_is_set_up(settings: Settings, asked: Settings) -> None:
    local = asked.model_copy(update={"mistral_base_url": "http://127.0.0.1:1/v1"})
    groq = settings.model_copy(update={"groq_api_key": SecretStr("key")})

    assert [choose_director("auto", chosen).name for chosen in (asked, local, groq)] == ["mistral", "local", "groq"]
    assert choose_director("rules", asked).name == "rules"


def test_unknown_director_is_refused_with_the_valid_names(settings: Settings) -> None:
    with pytest.raises(InputError, match=r"'spielberg'.*auto, rules, local, mistral, groq"):
        choose_director("spielberg", settings)


@pytest.mark.parametrize("name", ["mistral", "groq", "local"])
def test_a_model_that_is_not_set_up_is_refused_with_the_setting_it_lacks(name: str, settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"It lacks [A-Z_]+"):
        choose_director(name, settings)


def test_performance_by_rules_comes_with_who_wrote_it() -> None:
    speech, choice = make_speech(10.0), Choice("rules", "was asked for")
    found = by_rules(speech, (), "", choice)

    assert found == (direct(speech, ()), choice, (), None)

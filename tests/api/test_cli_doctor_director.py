from api.cli.doctor.director import check_director
from avatar.settings import load_settings
from tests.orchestrator.director.scripted_model import answers, replies, scripted_model

SERVER = "http://127.0.0.1:11434/v1"


def test_without_a_model_the_rules_direct_and_what_is_lacking_is_named() -> None:
    check = check_director(load_settings(), ask=True)
    assert check.status == "ok"
    assert check.detail.startswith("rules")
    assert all(name in check.detail for name in ("MISTRAL_API_KEY", "MISTRAL_BASE_URL", "GROQ_API_KEY"))


def test_the_model_that_directs_is_named_and_not_asked() -> None:
    check = check_director(load_settings(mistral_base_url=SERVER, local_model="some-7b"), ask=False)
    assert check.status == "ok"
    assert "some-7b" in check.detail
    assert "127.0.0.1:11434" in check.detail


def test_a_model_that_answers_is_well() -> None:
    with scripted_model(answers('{"warmth": 0.9}')) as server:
        check = check_director(load_settings(mistral_base_url=server.url), ask=True)
    assert check.status == "ok"
    assert "answered in" in check.detail


def test_a_model_that_does_not_answer_comes_with_a_cure() -> None:
    with scripted_model(replies(404, {"error": {"message": "model 'x' not found"}})) as server:
        check = check_director(load_settings(mistral_base_url=server.url, local_model="x"), ask=True)
    assert check.status == "warn"
    assert "does not know the model x" in check.detail
    assert "LOCAL_MODEL" in check.cure


def test_a_wrong_default_is_left_to_the_check_of_the_settings() -> None:
    assert check_director(load_settings(default_director="nobody"), ask=False).detail.startswith("rules")

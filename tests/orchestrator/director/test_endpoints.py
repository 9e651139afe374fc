import pytest

from avatar.errors import ConfigurationError, InputError
from avatar.settings import load_settings, parse_prices
from orchestrator.director.endpoints import GROQ_URL, MISTRAL_URL, configured, endpoint, why_not

SERVER = "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("given", "ready"),
    [
        ({}, ()),
        ({"mistral_api_key": "k"}, ("mistral",)),
        ({"groq_api_key": "k"}, ("groq",)),
        ({"mistral_base_url": SERVER}, ("local",)),
        ({"mistral_base_url": SERVER, "mistral_api_key": "k", "groq_api_key": "g"}, ("local", "groq")),
        ({"mistral_base_url": MISTRAL_URL, "mistral_api_key": "k"}, ("mistral",)),
        ({"mistral_base_url": MISTRAL_URL}, ()),
    ],
)
def test_what_is_set_decides_who_can_be_asked(given: dict[str, str], ready: tuple[str, ...]) -> None:
    assert configured(load_settings(**given)) == ready


def test_each_endpoint_has_its_own_place_model_and_price() -> None:
    settings = load_settings(mistral_api_key="k", groq_api_key="g")
    mistral, groq = endpoint(settings, "mistral"), endpoint(settings, "groq")
    assert (mistral.url, mistral.model) == (MISTRAL_URL, "mistral-small-latest")
    assert mistral.usd_per_token == pytest.approx((0.15e-6, 0.60e-6))
    assert (groq.url, groq.model) == (GROQ_URL, "openai/gpt-oss-20b")
    assert groq.usd_per_token == pytest.approx((0.075e-6, 0.30e-6))
    local = endpoint(load_settings(mistral_base_url=SERVER), "local")
    assert (local.url, local.model, local.usd_per_token) == (SERVER, "mistral:7b-instruct", None)


def test_another_groq_model_is_asked_without_reasoning() -> None:
    assert endpoint(load_settings(groq_api_key="g", groq_model="llama-x"), "groq").extra is None


def test_what_is_missing_is_named() -> None:
    settings = load_settings()
    assert "MISTRAL_API_KEY" in why_not(settings, "mistral")
    assert "MISTRAL_BASE_URL" in why_not(settings, "local")
    assert "GROQ_API_KEY" in why_not(settings, "groq")
    assert "`local`" in why_not(load_settings(mistral_base_url=SERVER, mistral_api_key="k"), "mistral")
    with pytest.raises(ConfigurationError, match=r"'groq'.*GROQ_API_KEY"):
        endpoint(settings, "groq")
    with pytest.raises(InputError, match="'openai'"):
        endpoint(settings, "openai")


def test_keys_and_passwords_stay_out_of_what_is_shown() -> None:
    settings = load_settings(mistral_base_url="https://me:hidden@models.example/v1", mistral_api_key="hidden-too")
    found = endpoint(settings, "local")
    assert found.title == "The model server at models.example"
    assert "hidden-too" not in repr(found)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        (" https://models.example/proxy/ ", "https://models.example/proxy"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("", ""),
    ],
)
def test_an_address_is_completed(given: str, taken: str) -> None:
    assert load_settings(mistral_base_url=given).mistral_base_url == taken


@pytest.mark.parametrize(
    "given",
    ["127.0.0.1:11434", "ftp://models.example", "http://", "http://x:99999/v1", "http://x:y/v1", "http://x/v1?a=b",
     "http://x/v1/chat/completions", "http://[::1"],
)  # fmt: skip
def test_an_address_that_cannot_work_is_refused_by_name(given: str) -> None:
    with pytest.raises(ConfigurationError, match="MISTRAL_BASE_URL"):
        load_settings(mistral_base_url=given)


def test_prices_are_read_by_model() -> None:
    assert parse_prices("a/b:7b 0.5 1; c 2 3.25;") == {"a/b:7b": (0.5, 1.0), "c": (2.0, 3.25)}
    assert parse_prices("") == {}


@pytest.mark.parametrize("given", ["a", "a 1", "a 1 2 3", "a -1 2", "a one two", "a nan 1"])
def test_prices_that_cannot_be_read_are_refused_by_name(given: str) -> None:
    with pytest.raises(ConfigurationError, match="MODEL_PRICES"):
        load_settings(model_prices=given)

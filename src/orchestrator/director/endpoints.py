"""Where a language model answers: Mistral's API, a server that stands in for it, or Groq's API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from avatar.errors import ConfigurationError, InputError
from avatar.settings import Settings, parse_prices
from orchestrator.director.chat import Chat

MISTRAL_URL: Final = "https://api.mistral.ai/v1"
GROQ_URL: Final = "https://api.groq.com/openai/v1"
NAMES: Final = ("local", "mistral", "groq")
"""Every endpoint, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model, where it answers, and how it is asked.

    `usd_per_token` is for tokens in and out, None where the settings name no price. `strict_schema` is False where a
    server holds to a JSON Schema only as well as it can, `streams` where it writes JSON in one piece only.
    `asks_for_usage` is True where tokens are counted in a stream on request only. `extra` goes into each request.
    """

    name: str
    url: str
    model: str
    key: SecretStr | None
    key_variable: str
    model_variable: str
    temperature: float
    max_tokens: int
    usd_per_token: tuple[float, float] | None
    strict_schema: bool = True
    streams: bool = True
    asks_for_usage: bool = False
    extra: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What messages call it: never with a key or a password of its address."""
        parts = urlsplit(self.url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
        names = {"mistral": "Mistral's API", "groq": "Groq's API"}
        return f"{names.get(self.name, 'The model server')} at {host}"


def configured(settings: Settings) -> tuple[str, ...]:
    """The endpoints that can be asked, best first. `MISTRAL_BASE_URL` stands in for Mistral's API, never beside it."""
    return tuple(name for name in NAMES if not why_not(settings, name))


def why_not(settings: Settings, name: str) -> str:
    """A sentence on what keeps the endpoint from being asked; empty where nothing does."""
    elsewhere = _is_elsewhere(settings)
    if name == "local":
        return "" if elsewhere else "It lacks MISTRAL_BASE_URL, the address of a server that runs a model."
    if name == "mistral" and elsewhere:
        return "MISTRAL_BASE_URL is set, so `local` is asked in its place."
    key = settings.mistral_api_key if name == "mistral" else settings.groq_api_key
    return "" if key else f"It lacks {name.upper()}_API_KEY."


def open_chat(settings: Settings, name: str) -> Chat:
    """The model at the endpoint of that name; nothing is asked yet.

    Raises `InputError` for an unknown name, `ConfigurationError` where the endpoint's settings are missing.
    """
    from orchestrator.director.mistral_chat import MistralChat

    return MistralChat(endpoint(settings, name))


def endpoint(settings: Settings, name: str) -> Endpoint:
    """Raises as `open_chat` does."""
    if name not in NAMES:
        raise InputError(f"There is no endpoint '{name}'.", cure=f"Choose one of: {', '.join(NAMES)}.")
    if reason := why_not(settings, name):
        raise ConfigurationError(
            f"The director '{name}' cannot be asked. {reason}",
            cure="docs/director.md says how to set it up.",
        )
    if name == "groq":
        return _groq(settings)
    local = name == "local"
    model = settings.local_model if local else settings.mistral_model
    return Endpoint(
        name=name,
        url=settings.mistral_base_url or MISTRAL_URL,
        model=model,
        key=settings.mistral_api_key,
        key_variable="MISTRAL_API_KEY",
        model_variable="LOCAL_MODEL" if local else "MISTRAL_MODEL",
        usd_per_token=_price(settings, model),
        asks_for_usage=local,
        temperature=settings.director_temperature,
        max_tokens=settings.director_max_tokens,
    )


def _groq(settings: Settings) -> Endpoint:
    model = settings.groq_model
    reasons = model.startswith("openai/gpt-oss")
    return Endpoint(
        name="groq",
        url=GROQ_URL,
        model=model,
        key=settings.groq_api_key,
        key_variable="GROQ_API_KEY",
        model_variable="GROQ_MODEL",
        usd_per_token=_price(settings, model),
        strict_schema=False,
        streams=False,
        temperature=settings.director_temperature,
        max_tokens=settings.director_max_tokens,
        extra={"reasoning_effort": "low"} if reasons else None,
    )


def _is_elsewhere(settings: Settings) -> bool:
    url = settings.mistral_base_url
    return bool(url) and urlsplit(url).hostname != urlsplit(MISTRAL_URL).hostname


def _price(settings: Settings, model: str) -> tuple[float, float] | None:
    price = parse_prices(settings.model_prices).get(model)
    return (price[0] / 1e6, price[1] / 1e6) if price else None

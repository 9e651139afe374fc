"""The forms in which an answer is asked for: servers differ in how they take a JSON Schema."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from orchestrator.director.endpoints import Endpoint

Structure = Literal["json_schema", "json_object", "plain"]
STRUCTURES: Final[tuple[Structure, ...]] = ("json_schema", "json_object", "plain")
"""Best first: the schema as Mistral, vLLM and Ollama take it, as llama-cpp-python does, and by the prompt alone."""


@dataclass(frozen=True, slots=True)
class Form:
    """`plain` asks for nothing that a simple server may not know."""

    structure: Structure
    stream: bool


_known: dict[tuple[str, str], Form] = {}
"""By address and model: the form that this process has found a server to take, where it is not the first."""


def forms_to_try(endpoint: Endpoint) -> list[Form]:
    """Best first; one alone where the server is known to take it and not those before."""
    known = _known.get((endpoint.url, endpoint.model))
    return [known] if known else [Form(structure, endpoint.streams) for structure in STRUCTURES]


def remember(endpoint: Endpoint, form: Form) -> None:
    """Notes that the server has answered in this form, and in none of those before it."""
    if form != Form(STRUCTURES[0], endpoint.streams):
        _known[endpoint.url, endpoint.model] = form


def options(endpoint: Endpoint, form: Form, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a request in that form holds beside the messages, the model and its parameters."""
    if form.structure == "plain":
        return {}
    asked: dict[str, Any] = {"response_format": _response_format(endpoint, form, schema)}
    if endpoint.asks_for_usage and form.stream:
        asked["stream_options"] = {"include_usage": True}
    return asked


def _response_format(endpoint: Endpoint, form: Form, schema: Mapping[str, Any]) -> dict[str, Any]:
    if form.structure == "json_object":
        return {"type": "json_object", "schema": schema} if endpoint.name == "local" else {"type": "json_object"}
    name = re.sub(r"\W", "_", str(schema.get("title", "answer")), flags=re.ASCII)[:64]
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": endpoint.strict_schema}}

"""What a span says of itself, in the words of OpenTelemetry: attribute names and values."""

import json
from collections.abc import Mapping
from typing import Any, Final

from avatar.tracing.record import JobTrace, Level, SpanRecord

OWN: Final = "avatar."
CONTENT: Final = "avatar.content."
KIND: Final = "avatar.kind"
LEVEL: Final = "avatar.level"
CAUSES: Final = "avatar.error.causes"
ERROR_TYPE: Final = "error.type"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"

PROVIDERS: Final = {"mistral": "mistral_ai"}
"""Names of providers that differ from ours."""

PUBLIC: Final = frozenset(
    {
        "answered_by",
        "director",
        "emotion",
        "emotion_sources",
        "endpoint",
        "engine",
        "fallback_reason",
        "fps",
        "language",
        "model",
        "model_parameters",
        "problems",
        "provider",
        "reason",
        "release",
        "renderer",
        "status",
        "thread",
        "warning",
    }
)
"""Texts and nested values that leave the machine without being asked for; all other texts are private."""

REQUESTED: Final = ("temperature", "max_tokens", "top_p", "seed", "frequency_penalty", "presence_penalty")
GENERATION: Final = {
    "tokens_in": "gen_ai.usage.input_tokens",
    "tokens_out": "gen_ai.usage.output_tokens",
    "first_token_seconds": "gen_ai.response.time_to_first_chunk",
    "answered_by": "gen_ai.response.model",
}


def span_attributes(record: SpanRecord, *, content: bool) -> dict[str, Any]:
    """All that a span tells, as JSON values; its private content only where `content` allows it."""
    known = record.attributes if content else public(record.attributes)
    told = {f"{OWN}{name}": value for name, value in known.items() if value is not None}
    if record.kind == "generation":
        told |= {KIND: record.kind, **_generation(known)}
    if (level := level_of(record)) != "DEFAULT":
        told[LEVEL] = level
    if record.error_kinds:
        told |= {ERROR_TYPE: record.error_kinds[0], CAUSES: list(record.error_kinds[1:])}
    return {**told, **_content(record)} if content else told


def public(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What of a span's attributes may leave the machine: numbers, and texts of which it is known what they are."""
    return {
        name: value for name, value in attributes.items() if name in PUBLIC or isinstance(value, bool | int | float)
    }


def level_of(record: SpanRecord) -> Level:
    """An answer that could not be used, and a span that names the `reason` why it is there at all, are warnings."""
    known = record.attributes
    if record.level == "DEFAULT" and (known.get("valid") is False or known.get("reason") is not None):
        return "WARNING"
    return record.level


def status_message(record: SpanRecord, *, content: bool) -> str:
    """Why a span failed: the kinds of errors, each caused by the next; their words only with `content`."""
    if record.error is not None:
        return record.error if content else " < ".join(record.error_kinds)
    known = record.attributes
    return str(known.get("warning") or known.get("reason") or ("invalid" if known.get("valid") is False else ""))


def trace_attributes(trace: JobTrace) -> dict[str, Any]:
    """Whose work a span is a part of."""
    told: dict[str, Any] = {
        "session.id": trace.session,
        "user.id": trace.user,
        "avatar.tags": list(trace.tags),
        "avatar.release": trace.release,
    }
    return {name: value for name, value in told.items() if value}


def messages(value: Any, role: str) -> list[dict[str, Any]]:
    """A prompt or an answer, as the GenAI conventions write messages."""
    given = value if isinstance(value, list) else [value]
    return [_message(item, role) for item in given]


def flat(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """For those who take no nested values: these become JSON."""
    return {name: _flat(value) for name, value in attributes.items() if value is not None}


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _generation(attributes: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"gen_ai.operation.name": "chat"}
    if (model := attributes.get("model")) is not None:
        told["gen_ai.request.model"] = model
    if (provider := attributes.get("provider") or attributes.get("endpoint")) is not None:
        told["gen_ai.provider.name"] = PROVIDERS.get(provider, provider)
    asked = attributes.get("model_parameters") or {}
    told |= {f"gen_ai.request.{name}": asked[name] for name in REQUESTED if asked.get(name) is not None}
    return told | {known: attributes[own] for own, known in GENERATION.items() if attributes.get(own) is not None}


def _content(record: SpanRecord) -> dict[str, Any]:
    told = {f"{CONTENT}{name}": value for name, value in record.content.items() if value is not None}
    if record.kind != "generation":
        return told
    for name, known, role in (("input", INPUT_MESSAGES, "user"), ("output", OUTPUT_MESSAGES, "assistant")):
        if (value := told.pop(f"{CONTENT}{name}", None)) is not None:
            told[known] = as_json(messages(value, role))
    return told


def _message(item: Any, role: str) -> dict[str, Any]:
    if isinstance(item, Mapping):
        role = item.get("role", role)
        item = item.get("content", item.get("text", dict(item)))
    text = item if isinstance(item, str) else as_json(item)
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _flat(value: Any) -> Any:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        return list(value)
    return as_json(value)

"""The messages as tables in a page of documentation."""

import json
from typing import Any, Final

from live.messages import live_schema

BEGIN: Final = "<!-- messages: begin -->\n"
END: Final = "<!-- messages: end -->"
KINDS: Final = {"string": "text", "integer": "whole number", "array": "list"}
SIDES: Final = {"ClientMessage": "From the client", "ServerMessage": "From the service"}


def with_messages(page: str) -> str:
    """The Markdown page with every message and its fields between its two marks. Raises ValueError without them."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the page lacks the marks {BEGIN.strip()} and {END}")
    return f"{before}{BEGIN}\n{_tables(live_schema())}\n{END}{after}"


def _tables(schema: dict[str, Any]) -> str:
    parts = []
    for union, title in SIDES.items():
        parts.append(f"### {title}\n")
        for kind, reference in sorted(schema["$defs"][union]["discriminator"]["mapping"].items()):
            parts.append(_message(kind, schema["$defs"][reference.rpartition("/")[2]], schema))
    return "\n".join(parts)


def _message(kind: str, message: dict[str, Any], schema: dict[str, Any]) -> str:
    what = " ".join(message.get("description", "").split())
    required = message.get("required", [])
    rows = [
        f"| `{name}` | {_kind(field, schema)} | {_usual(name, field, required)} | {field.get('description', '')} |"
        for name, field in message["properties"].items()
        if name != "type"
    ]
    table = ["| field | kind | default | |", "| --- | --- | --- | --- |", *rows, ""] if rows else []
    return "\n".join([f"**`{kind}`**: {what}", "", *table])


def _usual(name: str, field: dict[str, Any], required: list[str]) -> str:
    if "default" not in field:
        return "required" if name in required else ""
    default = field["default"]
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{json.dumps(default)}`"


def _kind(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """In words: `number, 0 to 1`."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _kind(schema["$defs"][name], schema)
    if "anyOf" in field:
        return next(_kind(option, schema) for option in field["anyOf"] if option.get("type") != "null")
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "properties" in field:
        return "object: " + ", ".join(f"`{name}`" for name in field["properties"])
    kind = KINDS.get(field.get("type", ""), field.get("type", ""))
    low, high = field.get("minimum"), field.get("maximum", field.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    return kind or "any"

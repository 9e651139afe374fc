"""Bodies read as a model: JSON, and text that is read as JSON. Strict, and every problem names its field."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from api.rest.problems import FieldError, HttpProblem, field_errors, invalid

Model = TypeVar("Model", bound=BaseModel)

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "multipart/form-data"


def content_kind(request: Request) -> str:
    """The content type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def wrong_content_type(request: Request, *accepted: str) -> HttpProblem:
    kind = content_kind(request)
    given = f"The content type {kind[:80]} is not read here" if kind else "The request has no content type"
    return HttpProblem(415, "UnsupportedMediaType", f"{given}.", cure=f"Send {' or '.join(accepted)}.")


def parse_json(model: type[Model], body: bytes) -> Model:
    """The body as that model. Raises a 400 problem where it is not JSON in UTF-8, 422 where it does not fit."""
    text = decoded(body)
    if not text.strip():
        raise HttpProblem(400, "BadJson", "The body is empty.", cure="Send a JSON object.")
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        if found[0]["type"] == "json_invalid":
            said = str(found[0]["msg"]).removeprefix("Invalid JSON: ")
            detail = f"The body is not JSON: {said}."
            raise HttpProblem(400, "BadJson", detail, cure="Send a JSON object in UTF-8.") from None
        raise invalid(field_errors(found)) from None


def decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HttpProblem(
            400, "BadEncoding", f"The body is not UTF-8: byte {error.start} is wrong.", cure="Send UTF-8."
        ) from None


def parse_texts(model: type[Model], texts: Mapping[str, str]) -> Model:
    """The model from the fields of a form or of a row of CSV: text as it is, all else written as JSON."""
    values: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, text in texts.items():
        if name not in model.model_fields or name in _text_fields(model):
            values[name] = text
            continue
        try:
            values[name] = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError):
            wrong.append(FieldError(field=name, message=f"'{text[:40]}' is not JSON"))
    try:
        if not wrong:
            return model.model_validate(values)
        model.model_validate({name: value for name, value in values.items() if name in model.model_fields})
    except ValidationError as error:
        wrong += field_errors(error.errors(include_url=False, include_input=False))
    raise invalid(wrong)


@cache
def _text_fields(model: type[BaseModel]) -> frozenset[str]:
    """The fields that may hold text."""
    found = model.model_json_schema()["properties"]
    kinds = {name: (schema, *schema.get("anyOf", ())) for name, schema in found.items()}
    return frozenset(name for name, known in kinds.items() if any(kind.get("type") == "string" for kind in known))


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")

"""The description of the service: what FastAPI finds, and the bodies that are read as JSON or as a form."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.rest.problems import Problem

REFERENCES: Final = "#/components/schemas/{model}"
DEFINITIONS: Final = "$defs"


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema; what it refers to lies under `$defs` until `describe` moves it to the components."""
    return model.model_json_schema(ref_template=REFERENCES)


def json_body(model: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    """A media type object for a JSON body."""
    return {"schema": schema_of(model), "examples": {name: {"value": value} for name, value in examples.items()}}


def form_body(model: type[BaseModel] | None, files: dict[str, str], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """A media type object for a form: the model's fields as text or JSON, and files with their descriptions."""
    nothing: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    fields = schema_of(model) if model else nothing
    parts = {name: {"type": "string", "format": "binary", "description": text} for name, text in files.items()}
    schema: dict[str, Any] = {**fields, "properties": {**fields["properties"], **parts}}
    if model:
        schema["title"] = f"{fields['title']}Form"
    if required:
        schema["required"] = list(required)
    return {"schema": schema}


def body(required: bool = True, **content: dict[str, Any]) -> dict[str, Any]:
    """What `openapi_extra` takes for a body; `json`, `form`, `csv`, `sdp`, `fragment` are media type objects."""
    kinds = {
        "json": "application/json",
        "form": "multipart/form-data",
        "csv": "text/csv",
        "sdp": "application/sdp",
        "fragment": "application/trickle-ice-sdpfrag",
    }
    return {"requestBody": {"required": required, "content": {kinds[kind]: value for kind, value in content.items()}}}


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` and /openapi.json give the whole description."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                tags=app.openapi_tags,
                routes=app.routes,
            )
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            _add(schemas, Problem)
            _hoist(found["paths"], schemas)
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _add(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = schema_of(model)
    schemas.update(schema.pop(DEFINITIONS, {}))
    schemas[model.__name__] = schema


def _hoist(node: Any, schemas: dict[str, Any]) -> None:
    """Moves every `$defs` under `node` to the components."""
    if isinstance(node, dict):
        schemas.update(node.pop(DEFINITIONS, {}))
        for value in node.values():
            _hoist(value, schemas)
    elif isinstance(node, list):
        for value in node:
            _hoist(value, schemas)

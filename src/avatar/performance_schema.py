"""The JSON Schema of a performance, for whoever writes one."""

from typing import Any, Final

from avatar.performance import PERFORMANCE_VERSION, Performance

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID: Final = f"urn:avatar-orchestrator:performance:{PERFORMANCE_VERSION}"


def performance_schema() -> dict[str, Any]:
    """What a `Performance` may hold, as JSON Schema of 2020-12.

    Its ranges are those that are played: numbers beyond them are brought to the nearest end. Keys that it does not
    list are refused where a person gives them.
    """
    schema = Performance.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        part["additionalProperties"] = False
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **schema}

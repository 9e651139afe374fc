"""The description holds for what the service does: no failure, and no answer that it does not document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema as OpenApiSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.rest.app import create_app
from avatar.settings import Settings, load_settings
from tests.api.rest.real_server import served
from tests.api.rest.service_fakes import FakeDesk, FakeWorker, picture_bytes

EXAMPLES: Final = 5
CHECKS: Final[list[schemathesis.CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("text/csv")
def csv_text(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Rows that make no sense, unless the value is text."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def sdp_text(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Text that is no SDP."""
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose jobs end at once: well where their seed is even."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.rest.service.PortraitDesk", FakeDesk)
        data, roomy = tmp_path_factory.mktemp("data"), {"rate_limit_per_minute": 0, "max_queue": 10_000}
        app = create_app(load_settings(data_dir=data, live_workers=1, **roomy))
        with served(app) as url, FakeWorker(app.state.service).working("end_by_seed"):
            yield url


def operations() -> list[tuple[str, str, GenerationMode]]:
    """Each one as described, and against its description where that is more than the text in its path."""
    found = create_app(load_settings()).openapi()["paths"]
    all_of_them = []
    for path, methods in found.items():
        for method in methods.keys() - {"head"}:
            all_of_them.append((path, method, GenerationMode.POSITIVE))
            places = {parameter["in"] for parameter in methods[method].get("parameters", ())}
            if "{" not in path and ("requestBody" in methods[method] or "query" in places):
                all_of_them.append((path, method, GenerationMode.NEGATIVE))
    return sorted(all_of_them)


@pytest.fixture(scope="module")
def schema(server: str) -> OpenApiSchema:
    return schemathesis.openapi.from_url(f"{server}/openapi.json")


@pytest.mark.parametrize(("path", "method", "mode"), operations())
def test_every_answer_is_documented(schema: OpenApiSchema, path: str, method: str, mode: GenerationMode) -> None:
    operation = schema[path][method]

    @given(operation.as_strategy(generation_mode=mode))
    @examples(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def every_answer_is_documented(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    try:
        every_answer_is_documented()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing can be asked for"


@pytest.mark.parametrize(("seed", "status"), [(0, "completed"), (1, "failed")])
def test_answers_about_a_job_that_is_there_are_documented(
    schema: OpenApiSchema, server: str, settings: Settings, seed: int, status: str, tmp_path: Path
) -> None:
    files = {"image": ("me.png", picture_bytes(tmp_path))}
    made = httpx.post(f"{server}/api/v1/generate", data={"text": "Hello", "seed": seed}, files=files, timeout=30).json()
    assert httpx.get(f"{server}/api/v1/jobs/{made['job_id']}").json()["status"] == status
    numbers = {"job_id": made["job_id"], "session_id": made["job_id"]}
    about_it = ("{job_id}", "{session_id}")
    asked = [path for path, method, _ in operations() if method == "get" and any(name in path for name in about_it)]
    for path in dict.fromkeys(asked):
        given = {name: value for name, value in {**numbers, "index": 0, "form": "vtt"}.items() if f"{{{name}}}" in path}
        checks = [check for check in CHECKS if check is not response_schema_conformance or "events" not in path]
        schema[path]["get"].Case(path_parameters=given).call_and_validate(checks=checks)

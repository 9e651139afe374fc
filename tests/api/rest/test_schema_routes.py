"""The schema of a performance can be fetched, kept, and relied on."""

from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from avatar.performance_schema import performance_schema

ADDRESS = "/api/v1/schemas/performance"


def test_the_schema_is_served_as_one(client: TestClient) -> None:
    answer = client.get(ADDRESS)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/schema+json")
    assert answer.json() == performance_schema()
    Draft202012Validator.check_schema(answer.json())


def test_a_client_that_has_it_is_not_sent_it_again(client: TestClient) -> None:
    first = client.get(ADDRESS)
    again = client.get(ADDRESS, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "max-age" in first.headers["cache-control"]


def test_there_is_no_other_schema(client: TestClient) -> None:
    assert client.get("/api/v1/schemas/portrait").status_code == 404


def test_the_performance_of_a_job_is_valid_by_it(client: TestClient) -> None:
    schema = Draft202012Validator(client.get(ADDRESS).json())
    good = {"cues": [{"action": "nod", "word": 2}, {"action": "nod", "at": 1.5, "word": None}]}

    assert schema.is_valid(good)
    for wrong in ({"cues": [{"action": "nod"}]}, {"cues": [{"action": "nod", "word": None}]}, {"mood": 1}):
        assert not schema.is_valid(wrong)

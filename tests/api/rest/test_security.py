"""Who may call, what pages of others may do, how often, how much, and what browsers are told."""

import logging

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.rest.security import SESSION_COOKIE, Policy, matching_token, policy_of, session_value
from avatar.errors import ConfigurationError
from avatar.settings import load_settings
from tests.api.rest.conftest import OpenClient
from tests.api.rest.service_fakes import LOCAL

TOKENS = "first-secret, second-secret"
FRIEND = "https://friend.example"


def with_tokens() -> dict[str, object]:
    return {"api_tokens": load_settings(api_tokens=TOKENS).api_tokens}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8005", "localhost:9", "LOCALHOST", "[::1]:8005", "127.3.2.1"])
def test_without_tokens_this_machines_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/jobs", headers={"host": host}).status_code == 200


def test_without_tokens_foreign_names_are_refused(client: TestClient) -> None:
    hosts = ("evil.example", "192.168.0.7", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", "", "0x7f.1")
    for host in hosts:
        for path in ("/api/v1/jobs", "/health", "/"):
            answer = client.get(path, headers={"host": host})
            assert (answer.status_code, answer.json()["kind"]) == (403, "ForeignHost")


def test_with_tokens_any_name_is_answered(open_client: OpenClient) -> None:
    with open_client(**with_tokens()) as client:
        headers = {"host": "avatar.example", **bearer("first-secret")}
        assert client.get("/api/v1/jobs", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(""),
        bearer("first-secret, second-secret"),
        {"Authorization": "Basic first-secret"},
        {"Authorization": "first-secret"},
        {"Cookie": f"{SESSION_COOKIE}=first-secret"},
        {"Cookie": f"{SESSION_COOKIE}=9999999999.{'0' * 64}"},
    ],
)
def test_a_token_is_needed(open_client: OpenClient, headers: dict[str, str]) -> None:
    with open_client(**with_tokens()) as client:
        for path in ("/api/v1/jobs", "/openapi.json", "/metrics", "/api/v1/status", "/status/1", "/nothing"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["kind"]) == (401, "Unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"


def test_every_token_opens(open_client: OpenClient) -> None:
    with open_client(**with_tokens()) as client:
        for token in ("first-secret", "second-secret"):
            assert client.get("/api/v1/jobs", headers=bearer(token)).status_code == 200


def test_health_and_the_page_need_no_token(open_client: OpenClient) -> None:
    with open_client(**with_tokens()) as client:
        for path in ("/health", "/", "/static/none.js"):
            assert client.get(path).status_code in (200, 404)


def test_a_session_stands_for_the_token(open_client: OpenClient) -> None:
    with open_client(**with_tokens()) as client:
        assert client.post("/api/v1/session", json={"token": "wrong"}).status_code == 401
        answer = client.post("/api/v1/session", json={"token": "second-secret"})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert "second-secret" not in cookie
        assert client.get("/api/v1/jobs").status_code == 200
        assert client.delete("/api/v1/session").status_code == 204
        assert client.get("/api/v1/jobs").status_code == 401


def test_a_session_ends_and_cannot_be_prolonged(open_client: OpenClient) -> None:
    old = session_value(b"first-secret", now=0.0)
    prolonged = f"9999999999.{old.partition('.')[2]}"
    with open_client(**with_tokens()) as client:
        for value in (old, prolonged, ".", "x.y", "²³.4", session_value(b"another-secret")):
            headers = {b"Cookie": f"{SESSION_COOKIE}={value}".encode()}
            assert client.get("/api/v1/jobs", headers=headers).status_code == 401


def test_a_session_needs_no_token_where_nobody_has_one(client: TestClient) -> None:
    answer = client.post("/api/v1/session", json={"token": "any"})
    assert answer.status_code == 204
    assert "set-cookie" not in answer.headers


def test_tokens_are_never_told(open_client: OpenClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with open_client(**with_tokens()) as client:
        client.get("/api/v1/jobs", headers=bearer("first-secret"))
        client.get("/api/v1/jobs", headers=bearer("a-wrong-secret"))
        answer = client.post("/api/v1/session", json={"token": "a-wrong-secret"})
    assert "secret" not in caplog.text + answer.text
    assert "secret" not in repr(policy_of(load_settings(api_tokens=TOKENS)))


@pytest.mark.parametrize("tokens", ["schlüssel", "good, schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel", "two\nlines"])
def test_tokens_that_no_header_carries_are_refused(tokens: str) -> None:
    with pytest.raises(ConfigurationError, match="API_TOKENS") as refused:
        policy_of(load_settings(api_tokens=tokens))
    assert tokens not in str(refused.value)


def test_tokens_that_are_no_ascii_are_wrong(open_client: OpenClient) -> None:
    assert matching_token("schlüssel", Policy((b"x",))) is None
    with open_client(**with_tokens()) as client:
        assert client.get("/api/v1/jobs", headers={b"Authorization": b"Bearer \xff\xfe"}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"Origin": LOCAL}, 415),
        ({"Sec-Fetch-Site": "same-origin"}, 415),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://localhost:8005"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_foreign_pages_change_nothing(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/api/v1/jobs", content=b"x", headers=headers).status_code == status


def test_cors_is_closed(client: TestClient) -> None:
    answer = client.get("/api/v1/jobs", headers={"Origin": FRIEND})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    ask = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    assert client.options("/api/v1/jobs", headers=ask).status_code == 405


def test_cors_opens_to_those_that_are_named(open_client: OpenClient) -> None:
    with open_client(cors_origins=f"{FRIEND}, https://other.example/") as client:
        ask = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
        answer = client.options("/api/v1/jobs/1", headers={"Origin": FRIEND, **ask})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert "access-control-allow-credentials" not in answer.headers
        assert client.post("/api/v1/jobs", headers={"Origin": FRIEND}).status_code == 415
        assert client.post("/api/v1/jobs", headers={"Origin": "https://other.example"}).status_code == 415
        assert client.post("/api/v1/jobs", headers={"Origin": "https://evil.example"}).status_code == 403
        refused = client.options("/api/v1/jobs", headers={"Origin": "https://evil.example", **ask})
        assert "access-control-allow-origin" not in refused.headers


def test_browsers_read_refusals_of_named_origins(open_client: OpenClient) -> None:
    with open_client(cors_origins=FRIEND, **with_tokens()) as client:
        answer = client.get("/api/v1/jobs", headers={"Origin": FRIEND})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == FRIEND


def test_answers_carry_security_headers(client: TestClient) -> None:
    for path in ("/api/v1/jobs", "/nothing", "/health"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_answers_to_the_unforeseen_carry_them_too(open_client: OpenClient) -> None:
    with open_client() as client:
        assert isinstance(client.app, FastAPI)

        @client.app.get("/breaks")
        def breaks() -> None:
            raise ValueError

        answer = client.get("/breaks")
        assert (answer.status_code, answer.json()["kind"]) == (500, "InternalError")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert 'route="/breaks",status="500"} 1.0' in client.get("/metrics").text


def test_a_client_that_changes_too_much_is_told_to_wait(open_client: OpenClient) -> None:
    with open_client(rate_limit_per_minute=3) as client:
        for _ in range(3):
            assert client.post("/api/v1/jobs").status_code == 415
        answer = client.post("/api/v1/jobs")
        assert (answer.status_code, answer.json()["kind"]) == (429, "TooManyRequests")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert client.get("/api/v1/jobs").status_code == 200


def test_each_token_has_a_rate_of_its_own(open_client: OpenClient) -> None:
    with open_client(rate_limit_per_minute=1, **with_tokens()) as client:
        statuses = [
            client.post("/api/v1/jobs", headers=bearer(token)).status_code
            for token in ("first-secret", "first-secret", "second-secret")
        ]
    assert statuses == [415, 429, 415]


def test_guessing_tokens_is_slowed(open_client: OpenClient) -> None:
    with open_client(rate_limit_per_minute=0, **with_tokens()) as client:
        statuses = {client.get("/api/v1/jobs", headers=bearer(f"guess {n}")).status_code for n in range(40)}
        guesses = [client.post("/api/v1/session", json={"token": f"guess {n}"}) for n in range(3)]
        cookie = {"Cookie": f"{SESSION_COOKIE}=9999999999.{'0' * 64}"}
        assert client.get("/api/v1/jobs", headers=cookie).status_code == 429
    assert statuses == {401, 429}
    assert {answer.status_code for answer in guesses} == {429}
    assert 1 <= int(guesses[0].headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    "right", [bearer("first-secret"), {"Cookie": f"{SESSION_COOKIE}={session_value(b'first-secret')}"}]
)
def test_a_right_guess_is_not_told_from_a_wrong_one(open_client: OpenClient, right: dict[str, str]) -> None:
    with open_client(**with_tokens()) as client:
        for number in range(30):
            assert client.get("/api/v1/jobs", headers=bearer(f"guess {number}")).status_code == 401
        assert client.get("/api/v1/jobs", headers=right).status_code == 429
        assert client.post("/api/v1/session", json={"token": "first-secret"}).status_code == 429
        elsewhere = TestClient(client.app, base_url=LOCAL, client=("10.0.0.2", 5000))
        assert elsewhere.get("/api/v1/jobs", headers=right).status_code == 200
        assert elsewhere.post("/api/v1/session", json={"token": "first-secret"}).status_code == 204


def test_asking_without_a_token_is_no_guess(open_client: OpenClient) -> None:
    with open_client(**with_tokens()) as client:
        assert {client.get("/api/v1/jobs").status_code for _ in range(40)} == {401}
        assert client.get("/api/v1/jobs", headers=bearer("first-secret")).status_code == 200


def test_no_limit_of_the_rate(open_client: OpenClient) -> None:
    with open_client(rate_limit_per_minute=0) as client:
        assert {client.post("/api/v1/jobs").status_code for _ in range(50)} == {415}


def test_announced_and_counted_bodies_are_limited(client: TestClient) -> None:
    limits = {"/api/v1/jobs": 4_000_000, "/api/v1/characters": 4_000_000, "/api/v1/batches": 16_000_000}
    for path, limit in {**limits, "/api/v1/session": 16_000}.items():
        for kind in ("application/json", "text/csv"):
            announced = client.post(path, content=b"x" * (limit + 1), headers={"content-type": kind})
            assert (announced.status_code, announced.json()["kind"]) == (413, "TooLarge")
        pieces = (b"x" * (limit // 4) for _ in range(5))
        counted = client.post(path, content=pieces, headers={"content-type": "application/json"})
        assert (counted.status_code, counted.json()["kind"]) == (413, "TooLarge")
        accepted = client.post(path, content=b"x" * limit, headers={"content-type": "application/json"})
        assert (accepted.status_code, accepted.json()["kind"]) == (400, "BadJson")


def test_a_login_is_short_whatever_it_calls_itself(client: TestClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/api/v1/session", content=b"x" * 20_000, headers=headers).status_code == 413


def test_a_body_that_lies_about_its_length_is_counted(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-length": "five"}
    assert client.post("/api/v1/jobs", content=b"{}", headers=headers).status_code in (400, 422)

"""Offers and WHEP over HTTP: what goes to the live worker, and what its answers become."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from avatar.errors import BusyError, ChangedError, NotFoundError
from live.plan import SessionPlan
from tests.api.rest.conftest import OpenClient

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
ANSWER = {"sdp": "v=0\r\n", "session": "s1", "peer": "p1", "etag": '"tag"'}
TURN = SecretStr('[{"urls": "stun:a.example"}, {"urls": "turn:b.example", "username": "u", "credential": "c"}]')


class FakeLive:
    """Keeps what it is asked, and answers or fails as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.plans: list[SessionPlan] = []
        self.failure: Exception | None = None

    async def open_by(self, name: str, plan: SessionPlan, **values: Any) -> dict[str, Any]:
        self.plans.append(plan)
        return await self.ask(plan.session, name, **values)

    async def ask(self, session: str, name: str, **values: Any) -> dict[str, Any]:
        self.asked.append((session, name, values))
        if self.failure is not None:
            raise self.failure
        return ANSWER

    async def sessions(self) -> list[dict[str, Any]]:
        usual = {"name": "Nova", "seconds": 1.0, "viewers": 1, "frames": 1, "late": 0}
        return [{"session": plan.session, "caller": plan.caller, **usual} for plan in self.plans]

    def close(self) -> None:
        return


def with_fake(client: TestClient) -> FakeLive:
    """In place of the application's own workers."""
    fake = FakeLive()
    assert isinstance(client.app, FastAPI)
    client.app.state.service = replace(client.app.state.service, live=fake)
    return fake


@pytest.fixture
def live(client: TestClient) -> FakeLive:
    return with_fake(client)


def test_an_offer_opens_a_session(client: TestClient, live: FakeLive) -> None:
    start = {"type": "start_stream", "image": "nova", "listen": True, "size": 256}
    found = client.post("/api/v1/webrtc/offer", json={"sdp": "v=0", "type": "offer", "start": start})
    assert found.status_code == 200
    assert found.json() == {"sdp": "v=0\r\n", "type": "answer", "session": "s1", "peer": "p1"}
    ((_, name, values),) = live.asked
    assert (name, values) == ("offer", {"sdp": "v=0"})
    assert (live.plans[0].start.listen, live.plans[0].start.size, live.plans[0].name) == (True, 256, "Nova")


@pytest.mark.parametrize("change", [{"start": {"image": "nova", "size": 5}}, {"sdp": 5}, {"more": 1}])
def test_an_offer_names_the_field_that_is_wrong(client: TestClient, live: FakeLive, change: dict[str, Any]) -> None:
    offer = {"sdp": "v=0", "start": {"image": "nova"}, **change}
    found = client.post("/api/v1/webrtc/offer", json=offer)
    assert found.status_code == 422
    assert found.json()["errors"]
    assert live.asked == []


def test_whep_creates_a_connection_with_its_address(open_client: OpenClient) -> None:
    with open_client(live_ice_servers=TURN) as client:
        fake = with_fake(client)
        found = client.post("/api/v1/whep?image=nova&size=256&fps=30", content="v=0\r\n", headers=SDP)
    assert found.status_code == 201
    assert found.text == "v=0\r\n"
    assert found.headers["content-type"] == "application/sdp"
    assert found.headers["location"] == "/api/v1/live/s1/whep/p1"
    assert found.headers["etag"] == '"tag"'
    assert found.headers.get_list("link") == [
        '<stun:a.example>; rel="ice-server"',
        '<turn:b.example>; rel="ice-server"; username="u"; credential="c"; credential-type="password"',
    ]
    assert (fake.plans[0].start.size, fake.plans[0].start.fps) == (256, 30)
    assert fake.asked[0][1:] == ("watch_new", {"sdp": "v=0\r\n"})


def test_whep_joins_a_session_that_runs(client: TestClient, live: FakeLive) -> None:
    found = client.post("/api/v1/live/s1/whep", content="v=0", headers=SDP)
    assert found.status_code == 201
    assert live.asked == [("s1", "watch", {"caller": "", "sdp": "v=0"})]


def test_a_connection_is_patched_with_its_tag_and_deleted(client: TestClient, live: FakeLive) -> None:
    address = "/api/v1/live/s1/whep/p1"
    assert client.patch(address, content="a=mid:0", headers=FRAGMENT).status_code == 428
    found = client.patch(address, content="a=mid:0", headers=FRAGMENT | {"If-Match": '"tag"'})
    assert found.status_code == 204
    assert client.delete(address).status_code == 200
    assert live.asked == [
        ("s1", "trickle", {"caller": "", "peer": "p1", "etag": '"tag"', "fragment": "a=mid:0"}),
        ("s1", "hang_up", {"caller": "", "peer": "p1"}),
    ]
    assert client.get(address).status_code == 405


@pytest.mark.parametrize(
    ("failure", "status"),
    [(NotFoundError("no"), 404), (ChangedError("no"), 412), (BusyError("no"), 503)],
)
def test_what_the_worker_refuses_keeps_its_kind(
    client: TestClient, live: FakeLive, failure: Exception, status: int
) -> None:
    live.failure = failure
    headers = FRAGMENT | {"If-Match": '"tag"'}
    assert client.patch("/api/v1/live/s1/whep/p1", content="a=mid:0", headers=headers).status_code == status


def test_another_content_type_is_not_read(client: TestClient, live: FakeLive) -> None:
    assert client.post("/api/v1/whep?image=nova", json={}).status_code == 415
    assert client.post("/api/v1/webrtc/offer", content="v=0", headers=SDP).status_code == 415
    assert live.asked == []


@pytest.mark.parametrize("path", ["/api/v1/whep", "/api/v1/live/s1/whep"])
def test_options_tell_what_may_be_posted(client: TestClient, path: str) -> None:
    found = client.options(path)
    assert found.status_code == 200
    assert found.headers["accept-post"] == "application/sdp"
    assert client.get(path).status_code == 405


def test_options_of_a_connection_tell_what_may_be_sent_to_it(client: TestClient) -> None:
    found = client.options("/api/v1/live/s1/whep/p1")
    assert found.status_code == 200
    assert found.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
    assert found.headers["allow"] == "PATCH, DELETE, OPTIONS"


def test_a_player_on_another_origins_page_reads_where_its_connection_is(open_client: OpenClient) -> None:
    """As a browser asks before it sends an offer or a candidate, and reads the answer's headers (Fetch, CORS)."""
    origin = "https://player.example"
    with open_client(cors_origins=origin) as client:
        with_fake(client)
        for path, method in (("/api/v1/whep", "POST"), ("/api/v1/live/s1/whep/p1", "PATCH")):
            asked = {
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization, content-type, if-match",
            }
            found = client.options(path, headers=asked)
            assert found.status_code == 200
            assert found.headers["access-control-allow-origin"] == origin
            assert method in found.headers["access-control-allow-methods"]
        answer = client.post("/api/v1/whep?image=nova", content="v=0", headers=SDP | {"Origin": origin})
    assert answer.status_code == 201
    assert {"Location", "ETag", "Link"} <= set(answer.headers["access-control-expose-headers"].split(", "))


def test_a_token_is_needed_where_there_are_tokens(open_client: OpenClient) -> None:
    with open_client(api_tokens=SecretStr("secret-token")) as client:
        assert client.post("/api/v1/whep?image=nova", content="v=0", headers=SDP).status_code == 401
        assert client.get("/api/v1/live/config").status_code == 401


def test_a_client_learns_the_servers_to_connect_by(open_client: OpenClient) -> None:
    with open_client(live_ice_servers=TURN, default_dialogue="none") as client:
        found = client.get("/api/v1/live/config").json()
    assert found["webrtc"] is True
    assert found["ice_servers"] == [
        {"urls": ["stun:a.example"], "username": None, "credential": None},
        {"urls": ["turn:b.example"], "username": "u", "credential": "c"},
    ]
    assert found["dialogue"] == {"name": None, "why": "DEFAULT_DIALOGUE is none."}
    assert set(found["recogniser"]) == {"name", "why"}


def test_each_token_has_sessions_of_its_own(open_client: OpenClient) -> None:
    with open_client(api_tokens=SecretStr("token-a,token-b")) as client:
        fake = with_fake(client)
        first, second = ({"Authorization": f"Bearer {token}"} for token in ("token-a", "token-b"))
        for headers in (first, second):
            client.post("/api/v1/whep?image=nova", content="v=0", headers=SDP | headers)
        one, other = fake.plans
        assert "" not in (one.caller, other.caller)
        assert one.caller != other.caller
        assert "token" not in one.caller
        for headers, plan in ((first, one), (second, other)):
            listed = client.get("/api/v1/live", headers=headers).json()["sessions"]
            assert [session["session"] for session in listed] == [plan.session]
        fake.asked.clear()
        patched = FRAGMENT | {"If-Match": "*"}
        client.post("/api/v1/live/s1/messages", json={"type": "stop"}, headers=second)
        client.post("/api/v1/live/s1/whep", content="v=0", headers=SDP | second)
        client.patch("/api/v1/live/s1/whep/p1", content="a=mid:0", headers=patched | second)
        client.delete("/api/v1/live/s1/whep/p1", headers=second)
        assert [values["caller"] for *_, values in fake.asked] == [other.caller] * 4


def test_a_ping_goes_to_nobody_from_here(client: TestClient, live: FakeLive) -> None:
    assert client.post("/api/v1/live/s1/messages", json={"type": "ping"}).status_code == 422
    assert live.asked == []

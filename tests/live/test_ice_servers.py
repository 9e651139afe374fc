"""The list of STUN and TURN servers."""

import pytest
from pydantic import SecretStr

from avatar.errors import ConfigurationError
from avatar.settings import Settings
from live.webrtc.ice import ice_servers


def listed(servers: str, username: str = "", credential: str = "") -> Settings:
    return Settings(
        live_ice_servers=SecretStr(servers),
        live_ice_username=username,
        live_ice_credential=SecretStr(credential) if credential else None,
    )


def test_none_are_asked_unless_they_are_named() -> None:
    assert ice_servers(Settings()) == ()


def test_addresses_with_commas_share_a_name() -> None:
    (server,) = ice_servers(listed("stun:a.example:3478, turn:b.example:3478?transport=tcp", "me", "secret"))
    assert server.described() == {
        "urls": ["stun:a.example:3478", "turn:b.example:3478?transport=tcp"],
        "username": "me",
        "credential": "secret",
    }
    assert "secret" not in repr(server)


def test_json_is_what_browsers_take() -> None:
    first, second = ice_servers(
        listed('[{"urls": "stun:a.example"}, {"urls": ["turns:b.example"], "username": "u", "credential": "c"}]')
    )
    assert first.described() == {"urls": ["stun:a.example"]}
    assert (second.urls, second.username, second.credential) == (("turns:b.example",), "u", "c")


@pytest.mark.parametrize(
    "servers",
    ["http://a.example", "turn:a.example", "stun:a b", "[1]", "[{}]", "[{", '[{"urls": [1]}]', '[{"urls": 1}]'],
)
def test_what_is_no_server_is_refused_without_its_secrets(servers: str) -> None:
    with pytest.raises(ConfigurationError, match="LIVE_ICE") as failure:
        ice_servers(listed(servers, credential="hidden"))
    assert "hidden" not in str(failure.value)
    assert failure.value.cure


def test_a_credential_that_no_header_carries_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="HTTP"):
        ice_servers(listed("turn:a.example", "me", 'a"b'))

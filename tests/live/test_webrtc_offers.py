"""What an offer may ask for."""

import pytest

from avatar.errors import InputError
from live.webrtc.offers import MOST_CANDIDATES, read_offer

CANDIDATE = "a=candidate:1 1 udp 2113937151 192.0.2.1 9 typ host"
SECTION = "m=%s 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:%d\r\na=rtpmap:96 %s\r\na=recvonly\r\n"
HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AUDIO, VIDEO = SECTION % ("audio", 0, "opus/48000/2"), SECTION % ("video", 1, "VP8/90000")


@pytest.mark.parametrize("sdp", ["", "hello", "v=0\r\nm=audio x y z\r\n", HEAD, HEAD + AUDIO.replace("recv", "send")])
def test_what_takes_nothing_is_no_offer(sdp: str) -> None:
    with pytest.raises(InputError):
        read_offer(sdp)


def test_an_offer_has_at_most_one_section_of_a_kind() -> None:
    offer = read_offer(HEAD + AUDIO + VIDEO)
    assert (offer.takes_sound, offer.takes_pictures, offer.has_channel) == (True, True, False)
    for more in (AUDIO * 550, VIDEO, SECTION % ("text", 2, "t140/1000"), "\r" + AUDIO):
        with pytest.raises(InputError, match="sections"):
            read_offer(HEAD + AUDIO + VIDEO + more)


def test_an_offer_names_few_addresses_those_without_use_not_counted() -> None:
    hidden = CANDIDATE.replace("192.0.2.1", "a.local")
    lines = [*[CANDIDATE] * MOST_CANDIDATES, *[hidden] * 40, CANDIDATE.replace("udp", "tcp")]
    assert read_offer(HEAD + AUDIO + "\r\n".join([*lines, ""])).candidates == MOST_CANDIDATES
    with pytest.raises(InputError, match="31 addresses"):
        read_offer(HEAD + AUDIO + "\r\n".join([*lines, CANDIDATE, ""]))

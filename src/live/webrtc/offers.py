"""What an offer asks for, and the answer's order of codecs (SDP, RFC 8866; ICE in SDP, RFC 8839)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.sdp import SessionDescription, candidate_from_sdp

from avatar.errors import InputError
from live.coding.pictures import LiveCodec

Preference = Literal["h264", "vp8", "client"]
LARGEST_BYTES: Final = 200_000
MOST_CANDIDATES: Final = 30
"""Of a client, with those that come later: the service sends a check to each of them."""

SECTIONS: Final = ("audio", "video", "application")
CANDIDATE: Final = re.compile(r"^a=candidate:(?P<value>.+)$")
END_OF_CANDIDATES: Final = "a=end-of-candidates"
PLACEHOLDER: Final = "a=candidate:0 1 udp 1 127.0.0.1 9 typ host"
"""The discard port of this machine: ICE waits for the client's own checks, which may be all that tells its address."""

MIME: Final[dict[str, LiveCodec]] = {"video/h264": "h264", "video/vp8": "vp8"}


@dataclass(frozen=True, slots=True)
class Offer:
    """`sdp` ready to be answered, and whether it takes sound and pictures and has a channel for messages."""

    sdp: str
    takes_sound: bool
    takes_pictures: bool
    sends_sound: bool
    has_channel: bool
    candidates: int


def read_offer(sdp: str) -> Offer:
    """Raises `InputError` for what is no offer that can be answered.

    Names in `.local`, which browsers give in place of addresses, are left out: their checks come by themselves.
    """
    if len(sdp) > LARGEST_BYTES or not sdp.startswith("v=0"):
        raise InputError("The offer is no SDP.", cure="Send what RTCPeerConnection.createOffer gives, as it is.")
    lines = sdp.splitlines()
    _require_few_sections(lines)
    usable = sum(_is_usable(line) for line in lines if CANDIDATE.match(line))
    require_few_candidates(usable)
    text = _with_usable_candidates(lines)
    try:
        media = SessionDescription.parse(text).media
    except Exception as error:  # the parser raises whatever a line leads it to
        raise InputError(
            f"The offer cannot be read as SDP ({type(error).__name__}).",
            cure="Send what RTCPeerConnection.createOffer gives, as it is.",
        ) from None
    sound = next((one for one in media if one.kind == "audio"), None)
    picture = next((one for one in media if one.kind == "video"), None)
    offer = Offer(
        text,
        takes_sound=sound is not None and sound.direction in ("recvonly", "sendrecv"),
        takes_pictures=picture is not None and picture.direction in ("recvonly", "sendrecv"),
        sends_sound=sound is not None and sound.direction in ("sendonly", "sendrecv"),
        has_channel=any(one.kind == "application" for one in media),
        candidates=usable,
    )
    if not (offer.takes_sound or offer.takes_pictures):
        raise InputError(
            "The offer takes neither sound nor pictures.",
            cure="Add a transceiver for audio and one for video, with the direction recvonly or sendrecv.",
        )
    return offer


def require_few_candidates(count: int) -> None:
    """Raises `InputError` for more than a client may name."""
    if count > MOST_CANDIDATES:
        raise InputError(
            f"The client names {count} addresses, and {MOST_CANDIDATES} are taken.",
            cure='Offer with bundlePolicy "max-bundle", which names each address once.',
        )


def _require_few_sections(lines: Sequence[str]) -> None:
    kinds = [line[2:].partition(" ")[0] for line in lines if line.startswith("m=")]
    if len(kinds) != len(set(kinds)) or not set(kinds) <= set(SECTIONS):
        raise InputError(
            "The offer has other sections than one each of audio, video and application.",
            cure="Offer one transceiver for audio and one for video, and at most one data channel.",
        )


def _with_usable_candidates(lines: Sequence[str]) -> str:
    """All that is known but names in `.local`, with the placeholder in every section."""
    kept: list[str] = []
    for line in lines:
        if line.startswith("m=") and kept and any(one.startswith("m=") for one in kept):
            kept.append(PLACEHOLDER)
        if line == END_OF_CANDIDATES or (CANDIDATE.match(line) and not _is_usable(line)):
            continue
        kept.append(line)
    return "\r\n".join([*kept, PLACEHOLDER, ""])


def _is_usable(line: str) -> bool:
    parts = line.split()
    return len(parts) >= 8 and parts[2].lower() == "udp" and not parts[4].endswith(".local") and parts[7] != "prflx"


@dataclass(frozen=True, slots=True)
class Trickle:
    """Lines of `a=candidate`, each with the section that it belongs to; `restarts` where ICE is to begin anew."""

    candidates: tuple[tuple[str, str], ...]
    ufrag: str


def read_trickle(fragment: str) -> Trickle:
    """A fragment of RFC 8840. Raises `InputError` for one that cannot be read."""
    mid, ufrag = "0", ""
    found = []
    for line in fragment.splitlines():
        if line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:").strip()
        elif line.startswith("a=ice-ufrag:"):
            ufrag = line.removeprefix("a=ice-ufrag:").strip()
        elif (match := CANDIDATE.match(line.strip())) and _is_usable(line.strip()):
            found.append((mid, match["value"]))
    try:
        for _, value in found:
            candidate_from_sdp(value)
    except (ValueError, AssertionError, IndexError):
        raise InputError(
            "A candidate of the fragment cannot be read.", cure="Send it as the browser gives it."
        ) from None
    return Trickle(tuple(found), ufrag)


def ufrag_of(sdp: str) -> str:
    """The first `ice-ufrag`, which names the ICE session."""
    found = re.search(r"^a=ice-ufrag:(\S+)", sdp, re.MULTILINE)
    return found[1] if found else ""


def preferred_codecs(preference: Preference) -> list[RTCRtpCodecCapability]:
    """Constrained baseline before baseline; with retransmission. Empty where the client's own order counts."""
    if preference == "client":
        return []
    known = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType.lower() in MIME]
    again = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType.lower() == "video/rtx"]
    return [*sorted(known, key=lambda codec: _rank(codec, preference)), *again]


def _rank(codec: RTCRtpCodecCapability, preference: Preference) -> tuple[bool, bool]:
    return MIME[codec.mimeType.lower()] != preference, codec.parameters.get("profile-level-id") != "42e01f"


def chosen_codec(answer: str) -> LiveCodec | None:
    """The codec of the first section of pictures."""
    for media in SessionDescription.parse(answer).media:
        if media.kind == "video" and media.rtp.codecs:
            return MIME.get(media.rtp.codecs[0].mimeType.lower())
    return None

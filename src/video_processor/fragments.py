"""Fragmented MP4 (ISO/IEC 14496-12, -14, -15): an initialisation segment, and parts that play after it in any order.

Track 1 is the picture (H.264 or H.265), track 2 the sound (AAC or Opus).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from video_processor.formats import CodecName

PICTURE_TRACK: Final = 1
SOUND_TRACK: Final = 2
MOVIE_TIMESCALE: Final = 1000

SoundCodecName = Literal["aac", "opus"]
SOUND_CODES: Final[Mapping[SoundCodecName, str]] = {"aac": "mp4a.40.2", "opus": "opus"}
"""In the `codecs` parameter."""

MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
RATE_AND_VOLUME: Final = struct.pack(">IH10x", 0x10000, 0x100)
UNDETERMINED: Final = 0x55C4
"""The language `und`."""

BT709: Final = 1
"""Code point of BT.709 for primaries, transfer and matrix (ITU-T H.273)."""

KEY_FRAME: Final = 0x02000000
OTHER_FRAME: Final = 0x01010000
"""Sample flags: depends on no other; depends on others and is no place to begin."""

BASE_IS_MOOF: Final = 0x020000
DATA_OFFSET_DURATION_SIZE_FLAGS: Final = 0x000701


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTrack:
    """`config` is the AVC- or HEVCDecoderConfigurationRecord of `codec`; a second has `timescale` ticks.

    `matrix` is the code point of ITU-T H.273, table 4.
    """

    width: int
    height: int
    timescale: int
    config: bytes
    codec: CodecName = "h264"
    matrix: int = BT709


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTrack:
    """`config` is the AudioSpecificConfig of AAC; `priming` samples come before the first that is heard."""

    rate: int
    channels: int
    priming: int
    config: bytes
    codec: SoundCodecName = "aac"


@dataclass(frozen=True, slots=True)
class Sample:
    """A coded frame; `duration` in its track's ticks."""

    data: bytes
    duration: int
    is_key: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Samples of one track without a gap; `time` is the decoding time of the first in the track's ticks."""

    track: int
    time: int
    samples: Sequence[Sample]


def codecs(picture: PictureTrack, sound: SoundCodecName | None = "aac") -> str:
    """The `codecs` parameter of RFC 6381, for the picture alone where there is no `sound`."""
    code = _hevc_code(picture.config) if picture.codec == "h265" else f"avc1.{picture.config[1:4].hex()}"
    return ",".join([code, *([SOUND_CODES[sound]] if sound else [])])


def _hevc_code(config: bytes) -> str:
    """ISO/IEC 14496-15, annex E.3: profile, its compatibility flags backwards, tier and level, constraints."""
    space, tier, profile = config[1] >> 6, config[1] >> 5 & 1, config[1] & 0x1F
    flags = int(f"{int.from_bytes(config[2:6], 'big'):032b}"[::-1], 2)
    constraints = [f"{byte:X}" for byte in config[6:12].rstrip(b"\0")]
    level = f"{'H' if tier else 'L'}{config[12]}"
    return ".".join(["hvc1", f"{['', 'A', 'B', 'C'][space]}{profile}", f"{flags:X}", level, *constraints])


def initialisation(picture: PictureTrack, sound: SoundTrack | None) -> bytes:
    movie = _full(
        b"mvhd", 0, 0, struct.pack(">4I", 0, 0, MOVIE_TIMESCALE, 0), RATE_AND_VOLUME, MATRIX, bytes(24), _u32(3)
    )
    numbers = (PICTURE_TRACK, SOUND_TRACK) if sound else (PICTURE_TRACK,)
    extends = [_full(b"trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0)) for track in numbers]
    kind = _box(b"ftyp", b"iso6", _u32(0), b"iso6iso5mp41")
    tracks = [_picture(picture), *([_sound(sound)] if sound else [])]
    return kind + _box(b"moov", movie, *tracks, _box(b"mvex", *extends))


def part(sequence: int, runs: Sequence[Run]) -> bytes:
    """One movie fragment; `sequence` grows from part to part."""
    filled = [run for run in runs if run.samples]
    data = [b"".join(sample.data for sample in run.samples) for run in filled]
    at = len(_moof(sequence, filled, [0] * len(filled))) + 8
    offsets = [at + sum(map(len, data[:i])) for i in range(len(data))]
    return _moof(sequence, filled, offsets) + _box(b"mdat", *data)


def _moof(sequence: int, runs: Sequence[Run], offsets: Sequence[int]) -> bytes:
    header = _full(b"mfhd", 0, 0, _u32(sequence))
    return _box(b"moof", header, *(_traf(run, offset) for run, offset in zip(runs, offsets, strict=True)))


def _traf(run: Run, offset: int) -> bytes:
    samples = b"".join(
        struct.pack(">3I", sample.duration, len(sample.data), KEY_FRAME if sample.is_key else OTHER_FRAME)
        for sample in run.samples
    )
    return _box(
        b"traf",
        _full(b"tfhd", 0, BASE_IS_MOOF, _u32(run.track)),
        _full(b"tfdt", 1, 0, struct.pack(">Q", run.time)),
        _full(b"trun", 0, DATA_OFFSET_DURATION_SIZE_FLAGS, struct.pack(">Ii", len(run.samples), offset), samples),
    )


def _picture(track: PictureTrack) -> bytes:
    colours = _box(b"colr", b"nclx", struct.pack(">3HB", BT709, BT709, track.matrix, 0))
    kind, configuration = (b"hvc1", b"hvcC") if track.codec == "h265" else (b"avc1", b"avcC")
    entry = _box(
        kind,
        struct.pack(">6xH16x2H2II", 1, track.width, track.height, 0x480000, 0x480000, 0),
        struct.pack(">H32xHh", 1, 0x18, -1),
        _box(configuration, track.config),
        colours,
    )
    size = struct.pack(">2I", track.width << 16, track.height << 16)
    media = _media(track.timescale, b"vide", _full(b"vmhd", 0, 1, bytes(8)), entry)
    return _box(b"trak", _track_header(PICTURE_TRACK, 0, size), media)


def _sound(track: SoundTrack) -> bytes:
    kind, form = (b"Opus", _opus(track)) if track.codec == "opus" else (b"mp4a", _elementary_stream(track.config))
    entry = _box(kind, struct.pack(">6xH8x2H4xI", 1, track.channels, 16, track.rate << 16), form)
    edit = _full(b"elst", 0, 0, struct.pack(">IIiI", 1, 0, track.priming, 0x10000))
    media = _media(track.rate, b"soun", _full(b"smhd", 0, 0, bytes(4)), entry)
    return _box(b"trak", _track_header(SOUND_TRACK, 0x100, bytes(8)), _box(b"edts", edit), media)


def _opus(track: SoundTrack) -> bytes:
    """Opus in ISOBMFF, 4.3.2: mono or stereo without a mapping table; the edit list hides the priming."""
    return _box(b"dOps", struct.pack(">BBHIhB", 0, track.channels, track.priming, track.rate, 0, 0))


def _elementary_stream(config: bytes) -> bytes:
    """MPEG-4 audio (object type 0x40) in an audio stream (0x15), with MP4's own sync layer."""
    decoder = _descriptor(4, b"\x40\x15", bytes(3), bytes(8), _descriptor(5, config))
    return _full(b"esds", 0, 0, _descriptor(3, struct.pack(">HB", SOUND_TRACK, 0), decoder, _descriptor(6, b"\x02")))


def _track_header(track: int, volume: int, size: bytes) -> bytes:
    return _full(b"tkhd", 0, 3, struct.pack(">8xI16x2H", track, 0, 0), struct.pack(">H2x", volume), MATRIX, size)


def _media(timescale: int, handler: bytes, header: bytes, entry: bytes) -> bytes:
    here = _full(b"dref", 0, 0, _u32(1), _full(b"url ", 0, 1))
    empty = [_full(kind, 0, 0, bytes(size)) for kind, size in ((b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4))]
    table = _box(b"stbl", _full(b"stsd", 0, 0, _u32(1), entry), *empty)
    return _box(
        b"mdia",
        _full(b"mdhd", 0, 0, struct.pack(">4I2H", 0, 0, timescale, 0, UNDETERMINED, 0)),
        _full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), b"\0"),
        _box(b"minf", header, _box(b"dinf", here), table),
    )


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, _u32(version << 24 | flags), *parts)


def _descriptor(tag: int, *parts: bytes) -> bytes:
    """Shorter than 128 bytes."""
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


def _u32(value: int) -> bytes:
    return struct.pack(">I", value)

"""The kinds of video files: what is in them, how each is encoded, and what can be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, get_args

from avatar.errors import EncodingError

FormatName = Literal["mp4", "webm", "mov"]
CodecName = Literal["h264", "h265"]
CODECS: Final[tuple[CodecName, ...]] = get_args(CodecName)
"""What an MP4's picture may be coded in."""

PRESETS: Final = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
"""x264's, fastest first; other encoders get settings of about the same effort."""

FINEST_CRF: Final = 1
"""crf 0 is lossless, in a profile that browsers do not play."""

COARSEST_CRF: Final = 51
COARSEST_VP9_CRF: Final = 63

VP9_EFFORTS: Final = (
    ("realtime", 8),
    ("realtime", 7),
    ("realtime", 6),
    ("realtime", 5),
    ("good", 5),
    ("good", 4),
    ("good", 3),
    ("good", 2),
    ("good", 1),
)
"""libvpx's `deadline` and `cpu-used` for each of `PRESETS`."""

Options = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFormat:
    """A kind of video file, `suffix` its ending.

    `encoder` is FFmpeg's name of the video encoder, `pixels` the form of its frames, `alpha_pixels` that of transparent
    ones or None where there can be none. `options` gives the encoder's, from x264's crf and preset and whether frames
    are transparent. `sound_suffix` is the ending of the soundtrack beside the segments. `streams` where parts of it can
    be watched while others are made. `tag` is the picture's four-character code where it is not the muxer's choice.
    """

    name: FormatName
    label: str
    media_type: str
    encoder: Literal["libx264", "libx265", "libvpx-vp9", "prores_ks"]
    pixels: str
    alpha_pixels: str | None
    options: Callable[[int, str, bool], Options]
    sound_suffix: str
    streams: bool = False
    tag: str = ""

    @property
    def suffix(self) -> str:
        return f".{self.name}"


def _h264(crf: int, preset: str, _alpha: bool) -> Options:
    """High profile; every segment stands alone, and no frame is stored out of order."""
    quality = str(max(crf, FINEST_CRF))
    return {"preset": preset, "crf": quality, "profile": "high", "bf": "0", "x264-params": "open-gop=0"}


def _h265(crf: int, preset: str, _alpha: bool) -> Options:
    """Main profile, 8 bits; the same rules as of H.264. Silent, and without the note of its settings in the stream."""
    quality = str(max(crf, FINEST_CRF))
    rules = "bframes=0:open-gop=0:info=0:frame-threads=1:pools=none:log-level=none"
    return {"preset": preset, "crf": quality, "x265-params": rules}


def _vp9(crf: int, preset: str, _alpha: bool) -> Options:
    """One key frame, the first; no frame is hidden or stored out of order, as alpha asks for."""
    deadline, effort = VP9_EFFORTS[PRESETS.index(preset)]
    quality = round(crf * COARSEST_VP9_CRF / COARSEST_CRF)
    order = {"auto-alt-ref": "0", "lag-in-frames": "0", "g": "9999"}
    return {"deadline": deadline, "cpu-used": str(effort), "crf": str(quality), "b:v": "0", **order}


def _prores(_crf: int, _preset: str, alpha: bool) -> Options:
    """422 HQ, or 4444 with 8 bits of alpha, which keep it as it is; for editing, so that crf does not count."""
    return {"profile": "4444", "alpha_bits": "8", "vendor": "apl0"} if alpha else {"profile": "hq", "vendor": "apl0"}


FORMATS: Final[Mapping[FormatName, VideoFormat]] = {
    "mp4": VideoFormat(
        name="mp4",
        label="MP4 (H.264 and AAC)",
        media_type="video/mp4",
        encoder="libx264",
        pixels="yuv420p",
        alpha_pixels=None,
        options=_h264,
        sound_suffix=".m4a",
        streams=True,
    ),
    "webm": VideoFormat(
        name="webm",
        label="WebM (VP9 and Opus)",
        media_type="video/webm",
        encoder="libvpx-vp9",
        pixels="yuv420p",
        alpha_pixels="yuva420p",
        options=_vp9,
        sound_suffix=".webm",
    ),
    "mov": VideoFormat(
        name="mov",
        label="QuickTime (ProRes and AAC)",
        media_type="video/quicktime",
        encoder="prores_ks",
        pixels="yuv422p10le",
        alpha_pixels="yuva444p10le",
        options=_prores,
        sound_suffix=".m4a",
    ),
}

HEVC_TAG: Final = "hvc1"
"""Parameter sets stand before the frames, not among them: Apple's players take no other HEVC (ISO/IEC 14496-15)."""

VIDEO_SUFFIXES: Final = tuple(known.suffix for known in FORMATS.values())


def format_of(path: Path) -> VideoFormat:
    """By the file's ending. Raises `EncodingError` for another one."""
    for known in FORMATS.values():
        if path.suffix.lower() == known.suffix:
            return known
    raise EncodingError(
        f"{path.name} is none of the videos that can be made.", cure=f"End it in {' or '.join(VIDEO_SUFFIXES)}."
    )


def in_codec(made: VideoFormat, codec: CodecName) -> VideoFormat:
    """The format with its picture in that codec; WebM and MOV have their own, whatever is asked for."""
    if made.name != "mp4" or codec == "h264":
        return made
    return replace(made, label="MP4 (H.265 and AAC)", encoder="libx265", options=_h265, tag=HEVC_TAG)

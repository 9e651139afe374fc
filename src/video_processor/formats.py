"""The kinds of video files: what is in them, how each is encoded, and what can be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from avatar.errors import EncodingError

FormatName = Literal["mp4", "webm", "mov"]

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
    be watched while others are made.
    """

    name: FormatName
    label: str
    media_type: str
    encoder: Literal["libx264", "libvpx-vp9", "prores_ks"]
    pixels: str
    alpha_pixels: str | None
    options: Callable[[int, str, bool], Options]
    sound_suffix: str
    streams: bool = False

    @property
    def suffix(self) -> str:
        return f".{self.name}"


def _h264(crf: int, preset: str, _alpha: bool) -> Options:
    """High profile; every segment stands alone, and no frame is stored out of order."""
    quality = str(max(crf, FINEST_CRF))
    return {"preset": preset, "crf": quality, "profile": "high", "bf": "0", "x264-params": "open-gop=0"}


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

VIDEO_SUFFIXES: Final = tuple(known.suffix for known in FORMATS.values())


def format_of(path: Path) -> VideoFormat:
    """By the file's ending. Raises `EncodingError` for another one."""
    for known in FORMATS.values():
        if path.suffix.lower() == known.suffix:
            return known
    raise EncodingError(
        f"{path.name} is none of the videos that can be made.", cure=f"End it in {' or '.join(VIDEO_SUFFIXES)}."
    )

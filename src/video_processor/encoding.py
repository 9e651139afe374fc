"""Frames and sound become a video: segments, soundtrack, their assembly, and what a file holds."""

from avatar.files import require_free_space
from video_processor.assembly import assemble_video
from video_processor.formats import PRESETS
from video_processor.media_info import VideoInfo, estimated_bytes, video_info
from video_processor.segments import encode_segment
from video_processor.soundtrack import encode_soundtrack

__all__ = [
    "PRESETS",
    "VideoInfo",
    "assemble_video",
    "encode_segment",
    "encode_soundtrack",
    "estimated_bytes",
    "require_free_space",
    "video_info",
]

"""Motion of a live session: frames asked for one at a time, speech known only a little ahead."""

from video_processor.motion.live.session import LiveMotion

__all__ = ["LiveMotion"]

"""Wav2Lip over frames that the puppet moves."""

from video_processor.renderers.wav2lip.renderer import Wav2LipRenderer

__all__ = ["Wav2LipRenderer"]

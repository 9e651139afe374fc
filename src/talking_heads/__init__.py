"""Talking heads from Python, without the service: `Wav2LipTalkingHead("me.jpg").generate("speech.wav", "talk.mp4")`."""

from talking_heads.sadtalker import SadTalkerTalkingHead
from talking_heads.wav2lip import Wav2LipTalkingHead

__all__ = ["SadTalkerTalkingHead", "Wav2LipTalkingHead"]

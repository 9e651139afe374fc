"""The made-up speech of the measurements, for tests."""

from scripts.measuring.made_speech import make_silence, make_speech, make_tone

__all__ = ["make_silence", "make_speech", "make_tone"]

"""Whatever the engine, a long sound is heard window by window, and its words get their place in the whole."""

import numpy as np
import pytest

from audio_processor.decode import decode_audio
from audio_processor.transcription.transcriber import MOST_TOKENS, WindowedTranscriber
from audio_processor.tts import speak
from avatar.types import AudioClip, Floats, Word
from tests.audio_processor.sounds import silence, write_wav

SENTENCES = "The old harbour was quiet that morning, and nobody expected the storm. "


class Listener:
    """Hears two words in each window, the second one past its end."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str, int]] = []

    def languages(self, samples: Floats) -> dict[str, float]:
        return {"de": 0.6, "nl": 0.4} if len(samples) > 160_000 else {"nl": 0.7, "de": 0.3}

    def words(self, samples: Floats, language: str, most_tokens: int) -> list[Word]:
        assert samples.base is None or not isinstance(samples.base, np.memmap)
        self.heard.append((len(samples) / 16_000, language, most_tokens))
        return [Word(" Hello", 0.1, 0.5, 0.9), Word(" —", 0.5, 0.5, 0.1), Word(" world.", 40.0, 41.0, 1.7)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> AudioClip:
    """A minute of speech, a pause of ten seconds, and a short sentence."""
    folder = tmp_path_factory.mktemp("long")
    spoken = speak(SENTENCES * 14, language="en", folder=folder)
    samples = decode_audio(spoken.path, folder / "plain", max_minutes=5, max_megabytes=99).samples
    path = write_wav(folder / "long.wav", np.concatenate([samples, silence(10.0), samples[:48_000]]))
    return decode_audio(path, folder / "long", max_minutes=5, max_megabytes=99)


def test_each_window_is_heard_once_and_its_words_find_their_place(clip: AudioClip) -> None:
    listener = Listener()
    looks: list[int] = []
    found = WindowedTranscriber("fake tiny", listener).transcribe(clip, check=lambda: looks.append(1))
    assert len(listener.heard) >= 3
    assert all(seconds <= 30.0 for seconds, _, _ in listener.heard)
    assert all(24 < cap <= MOST_TOKENS for _, _, cap in listener.heard)
    assert len(looks) > len(listener.heard)
    assert {language for _, language, _ in listener.heard} == {found.language} == {"de"}
    assert [word.text for word in found.words] == ["Hello—", "world."] * len(listener.heard)
    edges = [time for word in found.words for time in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[-1] <= clip.duration + 1e-3
    assert max(word.confidence for word in found.words) == 1.0
    assert found.text.count("Hello — world.") == len(listener.heard)


def test_a_language_that_is_known_is_not_asked_for(clip: AudioClip, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener()
    monkeypatch.setattr(listener, "languages", None)
    assert WindowedTranscriber("fake tiny", listener).transcribe(clip, "nl").language == "nl"


def test_what_the_check_raises_ends_the_work(clip: AudioClip) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        WindowedTranscriber("fake tiny", Listener()).transcribe(clip, check=stop)

"""Both engines run a real checkpoint, small and random, that the test makes."""

import json
from pathlib import Path

import numpy as np
import pytest

from audio_processor.decode import decode_audio
from audio_processor.transcription.registry import ENGINES, choose_transcriber
from audio_processor.transcription.sizes import checkpoint
from audio_processor.tts import speak
from avatar.errors import WeightsError
from avatar.types import AudioClip
from models.weights import WeightStore
from tests.audio_processor.sounds import noise
from tests.audio_processor.whisper_checkpoint import store_with_checkpoint

MISSING = sorted({package for engine in ENGINES.values() for package in engine.lacking})
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"the extra `whisper` is not installed: {', '.join(MISSING)}"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    return store_with_checkpoint(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> AudioClip:
    folder = tmp_path_factory.mktemp("sound")
    spoken = speak("One two three.", language="en", folder=folder)
    return decode_audio(spoken.path, folder, max_minutes=1, max_megabytes=10)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_tells_words_with_times_language_and_confidence(
    name: str, store: WeightStore, clip: AudioClip
) -> None:
    engine = choose_transcriber(name, store).open(store, "cpu")
    found = engine.transcribe(clip)
    assert found.source == f"{name} tiny"
    assert len(found.language) in (2, 3)
    edges = [time for word in found.words for time in (word.start, word.end)]
    assert edges == sorted(edges)
    assert all(0.0 <= time <= clip.duration + 1e-3 for time in edges)
    assert all(0.0 <= word.confidence <= 1.0 and word.text for word in found.words)


@pytest.mark.parametrize("name", ENGINES)
def test_silence_has_no_words(name: str, store: WeightStore) -> None:
    clip = AudioClip(np.zeros(32_000, np.float32), Path("silence.wav"))
    found = choose_transcriber(name, store).open(store, "cpu").transcribe(clip)
    assert (found.text, found.words, found.confidence) == ("", (), 0.0)


def test_the_converted_checkpoint_computes_what_the_official_one_does(store: WeightStore) -> None:
    """Encoder states and language probabilities, in 32-bit floats."""
    import ctranslate2
    import torch
    import whisper
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    from audio_processor.transcription.conversion import converted

    folder = converted(checkpoint("tiny"), store)
    mel = log_mel_spectrogram(pad_or_trim(noise(3.0)))[None]
    view = ctranslate2.StorageView.from_array(mel.numpy())
    theirs = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="float32")
    ours = whisper.load_model(str(store.path("whisper-tiny")), device="cpu")
    with torch.no_grad():
        states = ours.encoder(mel).numpy()
        _, [probabilities] = ours.detect_language(mel)
    assert np.abs(np.array(theirs.encode(view)) - states).max() < 1e-3
    told = {token.strip("<|>"): share for token, share in theirs.detect_language(view)[0]}
    assert told == pytest.approx(probabilities, abs=1e-4)


def test_the_tokens_are_those_of_openai_whisper(store: WeightStore) -> None:
    import tokenizers
    from whisper.tokenizer import get_tokenizer

    from audio_processor.transcription.conversion import converted

    ours = tokenizers.Tokenizer.from_file(str(converted(checkpoint("tiny"), store) / "tokenizer.json"))
    theirs = get_tokenizer(True, num_languages=99, language="en", task="transcribe")
    for text in (" hello world", " Überraschung, 今天天气很好!", " 12.5 % naïve\n"):
        assert ours.encode(text).ids == theirs.encode(text)
        assert ours.decode(theirs.encode(text)) == text
    for token in ("<|endoftext|>", "<|zh|>", "<|transcribe|>", "<|0.00|>", "<|30.00|>"):
        assert ours.token_to_id(token) == theirs.encoding.encode_single_token(token)


def test_a_checkpoint_is_converted_once(store: WeightStore) -> None:
    from audio_processor.transcription.conversion import converted

    folder = converted(checkpoint("tiny"), store)
    written = (folder / "model.bin").stat().st_mtime_ns
    assert (converted(checkpoint("tiny"), store) / "model.bin").stat().st_mtime_ns == written
    (folder / "source.json").write_text(json.dumps({"form": "0"}), encoding="utf-8")
    assert (converted(checkpoint("tiny"), store) / "model.bin").stat().st_mtime_ns > written


def test_a_damaged_checkpoint_is_not_converted(tmp_path: Path) -> None:
    from audio_processor.transcription.conversion import converted

    damaged = store_with_checkpoint(tmp_path)
    path = damaged.path("whisper-tiny")
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged"):
        converted(checkpoint("tiny"), damaged)

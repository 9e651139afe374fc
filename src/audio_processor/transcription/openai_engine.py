"""The engine `whisper`: openai-whisper's network on its own checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.types import Floats, Word

if TYPE_CHECKING:
    from whisper import DecodingResult
    from whisper.model import Whisper

TEMPERATURES: Final = (0.0, 0.4, 0.8)
MOST_COMPRESSION: Final = 2.4
LEAST_LOG_PROBABILITY: Final = -1.0
SILENCE_PROBABILITY: Final = 0.6
"""Limits that `whisper.transcribe` works with: beyond them a reading repeats itself, is a guess, or is of silence."""

PREPENDED: Final = "\"'“¿([{-"
APPENDED: Final = "\"'.。,，!！?？:：”)]}、"
"""Signs that belong to the word after and before them; openai-whisper's lists."""

SAMPLES_PER_FRAME: Final = 160


class OpenaiWhisper:
    """A loaded checkpoint. `size` is its official name, by which its alignment heads are known."""

    def __init__(self, path: Path, size: str, device: str) -> None:
        import whisper

        self._model: Whisper = whisper.load_model(str(path), device=device)
        self._model.set_alignment_heads(whisper._ALIGNMENT_HEADS[size])
        self._device = device

    def languages(self, samples: Floats) -> dict[str, float]:
        if not self._model.is_multilingual:
            return {"en": 1.0}
        _, found = self._model.detect_language(self._mel(samples))
        probabilities: dict[str, float] = found
        return probabilities

    def words(self, samples: Floats, language: str, most_tokens: int) -> list[Word]:
        from whisper.timing import find_alignment, merge_punctuations
        from whisper.tokenizer import get_tokenizer

        mel = self._mel(samples)
        found = self._reading(mel, language, most_tokens)
        if found.no_speech_prob > SILENCE_PROBABILITY and found.avg_logprob < LEAST_LOG_PROBABILITY:
            return []
        tokenizer = get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=language if self._model.is_multilingual else None,
            task="transcribe",
        )
        tokens = [token for token in found.tokens if token < tokenizer.eot]
        timings = find_alignment(self._model, tokenizer, tokens, mel, len(samples) // SAMPLES_PER_FRAME)
        merge_punctuations(timings, PREPENDED, APPENDED)
        return [
            Word(timing.word, float(timing.start), float(timing.end), float(timing.probability))
            for timing in timings
            if timing.word
        ]

    def _mel(self, samples: Floats) -> "object":
        from whisper.audio import log_mel_spectrogram, pad_or_trim

        whole = pad_or_trim(np.asarray(samples, np.float32))
        return log_mel_spectrogram(whole, self._model.dims.n_mels, device=self._device)

    def _reading(self, mel: object, language: str, most_tokens: int) -> "DecodingResult":
        """The first reading within the limits, from the surest temperature on; else the last."""
        from whisper import DecodingOptions, decode

        for temperature in TEMPERATURES:
            options = DecodingOptions(
                language=language if self._model.is_multilingual else None,
                temperature=temperature,
                sample_len=most_tokens,
                without_timestamps=True,
                fp16=self._device != "cpu",
            )
            found = decode(self._model, mel, options)
            if found.compression_ratio <= MOST_COMPRESSION and found.avg_logprob >= LEAST_LOG_PROBABILITY:
                break
        return found

"""The engine `faster-whisper`: the same checkpoints, converted once, run by CTranslate2 in 8-bit integers."""

from pathlib import Path
from typing import Final

from audio_processor.transcription.openai_engine import (
    APPENDED,
    LEAST_LOG_PROBABILITY,
    MOST_COMPRESSION,
    PREPENDED,
    SILENCE_PROBABILITY,
    TEMPERATURES,
)
from avatar.types import SAMPLE_RATE_HZ, Floats, Word
from models.threads import speech_threads

BEAMS: Final = 2


class FasterWhisper:
    """A converted checkpoint in `folder`."""

    def __init__(self, folder: Path, device: str) -> None:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        kind, _, place = device.partition(":")
        self._model = WhisperModel(
            str(folder),
            device=kind,
            device_index=int(place or 0),
            compute_type="int8" if kind == "cpu" else "float16",
            cpu_threads=speech_threads(),
            local_files_only=True,
        )
        self._pipeline = BatchedInferencePipeline(self._model)

    def languages(self, samples: Floats) -> dict[str, float]:
        if not self._model.model.is_multilingual:
            return {"en": 1.0}
        _, _, probabilities = self._model.detect_language(samples)
        return dict(probabilities)

    def words(self, samples: Floats, language: str, most_tokens: int) -> list[Word]:
        for temperature in TEMPERATURES:
            segments, _ = self._pipeline.transcribe(
                samples,
                language=language,
                temperature=temperature,
                beam_size=BEAMS,
                word_timestamps=True,
                without_timestamps=True,
                max_new_tokens=most_tokens,
                prepend_punctuations=PREPENDED,
                append_punctuations=APPENDED,
                clip_timestamps=[{"start": 0.0, "end": len(samples) / SAMPLE_RATE_HZ}],
                batch_size=1,
            )
            found = list(segments)
            sure = [one for one in found if one.avg_logprob >= LEAST_LOG_PROBABILITY]
            if len(sure) == len(found) and all(one.compression_ratio <= MOST_COMPRESSION for one in found):
                break
        silent = {one.id for one in found if one not in sure and one.no_speech_prob > SILENCE_PROBABILITY}
        heard = [word for one in found if one.id not in silent for word in one.words or ()]
        return [Word(word.word, float(word.start), float(word.end), float(word.probability)) for word in heard]

"""The engine `kokoro`: natural voices in seven languages, on a processor."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.espeak_line import espeak_line
from audio_processor.speaking.kokoro_chinese import script_of_chinese
from audio_processor.speaking.kokoro_phonemes import AMERICAN, BRITISH, script_of
from audio_processor.speaking.kokoro_script import SPACE, Script, pieces, timed
from audio_processor.speaking.kokoro_voices import CHINESE, VOICES_OF, language_of
from audio_processor.spoken_words import Phoneme
from audio_processor.tts import check_text, espeak_request, interpreted, language_code
from avatar.errors import InputError
from avatar.settings import Settings
from avatar.types import Word
from models.kokoro.network import KOKORO, RATE_HZ, KokoroNetwork
from models.kokoro.symbols import numbers
from models.kokoro.voices import VOICES, VoiceFile
from models.loaded import LoadedNetworks, file_mark, process_networks
from models.threads import speech_threads
from models.weights import WeightStore

NAME: Final = "kokoro"
ESPEAK_OF: Final = {"en": AMERICAN, BRITISH: BRITISH, "fr": "fr-fr", "pt": "pt-br"}
"""espeak-ng's code of a language where it differs."""

Pronounce = Callable[[str, str], SpokenPiece]
"""A text and espeak-ng's code of its language -> what espeak-ng says, with the times of words and sounds."""


def said_by_espeak(text: str, language: str) -> SpokenPiece:
    """Words and sounds of `text`, the sound itself left out. Raises `InputError`, `SynthesisError`."""
    reply, _ = espeak_line().ask(espeak_request(text, language_code(language), ""))
    times = interpreted(text, reply)
    return SpokenPiece(
        samples=np.zeros(0, np.float32),
        rate=RATE_HZ,
        words=tuple(Word(**word) for word in times["words"]),
        phonemes=tuple(Phoneme(**phoneme) for phoneme in times["phonemes"]),
    )


class Kokoro:
    """The engine with the files of `weights`, which are read when it first speaks, once a process."""

    def __init__(
        self,
        settings: Settings,  # noqa: ARG002 - every engine is built from the settings and the files
        weights: WeightStore,
        *,
        pronounce: Pronounce = said_by_espeak,
        threads: int | None = None,
        networks: LoadedNetworks | None = None,
    ) -> None:
        self._weights = weights
        self._pronounce = pronounce
        self._threads = threads or speech_threads()
        self._networks = process_networks() if networks is None else networks

    @property
    def capabilities(self) -> SpeakerCapabilities:
        return SpeakerCapabilities(
            name=NAME,
            summary="Kokoro, 82 million weights: natural voices, on a processor; it tells when each sound is spoken",
            languages=tuple(language for language in VOICES_OF if language != BRITISH),
            rate=RATE_HZ,
            weights=(KOKORO, VOICES),
            extra=NAME,
        )

    def voices(self, language: str) -> tuple[Voice, ...]:
        """Those of the language; English without `gb` has the American ones first, then the British."""
        code = language_of(language)
        accents = ("en", BRITISH) if code == "en" else (code,)
        return tuple(
            Voice(name, (accent if accent == BRITISH else code,), _summary(name))
            for accent in accents
            for name in VOICES_OF[accent]
        )

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        """Sentence by sentence; `check` is called before each, and once more before espeak-ng is asked.

        Beside the errors of the contract raises `MissingWeightsError`, `LicenceError` and `MissingExtraError`.
        """
        check_text(text)
        code = language_of(language)
        chosen = voice.name if voice else VOICES_OF[code][0]
        network, voices = self._loaded()
        if chosen not in voices.names:
            raise InputError(f"Kokoro has no voice '{chosen}'.", cure=f"There are {', '.join(voices.names)}.")
        check()
        script = self._script(text, BRITISH if code == "en" and chosen.startswith("b") else code)
        for piece in pieces(script):
            check()
            if piece.symbols.strip():
                yield _spoken(piece, network, voices, chosen)

    def _loaded(self) -> tuple[KokoroNetwork, VoiceFile]:
        self._weights.require([KOKORO, VOICES])
        weights, styles = self._weights.path(KOKORO), self._weights.path(VOICES)
        network = self._networks.get(
            (NAME, KOKORO, file_mark(weights), self._threads), lambda: KokoroNetwork(weights, self._threads)
        )
        return network, self._networks.get((NAME, VOICES, file_mark(styles)), lambda: VoiceFile(styles))

    def _script(self, text: str, code: str) -> Script:
        if code == CHINESE:
            script = script_of_chinese(text, lambda run: self._pronounced(run, AMERICAN))
        else:
            script = self._pronounced(text, ESPEAK_OF.get(code, code))
        if not script.symbols.strip():
            raise InputError(
                f"Kokoro finds nothing to say in the text '{text[:40]}'.",
                cure="Check that the text is written in the language given.",
            )
        return script

    def _pronounced(self, text: str, espeak_language: str) -> Script:
        return script_of(self._pronounce(text, espeak_language), espeak_language)


def _spoken(piece: Script, network: KokoroNetwork, voices: VoiceFile, voice: str) -> SpokenPiece:
    symbols = piece.symbols.rstrip(SPACE)
    sound = network(numbers(symbols), voices.style(voice, len(symbols)))
    if sound.edges is None:
        return SpokenPiece(sound.samples, RATE_HZ)
    words, phonemes = timed(piece, sound.edges)
    return SpokenPiece(sound.samples, RATE_HZ, words, phonemes)


def _summary(name: str) -> str:
    return f"{'a woman' if name[1] == 'f' else 'a man'}{', British' if name[0] == 'b' else ''}"

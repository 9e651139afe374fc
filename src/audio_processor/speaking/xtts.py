"""The engine `xtts`: speaks with the voice of a recording, or one of its own, in 16 languages."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from audio_processor.decode import sound_frames
from audio_processor.speaking.base import SpeakerCapabilities, SpokenPiece, Voice
from audio_processor.speaking.sentences import CLAUSE, sentences
from audio_processor.speaking.utterance import spoken_parts
from audio_processor.speaking.xtts_voices import MOST_LETTERS, READY_VOICES, language_of
from audio_processor.tts import check_text
from avatar.errors import AudioError
from avatar.files import file_digest
from avatar.settings import Settings
from avatar.types import Floats
from models.hardware import hardware_of
from models.loaded import LoadedNetworks, file_mark, process_networks
from models.weights import WeightStore
from models.xtts.cloning import HEARD_RATE_HZ, RATE_HZ, Latents, XttsNetwork, load_xtts, require_package
from models.xtts.files import KEYS, XttsFiles

NAME: Final = "xtts"
LEAST_SECONDS: Final = 3.0
"""Of a recording; six are needed for a likeness."""

PAUSE_SECONDS: Final = 0.25
"""Behind a sentence, which the network ends at once."""

MOST_KEPT_VOICES: Final = 64
WAIT_SECONDS: Final = 0.1
"""Between two looks at whether somebody who waits for the network still wants it."""


class _Cloner:
    """The network, one sentence at a time, and the voices that it has heard, by the hash of their recording."""

    def __init__(self, network: XttsNetwork) -> None:
        self.network = network
        self._turn = threading.Lock()
        self._heard: OrderedDict[str, Latents] = OrderedDict()

    def voice(self, chosen: Voice, check: Callable[[], None]) -> Latents:
        if chosen.sample is None:
            return self.network.ready_voice(chosen.name)
        digest = _digest(chosen.sample)
        with _Turn(self._turn, check):
            known = self._heard.pop(digest, None)
            known = known or self.network.heard_voice(recording(chosen.sample))
            self._heard[digest] = known
            if len(self._heard) > MOST_KEPT_VOICES:
                self._heard.popitem(last=False)
            return known

    def spoken(self, text: str, language: str, voice: Latents, check: Callable[[], None]) -> Iterator[SpokenPiece]:
        with _Turn(self._turn, check):
            for samples in self.network.spoken(text, language, voice):
                if len(samples):
                    yield SpokenPiece(samples, RATE_HZ)
                check()
        yield SpokenPiece(np.zeros(round(PAUSE_SECONDS * RATE_HZ), np.float32), RATE_HZ)


class _Turn:
    """Waits for a lock, unless what `check` raises ends the waiting."""

    def __init__(self, lock: threading.Lock, check: Callable[[], None]) -> None:
        self._lock, self._check = lock, check

    def __enter__(self) -> None:
        while not self._lock.acquire(timeout=WAIT_SECONDS):
            self._check()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Xtts:
    """The engine with the files of `weights`, which are read when it first speaks, once a process."""

    def __init__(self, settings: Settings, weights: WeightStore, *, networks: LoadedNetworks | None = None) -> None:
        self._settings = settings
        self._weights = weights
        self._networks = process_networks() if networks is None else networks

    @property
    def capabilities(self) -> SpeakerCapabilities:
        return SpeakerCapabilities(
            name=NAME,
            summary="XTTS v2, 467 million weights: speaks with the voice of a recording; not for commercial use",
            languages=tuple(MOST_LETTERS),
            rate=RATE_HZ,
            weights=KEYS,
            extra=NAME,
            clones=True,
        )

    def voices(self, language: str) -> tuple[Voice, ...]:
        """Those that came with the network; each speaks every language."""
        code = language_of(language)
        return tuple(Voice(name, (code,)) for name in READY_VOICES)

    def speak(
        self, text: str, *, language: str, voice: Voice | None = None, check: Callable[[], None] = lambda: None
    ) -> Iterator[SpokenPiece]:
        """About a second of sound at a time; it does not tell when its sounds are spoken.

        One sentence is made at a time in a process, others wait. Beside the errors of the contract raises
        `MissingExtraError`, `LicenceError`, `MissingWeightsError`, and `AudioError` for a recording of no use.
        """
        check_text(text)
        code = language_of(language)
        cloner = self._loaded()
        latents = cloner.voice(voice or Voice(READY_VOICES[0], (code,)), check)
        parts = [part for sentence in sentences(text) for part in shortened(sentence, MOST_LETTERS[code])]
        return (yield from spoken_parts(parts, lambda part: cloner.spoken(part, code, latents, check), check))

    def _loaded(self) -> _Cloner:
        require_package()
        files = XttsFiles.of(self._weights)
        device = hardware_of(self._settings).device.name
        name = (NAME, device, file_mark(files.weights), file_mark(files.config))
        return self._networks.get(name, lambda: _Cloner(load_xtts(files, device)))


def shortened(sentence: str, most: int) -> Iterator[str]:
    """The sentence in parts of at most so many letters, cut after a clause, else at a space, else anywhere."""
    while len(sentence) > most:
        clauses = [match.end() for match in CLAUSE.finditer(sentence, 0, most)]
        cut = (clauses or [sentence.rfind(" ", 1, most + 1)])[-1]
        cut = cut if cut > 0 else most
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence


def recording(path: Path) -> Floats:
    """Mono samples at 22.05 kHz. Raises `AudioError` where the file is no sound, too short, or silent."""
    import av

    resampler = av.AudioResampler("flt", "mono", HEARD_RATE_HZ)
    parts = [
        part.to_ndarray().reshape(-1)
        for frame in chain(sound_frames(path), (None,))
        for part in resampler.resample(frame)
    ]
    samples: Floats = np.concatenate([np.zeros(0, np.float32), *parts])
    if len(samples) < LEAST_SECONDS * HEARD_RATE_HZ:
        raise AudioError(
            f"The recording {path.name} has {len(samples) / HEARD_RATE_HZ:.1f} s.",
            cure=f"At least {LEAST_SECONDS:g} s are needed, better six, of one person who speaks.",
        )
    if not np.abs(samples).max() > 0:
        raise AudioError(f"The recording {path.name} is silent.", cure="Record it again.")
    return samples


def _digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        raise AudioError(
            f"The recording {path.name} of a voice cannot be read: {error.strerror or error}.", cure="Check the path."
        ) from None

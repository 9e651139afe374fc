"""Speech whose every sound is known, spoken by espeak-ng in many languages and voices, and what may spoil it."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_processor.decode import decode_audio
from audio_processor.tts import COMMAND, PITCH_RANGE, RATE_WPM, WORD_GAP, SpokenText, speak
from avatar.errors import SynthesisError
from avatar.types import HOP_SECONDS, SAMPLE_RATE_HZ, Floats

SILENCE_SECONDS: Final = 1.5
"""Before and after each text."""

TEXTS: Final[tuple[tuple[str, str | None, str], ...]] = (
    ("en", None, "My mother bought a big blue balloon, and we laughed. Why would you leave so early? I cannot stay."),
    (
        "de",
        "f2",
        "Gestern sind wir lange im Wald gewesen. Das Wetter war gut, aber abends wurde es kalt. Kommst du mit?",
    ),
    ("fr", "m3", "Nous avons marché longtemps dans la forêt. Il faisait beau, mais le soir il a fait froid. Viens-tu?"),
    ("es", "f4", "Ayer fuimos al mercado con mi hermana. Compramos pan, queso y muchas frutas. ¿Vienes con nosotros?"),
    ("zh", "Annie", "今天天气很好，我们去公园散步。你想不想一起去？晚上我们回家吃饭。"),
    ("ru", "m7", "Вчера мы долго гуляли по лесу. Погода была хорошая, но вечером стало холодно. Ты пойдёшь с нами?"),
    ("ar", "f1", "ذهبنا أمس إلى السوق مع أختي. اشترينا الخبز والجبن. هل تريد أن تأتي معنا؟"),
    ("hi", "Andy", "कल हम बाज़ार गए थे। हमने रोटी और फल खरीदे। क्या तुम हमारे साथ चलोगे?"),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound at 16 kHz and where on the 10 ms grid somebody speaks in it."""

    name: str
    samples: Floats
    speech: NDArray[np.bool_]

    @property
    def power(self) -> float:
        """Mean square of what is spoken."""
        spoken = np.repeat(self.speech, round(HOP_SECONDS * SAMPLE_RATE_HZ))[: len(self.samples)]
        return float(np.mean(np.square(self.samples[spoken])))


def said(text: str, language: str = "en", voice: str | None = None) -> tuple[SpokenText, Floats]:
    """A text as espeak-ng speaks it, and its samples."""
    with tempfile.TemporaryDirectory(prefix="avatar-") as place:
        spoken = speak(text, language=language, voice=voice, folder=Path(place))
        return spoken, samples_of(spoken.path)


def said_at(pitch: int, text: str, voice: str | None = None) -> Floats:
    """English at another of espeak-ng's pitches, 0 to 99: the timbre stays."""
    with tempfile.TemporaryDirectory(prefix="avatar-") as place:
        path = Path(place) / "said.wav"
        name = f"en-us+{voice}" if voice else "en-us"
        request = {"action": "speak", "text": text, "voice": name, "pitch": pitch, "wav": str(path)}
        request |= {"rate_wpm": RATE_WPM, "pitch_range": PITCH_RANGE, "word_gap": WORD_GAP}
        done = subprocess.run(COMMAND, input=json.dumps(request).encode(), capture_output=True, check=True)
        if error := json.loads(done.stdout).get("error"):
            raise SynthesisError(error)
        return samples_of(path)


def samples_of(path: Path) -> Floats:
    with tempfile.TemporaryDirectory(prefix="avatar-") as place:
        return np.array(decode_audio(path, Path(place), max_minutes=60, max_megabytes=512).samples)


def spoken_material() -> list[Heard]:
    """Every text with silence around it."""
    return [_with_silence(language, *said(text, language, voice)) for language, voice, text in TEXTS]


def _with_silence(name: str, spoken: SpokenText, samples: Floats) -> Heard:
    around = round(SILENCE_SECONDS * SAMPLE_RATE_HZ)
    padded = np.pad(samples, around)
    mask = np.zeros(-(-len(padded) // round(HOP_SECONDS * SAMPLE_RATE_HZ)), np.bool_)
    for sound in spoken.phonemes:
        first, last = (round((time + SILENCE_SECONDS) / HOP_SECONDS) for time in (sound.start, sound.end))
        mask[first:last] |= bool(sound.symbol)
    return Heard(name, padded, mask)


def white_noise(count: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=count)


def dark_noise(count: int) -> NDArray[np.float64]:
    """Noise that falls by 5 dB an octave from 60 Hz on."""
    return _filtered(white_noise(count), lambda hz: np.maximum(hz, 60.0) ** -0.8)


def tune(count: int) -> NDArray[np.float64]:
    """Notes of a quarter of a second, each with two overtones and a short fade."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    step = (time * 4).astype(int)
    hz = np.array([262, 330, 392, 523, 440, 349, 294, 247])[step % 8]
    inside = time * 4 - step
    fade = np.minimum(1.0, np.minimum(inside, 1.0 - inside) / 0.08)
    waves: NDArray[np.float64] = sum(np.sin(2 * np.pi * hz * k * time) / k for k in (1, 2, 3)) * fade
    return waves


def _filtered(
    samples: NDArray[np.floating], gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    hz: NDArray[np.float64] = np.asarray(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), np.float64)
    spectrum = np.fft.rfft(samples) * gain(hz)
    return np.fft.irfft(spectrum, len(samples))


def _beside(other: Callable[[int], NDArray[np.float64]], decibels: float) -> Callable[[Heard], Floats]:
    """Adds a sound so far under the speech."""

    def mixed(heard: Heard) -> Floats:
        added = other(len(heard.samples))
        scale = np.sqrt(heard.power / 10 ** (decibels / 10) / np.mean(np.square(added)))
        return np.asarray(heard.samples + scale * added, np.float32)

    return mixed


def _quieter(decibels: float) -> Callable[[Heard], Floats]:
    return lambda heard: heard.samples * np.float32(10 ** (-decibels / 20))


def _telephone(heard: Heard) -> Floats:
    return _filtered(heard.samples, lambda hz: ((hz > 300) & (hz < 3400)).astype(float)).astype(np.float32)


def _in_a_hall(heard: Heard) -> Floats:
    """Reverberation that falls by 60 dB in 0.7 s."""
    count = SAMPLE_RATE_HZ // 2
    answer = white_noise(count) * np.exp(-np.arange(count) / 1600)
    answer[0] = 8.0
    size = len(heard.samples) + count
    wet = np.fft.irfft(np.fft.rfft(heard.samples, size) * np.fft.rfft(answer, size), size)[: len(heard.samples)]
    return np.asarray(0.5 * wet / np.abs(wet).max(), np.float32)


CONDITIONS: Final[Mapping[str, Callable[[Heard], Floats]]] = {
    "as it is": _quieter(0),
    "30 dB quieter": _quieter(30),
    "50 dB quieter": _quieter(50),
    "telephone band": _telephone,
    "in a hall": _in_a_hall,
    "white noise, SNR 10 dB": _beside(white_noise, 10),
    "white noise, SNR 5 dB": _beside(white_noise, 5),
    "white noise, SNR 0 dB": _beside(white_noise, 0),
    "dark noise, SNR 5 dB": _beside(dark_noise, 5),
    "dark noise, SNR 0 dB": _beside(dark_noise, 0),
    "a tune beneath, 10 dB": _beside(tune, 10),
}

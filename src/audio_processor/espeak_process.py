"""Speaks text with espeak-ng, in a process of its own: `python -m audio_processor.espeak_process`.

espeak-ng is GPL-3.0 and its state is global, so nothing else ever loads it. One JSON request on standard
input, one JSON reply on standard output; with `--stay` one a line, until the input ends:

- `{"action": "voices"}` -> `{"languages": {code: [name, voice], ...}, "variants": [name, ...]}`
- `{"action": "speak", "text", "voice", "rate_wpm", "pitch", "pitch_range", "word_gap", "wav"}`
  -> `{"duration", "words": [[character, seconds], ...], "phonemes": [[IPA, seconds], ...]}`: when each
  begins. Characters count from 0 through the text; an empty IPA is a pause. Without a `wav` the reply also has the
  `rate` in Hz and the number of `bytes` that follow its line: the sound, mono, 16 bits a sample, the low byte first.

What cannot be done is replied as `{"error": message}`. The calls are those of espeak-ng's `speak_lib.h`.
"""

import ctypes
import json
import os
import select
import sys
import threading
import wave
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
INITIALIZE_PHONEME_EVENTS: Final = 0x0001
INITIALIZE_PHONEME_IPA: Final = 0x0002
INITIALIZE_DONT_EXIT: Final = 0x8000
POSITION_CHARACTER: Final = 1
CHARS_UTF8: Final = 1
EVENT_LIST_TERMINATED: Final = 0
EVENT_WORD: Final = 1
EVENT_PHONEME: Final = 7
PARAMETERS: Final = {"rate_wpm": 1, "pitch": 3, "pitch_range": 4, "word_gap": 7}
BUFFER_MS: Final = 60
VARIANT_FOLDER: Final = "!v/"
STAY: Final = "--stay"
SEED: Final = 1
"""The breath in some voices is random, seeded by the clock unless told: the same text shall give the same sound."""


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_SYNTH_ARGUMENTS: Final = (
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_uint,
    ctypes.c_int,
    ctypes.c_uint,
    ctypes.c_uint,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


class _Recorder:
    """Takes what espeak-ng hands over piece by piece: samples, of 16 bits, go to `write`, events are kept."""

    def __init__(self, write: Callable[[bytes], object], rate: int) -> None:
        self.write = write
        self.rate = rate
        self.samples = 0
        self.words: list[tuple[int, float]] = []
        self.phonemes: list[tuple[str, float]] = []
        self.failure: OSError | None = None

    def take(self, samples: Any, count: int, events: Any) -> int:
        """Returns 0 to go on, 1 to stop; an exception must not pass through the C library."""
        try:
            if samples and count > 0:
                self.write(ctypes.string_at(samples, count * 2))
                self.samples += count
        except OSError as error:
            self.failure = error
            return 1
        index = 0
        while events[index].type != EVENT_LIST_TERMINATED:
            self._note(events[index])
            index += 1
        return 0

    def _note(self, event: _Event) -> None:
        seconds = round(event.sample / self.rate, 5)
        if event.type == EVENT_WORD:
            self.words.append((event.text_position - 1, seconds))
        elif event.type == EVENT_PHONEME:
            self.phonemes.append((event.id.string.decode("utf-8", "ignore"), seconds))


@lru_cache(maxsize=1)
def _load() -> tuple[ctypes.CDLL, int]:
    """The library and its sample rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    options = INITIALIZE_PHONEME_EVENTS | INITIALIZE_PHONEME_IPA | INITIALIZE_DONT_EXIT
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, BUFFER_MS, data, options)
    if rate <= 0:
        raise OSError(f"espeak-ng found no data under {data.decode()}")
    library.espeak_ng_SetRandSeed.argtypes = (ctypes.c_long,)
    library.espeak_Synth.argtypes = _SYNTH_ARGUMENTS
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    return library, rate


def spoken(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request to speak; its `wav` is written. Many may be spoken in one process, one at a time."""
    _, rate = _load()
    with wave.open(request["wav"], "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        return _said(request, wav.writeframesraw)


def _said(request: dict[str, Any], write: Callable[[bytes], object]) -> dict[str, Any]:
    library, rate = _load()
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        return {"error": f"espeak-ng has no voice '{request['voice']}'"}
    for name, number in PARAMETERS.items():
        library.espeak_SetParameter(number, int(request[name]), 0)
    library.espeak_ng_SetRandSeed(SEED)
    text = request["text"].encode()
    recorder = _Recorder(write, rate)
    callback = _Callback(recorder.take)
    library.espeak_SetSynthCallback(callback)
    status = library.espeak_Synth(text, len(text) + 1, 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None)
    library.espeak_Synchronize()
    if recorder.failure is not None:
        raise recorder.failure
    if status != 0:
        return {"error": f"espeak-ng stopped with status {status}"}
    return {"duration": recorder.samples / rate, "words": recorder.words, "phonemes": recorder.phonemes}


def _language_codes(address: int) -> list[tuple[int, str]]:
    """The codes of a voice, each with its priority: a byte before each string, a zero byte at the end; 1 is best."""
    codes = []
    while priority := ctypes.string_at(address, 1)[0]:
        code = ctypes.string_at(address + 1)
        codes.append((priority, code.decode("utf-8", "ignore")))
        address += len(code) + 2
    return codes


def _listed(library: ctypes.CDLL, wanted: _Voice | None) -> list[_Voice]:
    found = library.espeak_ListVoices(ctypes.byref(wanted) if wanted is not None else None)
    voices: list[_Voice] = []
    while found[len(voices)]:
        voices.append(found[len(voices)].contents)
    return voices


def _voices() -> dict[str, Any]:
    library, _ = _load()
    offers = []
    for voice in _listed(library, None):
        name, identifier = voice.name.decode("utf-8", "ignore"), voice.identifier.decode("utf-8", "ignore")
        offers += [(priority, code, name, identifier) for priority, code in _language_codes(voice.languages)]
    languages: dict[str, tuple[str, str]] = {}
    for _, code, name, identifier in sorted(offers):
        languages.setdefault(code, (name, identifier))
    variant = ctypes.create_string_buffer(b"\0variant\0")
    wanted = _Voice(languages=ctypes.cast(variant, ctypes.c_void_p).value)
    identifiers = [voice.identifier.decode("utf-8", "ignore") for voice in _listed(library, wanted)]
    variants = [name.removeprefix(VARIANT_FOLDER) for name in identifiers if name.startswith(VARIANT_FOLDER)]
    return {"languages": languages, "variants": sorted(variants)}


def _reply(request: dict[str, Any], sound: bytearray) -> dict[str, Any]:
    """What is spoken without a file is put into `sound`."""
    try:
        if request["action"] == "voices":
            return _voices()
        if "wav" in request:
            return spoken(request)
        reply = _said(request, sound.extend)
        return {**reply, "rate": _load()[1], "bytes": len(sound)}
    except (OSError, ImportError) as error:
        return {"error": str(error)}


def _end_with_parent() -> None:
    """Whoever asks holds the other end of the input; when that closes, nobody waits for an answer."""
    watch = select.poll()
    watch.register(sys.stdin.fileno(), select.POLLHUP)
    watch.poll()
    os._exit(0)


def main() -> int:
    stays = STAY in sys.argv[1:]
    if stays:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    for line in sys.stdin.buffer:
        sound = bytearray()
        reply = _reply(json.loads(line), sound)
        sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n" + sound)
        sys.stdout.buffer.flush()
        if not stays:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())

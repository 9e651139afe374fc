"""The engine `xtts` over a stand-in for coqui-tts, and over coqui-tts itself where that is installed."""

import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from audio_processor.speaking.base import SpokenPiece, Voice
from audio_processor.speaking.xtts import Xtts, recording, shortened
from audio_processor.speaking.xtts_voices import MOST_LETTERS, READY_VOICES
from avatar.errors import AudioError, InputError, LicenceError, MissingExtraError, SynthesisError, WeightsError
from avatar.files import file_digest
from avatar.settings import Settings
from models.loaded import LoadedNetworks
from models.weights import WeightStore
from models.xtts.cloning import HEARD_RATE_HZ, INSTALL, RATE_HZ
from models.xtts.files import KEYS
from tests.xtts_files import WIDTH, stand_in, write_files

SETTINGS = Settings(compute_device="cpu")


@pytest.fixture
def coqui(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return stand_in(monkeypatch)


@pytest.fixture
def weights(coqui: ModuleType, tmp_path: Path) -> WeightStore:
    torch = pytest.importorskip("torch")
    state = {
        f"xtts.gpt.{name}": torch.randn(*shape) / 8 for name, shape in (("weight", (WIDTH, WIDTH)), ("bias", (WIDTH,)))
    }
    state["xtts.dvae.codebook"] = torch.zeros(3)
    return write_files(tmp_path, state)


@pytest.fixture
def xtts(weights: WeightStore) -> Xtts:
    return Xtts(SETTINGS, weights, networks=LoadedNetworks())


def recorded(path: Path, *, seconds: float = 7.0, hz: float = 150.0, level: float = 0.3) -> Voice:
    times = np.arange(round(seconds * 16_000)) / 16_000
    sound = (level * 32_767 * np.sin(2 * np.pi * hz * times)).astype("<i2")
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, 16_000, 0, "NONE", ""))
        wav.writeframes(sound.tobytes())
    return Voice("somebody", ("en",), sample=path)


def asked(coqui: Any, what: str) -> list[tuple[Any, ...]]:
    return [call[1:] for call in coqui.calls if call[0] == what]


def test_sound_comes_in_pieces_with_the_settings_of_the_files(xtts: Xtts, coqui: ModuleType) -> None:
    pieces = list(xtts.speak("Good morning to all of you. How are you today?", language="en-US"))

    assert len(pieces) >= 3
    assert all(piece.rate == RATE_HZ and piece.samples.dtype == np.float32 for piece in pieces)
    assert all(piece.phonemes == () for piece in pieces)
    assert asked(coqui, "speak") == [
        ("Good morning to all of you.", "en", 0.75, 5.0),
        ("How are you today?", "en", 0.75, 5.0),
    ]


def test_a_voice_is_heard_once_for_each_content_of_a_recording(xtts: Xtts, coqui: ModuleType, tmp_path: Path) -> None:
    first, same, other = (
        recorded(tmp_path / name, hz=hz) for name, hz in (("a.wav", 150), ("b.wav", 150), ("c.wav", 220))
    )
    spoken = [
        np.concatenate([p.samples for p in xtts.speak("Hello there.", language="en", voice=v)])
        for v in (first, same, other)
    ]

    assert asked(coqui, "hear") == [(4 * HEARD_RATE_HZ, HEARD_RATE_HZ, 30, 4)] * 2
    assert np.array_equal(spoken[0], spoken[1])
    assert not np.array_equal(spoken[0], spoken[2])


def test_ready_voices_speak_every_language(xtts: Xtts, coqui: ModuleType) -> None:
    luis, claribel = (
        next(xtts.speak("Hola a todos.", language="es", voice=voice)).samples
        for voice in (Voice("Luis Moray", ()), None)
    )

    assert len(READY_VOICES) == len(set(READY_VOICES)) == 58
    assert xtts.voices("zh-CN")[0] == Voice("Claribel Dervla", ("zh",))
    assert not np.array_equal(luis, claribel)
    assert {language for _, language, *_ in asked(coqui, "speak")} == {"es"}
    assert {"en", "zh", "es"} < set(xtts.capabilities.languages)
    with pytest.raises(InputError, match=r"no voice 'Nobody'.*Claribel"):
        next(xtts.speak("Hola.", language="es", voice=Voice("Nobody", ())))
    with pytest.raises(InputError, match="speaks no language 'ja'"):
        xtts.voices("ja")


def test_the_official_file_is_read_without_its_classes_and_left_as_it_is(xtts: Xtts, weights: WeightStore) -> None:
    before = file_digest(weights.path("xtts"))

    assert next(xtts.speak("Hello.", language="en")).duration > 0
    assert file_digest(weights.path("xtts")) == before


def test_a_file_that_would_run_something_is_refused(weights: WeightStore) -> None:
    import torch

    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return exec, ("raise SystemExit",)

    torch.save({"model": {"gpt.weight": torch.zeros(1)}, "config": Harm()}, weights.path("xtts"))

    with pytest.raises(WeightsError, match="wants to run"):
        next(Xtts(SETTINGS, weights, networks=LoadedNetworks()).speak("Hello.", language="en"))


def test_the_weights_of_another_network_are_refused(weights: WeightStore) -> None:
    import torch

    torch.save({"model": {"gpt.weight": torch.zeros(WIDTH, WIDTH)}}, weights.path("xtts"))

    with pytest.raises(WeightsError, match=r"model\.pth cannot be used: .*gpt\.bias.*models download xtts"):
        next(Xtts(SETTINGS, weights, networks=LoadedNetworks()).speak("Hello.", language="en"))


def test_long_sentences_are_cut_so_that_none_breaks_off(xtts: Xtts, coqui: ModuleType) -> None:
    text = "我们今天去公园散步，" * 20 + "好。"
    list(xtts.speak(text, language="zh"))
    parts = [part for part, *_ in asked(coqui, "speak")]

    assert "".join(parts) == text
    assert max(map(len, parts)) <= MOST_LETTERS["zh"]
    assert list(shortened("a" * 30, 12)) == ["a" * 12, "a" * 12, "a" * 6]
    assert list(shortened("one two three, four", 16)) == ["one two three,", "four"]
    assert list(shortened("one two three four", 9)) == ["one two", "three", "four"]


def test_what_check_raises_ends_the_speech_and_the_next_can_begin(xtts: Xtts) -> None:
    class StoppedError(Exception):
        pass

    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        list(xtts.speak("Good morning to all of you, and a good day.", language="en", check=check))
    assert list(xtts.speak("Hello.", language="en"))


def test_whoever_waits_for_the_network_can_give_up(xtts: Xtts) -> None:
    class GaveUpError(Exception):
        pass

    def give_up() -> None:
        if threading.current_thread() is waiting:
            raise GaveUpError

    raised: list[BaseException] = []

    def wait() -> None:
        try:
            next(xtts.speak("Hello.", language="en", voice=Voice("Luis Moray", ()), check=give_up))
        except GaveUpError as error:
            raised.append(error)

    speaking = xtts.speak("Good morning to all of you.", language="en")
    next(speaking)
    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(20)

    assert len(raised) == 1
    assert list(speaking)


def test_threads_share_one_network_and_hear_their_own_voice(weights: WeightStore, coqui: ModuleType) -> None:
    networks = LoadedNetworks()
    spoken: dict[str, list[SpokenPiece]] = {}

    def speak(name: str) -> None:
        engine = Xtts(SETTINGS, weights, networks=networks)
        spoken[name] = list(engine.speak("One. Two. Three.", language="en", voice=Voice(name, ())))

    threads = [threading.Thread(target=speak, args=(name,)) for name in ("Claribel Dervla", "Luis Moray")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(asked(coqui, "load")) == len(networks) == 1
    values = {
        name: {float(value) for piece in pieces for value in piece.samples if value} for name, pieces in spoken.items()
    }
    assert all(len(own) == 1 for own in values.values())
    assert len({*values["Claribel Dervla"], *values["Luis Moray"]}) == 2


@pytest.mark.parametrize(
    ("seconds", "level", "said"), [(1.0, 0.3, r"has 1\.0 s.*At least 3 s"), (7.0, 0.0, "is silent")]
)
def test_recordings_of_no_use_are_refused(tmp_path: Path, seconds: float, level: float, said: str) -> None:
    with pytest.raises(AudioError, match=said):
        recording(recorded(tmp_path / "a.wav", seconds=seconds, level=level).sample or tmp_path)


def test_a_recording_that_is_gone_is_named(xtts: Xtts, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav of a voice cannot be read"):
        next(xtts.speak("Hello.", language="en", voice=Voice("x", (), sample=tmp_path / "gone.wav")))


def test_what_coqui_raises_is_told(xtts: Xtts, coqui: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Iterator[Any]:
        raise RuntimeError("probability tensor contains\n nan")

    monkeypatch.setattr(coqui.Xtts, "inference_stream", fails)

    with pytest.raises(SynthesisError, match=r"failed on the text 'Hello\.': probability tensor contains nan"):
        next(xtts.speak("Hello.", language="en"))


def test_the_weights_are_not_for_commercial_use(coqui: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(LicenceError, match="ALLOW_NONCOMMERCIAL_WEIGHTS"):
        next(Xtts(SETTINGS, WeightStore(tmp_path)).speak("Hello.", language="en"))
    with pytest.raises(WeightsError, match=f"models download {' '.join(KEYS)}"):
        next(Xtts(SETTINGS, WeightStore(tmp_path, noncommercial=True)).speak("Hello.", language="en"))


def test_without_coqui_the_cure_is_the_install_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.xtts.cloning.importlib.util.find_spec", lambda name: None)

    with pytest.raises(MissingExtraError, match="coqui-tts") as caught:
        next(Xtts(SETTINGS, WeightStore(tmp_path)).speak("Hello.", language="en"))
    assert caught.value.cure == f"Run: {INSTALL}"


def test_libraries_that_do_not_fit_each_other_are_named(xtts: Xtts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "TTS.tts.models.xtts", None)

    with pytest.raises(MissingExtraError, match=r"XTTS cannot be used here: .*torchaudio"):
        next(xtts.speak("Hello.", language="en"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_coqui_itself_speaks_with_small_random_weights(tmp_path: Path) -> None:
    try:
        from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
        from TTS.tts.models import xtts as network
    except (ImportError, OSError) as error:
        pytest.skip(f"coqui-tts is not here or does not fit PyTorch: {error}")
    import torch

    from tests.xtts_files import SIZES

    torch.manual_seed(0)
    config = XttsConfig(model_args=XttsArgs(**{**SIZES, "gpt_start_text_token": 3, "gpt_stop_text_token": 0}))
    network.XttsArgs.__module__ = network.__name__
    weights = write_files(tmp_path, network.Xtts(config).state_dict(), speaker_width=512)
    network.XttsArgs.__module__ = XttsConfig.__module__
    engine = Xtts(SETTINGS, weights, networks=LoadedNetworks())
    voice = recorded(tmp_path / "voice.wav")

    pieces = list(engine.speak("Good morning. A good day.", language="en", voice=voice))
    ready = list(engine.speak("Hello.", language="en"))

    assert len(pieces) >= 2
    assert all(len(piece.samples) and piece.rate == RATE_HZ for piece in (*pieces, *ready))
    assert np.std(np.concatenate([piece.samples for piece in pieces])) > 0

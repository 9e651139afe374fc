"""A small XTTS: files in the layout of the official ones, with random weights, and a stand-in for coqui-tts.

`stand_in` is the part of coqui-tts 0.28 that the project uses, with the same names, arguments and kinds of result.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from models.weights import WeightStore
from models.xtts.files import CONFIG, SPEAKERS, VOCABULARY, WEIGHTS

WIDTH: Final = 64
SPEAKER_WIDTH: Final = 32
RATE_HZ: Final = 24_000
CONFIG_MODULE: Final = "TTS.tts.configs.xtts_config"
NETWORK_MODULE: Final = "TTS.tts.models.xtts"
SHARED_MODULE: Final = "TTS.config.shared_configs"
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'.,!?1234567890"
TAGS: Final = ("[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[es]", "[zh-cn]")

SIZES: Final = {
    "gpt_layers": 2,
    "gpt_n_model_channels": WIDTH,
    "gpt_n_heads": 2,
    "gpt_max_audio_tokens": 60,
    "gpt_max_text_tokens": 402,
    "gpt_max_prompt_tokens": 70,
    "gpt_number_text_tokens": len(TAGS) + len(LETTERS),
    "gpt_num_audio_tokens": 34,
    "gpt_start_audio_token": 32,
    "gpt_stop_audio_token": 33,
    "gpt_use_perceiver_resampler": True,
    "decoder_input_dim": WIDTH,
    "d_vector_dim": 512,
}


def stand_in(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Puts the stand-in where coqui-tts would be; the module of its network, whose `calls` tell what was asked."""
    torch = pytest.importorskip("torch")
    modules = {name: ModuleType(name) for name in ("TTS", CONFIG_MODULE, NETWORK_MODULE, SHARED_MODULE)}
    modules["TTS"].__path__ = []
    modules["TTS"].__spec__ = pytest.__spec__
    configuration: Any = modules[CONFIG_MODULE]
    network: Any = modules[NETWORK_MODULE]
    network.calls = []
    configuration.XttsConfig = _configuration()
    network.XttsArgs = _kept_setting("XttsArgs", NETWORK_MODULE)
    modules[SHARED_MODULE].BaseDatasetConfig = _kept_setting("BaseDatasetConfig", SHARED_MODULE)  # type: ignore[attr-defined]
    network.Xtts = _network(torch, network)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return modules[NETWORK_MODULE]


def _kept_setting(name: str, module: str) -> type:
    return type(name, (), {"__module__": module, "__qualname__": name})


def _configuration() -> type:
    @dataclass
    class XttsConfig:
        temperature: float = 0.85
        length_penalty: float = 1.0
        repetition_penalty: float = 2.0
        top_k: int = 50
        top_p: float = 0.85
        gpt_cond_len: int = 12
        gpt_cond_chunk_len: int = 4
        max_ref_len: int = 10
        sound_norm_refs: bool = False
        model_args: dict[str, Any] = field(default_factory=dict)

        def load_json(self, file_name: str) -> None:
            for key, value in json.loads(Path(file_name).read_text(encoding="utf-8")).items():
                setattr(self, key, value)

    XttsConfig.__module__, XttsConfig.__qualname__ = CONFIG_MODULE, "XttsConfig"
    return XttsConfig


def _network(torch: Any, module: Any) -> type:
    class Manager:
        def __init__(self, path: str) -> None:
            self.speakers = torch.load(path, weights_only=True)

    class Xtts(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__()
            self.gpt = torch.nn.Linear(WIDTH, WIDTH)
            self.speaker_manager: Manager | None = None
            self.vocabulary: dict[str, Any] = {}

        @property
        def device(self) -> Any:
            return self.gpt.weight.device

        def get_compatible_checkpoint_state_dict(self, model_path: Path) -> dict[str, Any]:
            raise AssertionError("the file would be written anew")

        def load_checkpoint(
            self,
            config: Any,
            checkpoint_dir: str | None = None,
            checkpoint_path: str | None = None,
            vocab_path: str | None = None,
            eval: bool = True,  # noqa: A002 - coqui-tts's own name
            strict: bool = True,
            use_deepspeed: bool = False,
            speaker_file_path: str | None = None,
        ) -> None:
            module.calls.append(("load", checkpoint_path))
            assert checkpoint_path is not None
            assert speaker_file_path is not None
            self.vocabulary = json.loads(Path(str(vocab_path)).read_text(encoding="utf-8"))
            self.speaker_manager = Manager(speaker_file_path)
            self.load_state_dict(self.get_compatible_checkpoint_state_dict(Path(checkpoint_path)), strict=strict)
            self.train(not eval)

        def get_gpt_cond_latents(self, audio: Any, sr: int, length: int = 30, chunk_length: int = 6) -> Any:
            assert audio.shape[0] == 1
            module.calls.append(("hear", audio.shape[1], sr, length, chunk_length))
            return audio[:, :WIDTH].reshape(1, 1, WIDTH) @ self.gpt.weight

        def get_speaker_embedding(self, audio: Any, sr: int) -> Any:
            return audio[:, :SPEAKER_WIDTH, None]

        @torch.inference_mode()  # type: ignore[untyped-decorator]
        def inference_stream(
            self,
            text: str,
            language: str,
            gpt_cond_latent: Any,
            speaker_embedding: Any,
            stream_chunk_size: int = 20,
            overlap_wav_len: int = 1024,
            temperature: float = 0.75,
            length_penalty: float = 1.0,
            repetition_penalty: float = 10.0,
            top_k: int = 50,
            top_p: float = 0.85,
            do_sample: bool = True,
            speed: float = 1.0,
            enable_text_splitting: bool = False,
            **hf_generate_kwargs: Any,
        ) -> Iterator[Any]:
            assert len(text) < 400, " ❗ XTTS can only generate text with a maximum of 400 tokens."
            assert not self.training
            module.calls.append(("speak", text, language, temperature, repetition_penalty))
            tone = torch.tanh((gpt_cond_latent @ self.gpt.weight).mean() + speaker_embedding.mean())
            for _ in range(1 + len(text) // 20):
                yield torch.full((RATE_HZ // 10,), float(tone))

    Xtts.__module__, Xtts.__qualname__ = NETWORK_MODULE, "Xtts"
    return Xtts


def write_files(folder: Path, state: dict[str, Any], *, speaker_width: int = SPEAKER_WIDTH) -> WeightStore:
    """The four official files of a network with this state, and a store that holds them.

    As in the official one, instances of coqui-tts's own classes lie beside the weights.
    """
    torch = pytest.importorskip("torch")
    config = sys.modules[CONFIG_MODULE].XttsConfig()
    kept = sys.modules[NETWORK_MODULE].XttsArgs()
    torch.save({"model": state, "config": config, "args": kept, "step": 1}, folder / "model.pth")
    sizes = {"model_args": SIZES, "temperature": 0.75, "repetition_penalty": 5.0, "gpt_cond_len": 30, "max_ref_len": 4}
    (folder / "config.json").write_text(json.dumps({"model": "xtts", **sizes}), encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(vocabulary()), encoding="utf-8")
    generator = torch.Generator().manual_seed(0)
    speakers = {
        name: {
            "gpt_cond_latent": torch.randn(1, 32, WIDTH, generator=generator) / 8,
            "speaker_embedding": torch.randn(1, speaker_width, 1, generator=generator) / 8,
        }
        for name in ("Claribel Dervla", "Luis Moray")
    }
    torch.save(speakers, folder / "speakers.pth")
    return store(folder)


def store(folder: Path) -> WeightStore:
    files = {WEIGHTS: "model.pth", CONFIG: "config.json", VOCABULARY: "vocab.json", SPEAKERS: "speakers.pth"}
    return WeightStore(folder, given={key: folder / name for key, name in files.items()})


def vocabulary() -> dict[str, Any]:
    """A tokenizer of single letters, as `tokenizers` keeps it."""
    added = [
        {
            "id": i,
            "content": tag,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, tag in enumerate(TAGS)
    ]
    known = {token: i for i, token in enumerate((*TAGS, *LETTERS))}
    model = {"type": "BPE", "unk_token": "[UNK]", "vocab": known, "merges": []}
    return {"version": "1.0", "added_tokens": added, "pre_tokenizer": {"type": "Whitespace"}, "model": model}

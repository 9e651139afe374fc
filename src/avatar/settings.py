"""Settings, read once: command line over environment over `.env` over `configs/model_config.yaml`."""

import os
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import yaml
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from avatar.errors import ConfigurationError

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
CONFIG_FILE: Final = PROJECT_ROOT / "configs" / "model_config.yaml"
DOTENV_FILE: Final = PROJECT_ROOT / ".env"
FPS_FORM: Final = re.compile(r"\d{1,6}(\.\d{1,6}|/0*[1-9]\d{0,5})?", re.ASCII)
PRICE_FORM: Final = re.compile(r"(\S+)\s+(\d{1,6}(?:\.\d{1,9})?)\s+(\d{1,6}(?:\.\d{1,9})?)", re.ASCII)
NTSC_RATES: Final = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}

ComputePrecision = Literal["auto", "fp32", "bf16"]


def parse_fps(text: str) -> Fraction:
    """An exact frame rate from `25`, `29.97` (which means 30000/1001) or `30000/1001`; 1 to 120.

    Raises ValueError.
    """
    written = text.strip()
    if not FPS_FORM.fullmatch(written):
        raise ValueError(f"'{text[:40]}' is not a frame rate; use a number such as 25, 29.97 or 30000/1001")
    rate = NTSC_RATES.get(written) or Fraction(written)
    if not 1 <= rate <= 120:
        raise ValueError(f"{text} frames a second is outside 1 to 120")
    return rate.limit_denominator(1001)


def parse_address(text: str, example: str) -> str:
    """The address of a server that speaks HTTP, without a slash at its end.

    Raises ValueError, which shows `example`.
    """
    written = text.strip().rstrip("/")
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"it is not an address such as {example}")
    if not 0 < (parts.port or 1) <= 65535:
        raise ValueError("its port is not one of 1 to 65535")
    return written


def parse_base_url(text: str) -> str:
    """The address that `/chat/completions` is put behind; `/v1` is added to one that has no path.

    Raises ValueError.
    """
    written = parse_address(text, "http://127.0.0.1:11434/v1")
    parts = urlsplit(written)
    if parts.query or parts.fragment or parts.path.endswith("/completions"):
        raise ValueError("it should end where /chat/completions follows, as in http://127.0.0.1:11434/v1")
    return written if parts.path else f"{written}/v1"


def parse_prices(text: str) -> dict[str, tuple[float, float]]:
    """US dollars for a million tokens in and out by model, from `NAME IN OUT; NAME IN OUT`. Raises ValueError."""
    prices = {}
    for entry in filter(None, map(str.strip, text.split(";"))):
        match = PRICE_FORM.fullmatch(entry)
        if match is None:
            raise ValueError(f"'{entry[:80]}' is not of the form `model 0.15 0.60`; entries are parted by semicolons")
        prices[match[1]] = (float(match[2]), float(match[3]))
    return prices


def core_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """Every setting; the environment variable has the field's name in upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, allow_inf_nan=False)

    default_fps: str = Field("25", description="Frames a second of the video: 25, 29.97 or 30000/1001.")
    default_resolution: int = Field(512, ge=64, le=4096, multiple_of=2, description="Side of the video in pixels.")
    default_renderer: str = Field(
        "auto", description="Engine: auto, sadtalker-512, sadtalker, wav2lip-gan, wav2lip, puppet or still."
    )
    compute_device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="Where networks compute: auto, cpu, cuda, cuda:1 or mps; auto takes the least loaded GPU.",
    )
    compute_precision: ComputePrecision = Field(
        "auto",
        description="Numbers of the neural engines: fp32, bf16, or auto, the quickest that is accurate enough there.",
    )
    gpu_profile: Literal["auto", "low", "medium", "high"] = Field(
        "auto", description="Engines, batches and speech models for a card: auto (by its memory), low, medium or high."
    )
    puppet_device: str = Field(
        "cpu", description="Where the puppet draws: cpu, or cuda, which needs a GPU and the extra `neural`."
    )
    default_director: str = Field(
        "auto", description="Who writes the performance: auto, local, mistral, groq or rules."
    )
    speech_detector: Literal["auto", "silero", "own"] = Field(
        "auto", description="Who hears where somebody speaks: auto, silero (extra `hear` and its model file) or own."
    )
    default_language: str = Field("en", description="Language of spoken text, as espeak-ng names it.")
    default_speaker: str = Field(
        "auto", description="Who speaks text: espeak or another engine; auto: espeak in videos, else the best one here."
    )

    default_transcriber: str = Field(
        "auto", description="Who writes down what is said: auto, faster-whisper, whisper or none."
    )
    largest_transcriber_size: str = Field(
        "auto",
        description="Of the Whisper checkpoints here the most able up to this is taken; auto goes by GPU_PROFILE.",
    )
    transcriber_device: str = Field(
        "auto", description="Where Whisper runs: cpu, or cuda, which needs a GPU; auto goes by GPU_PROFILE."
    )

    caption_font: Path | None = Field(
        None, description="Font file of captions that are drawn into the picture; empty: a fitting one of the system."
    )

    data_dir: Path = Field(Path("data"), description="Artifacts and results.")
    checkpoints_dir: Path = Field(Path("models/checkpoints"), description="Model files.")
    allow_noncommercial_weights: bool = Field(
        False, description="Bring and use model files whose licences forbid commercial use, such as Wav2Lip's."
    )

    max_audio_minutes: float = Field(60.0, gt=0, description="Longest sound that is accepted.")
    max_image_megapixels: float = Field(100.0, gt=0, description="Largest picture that is accepted.")
    max_footage_minutes: float = Field(10.0, gt=0, description="Longest video that is accepted in place of a picture.")
    max_upload_megabytes: float = Field(512.0, gt=0, description="Largest input file that is accepted.")
    min_face_pixels: int = Field(48, ge=16, description="Smallest face, across its box, that is animated.")

    host: str = Field(
        "127.0.0.1", description="Address that the service listens on; any but this machine's own needs API_TOKENS."
    )
    port: int = Field(8005, ge=0, le=65535, description="Port that the service listens on; 0 takes a free one.")
    api_tokens: SecretStr | None = Field(
        None, description="Tokens that callers show, separated by commas; none are asked for where it is empty."
    )
    cors_origins: str = Field(
        "", description="Web origins that may call the service from a browser, separated by commas."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of the servers before this one that may name its callers, separated by commas."
    )
    rate_limit_per_minute: int = Field(
        600, ge=0, description="Requests that change something, for each client; 0 sets no limit."
    )

    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL for the jobs, postgresql://user:password@host/name; empty: an SQLite file in DATA_DIR.",
    )
    job_workers: int = Field(
        1, ge=0, le=64, description="Worker processes that `serve` keeps running; 0 leaves that to `worker`."
    )
    max_queue: int = Field(200, ge=1, description="Jobs that may wait; one more is refused with 429.")
    lease_seconds: float = Field(
        15.0, ge=1, le=3600, description="A job whose worker was silent for so long goes to another."
    )
    turn_seconds: float = Field(
        30.0, ge=1, description="After so long a job steps back while others wait; it goes on later where it stopped."
    )
    max_attempts: int = Field(
        10, ge=1, description="A job whose worker died so often, and got no further in between, has failed."
    )
    retention_days: float = Field(30.0, gt=0, description="Ended jobs and their videos are removed after so long.")
    max_output_gigabytes: float = Field(
        20.0, gt=0, description="Videos of ended jobs that are kept; the oldest go first."
    )

    live_workers: int = Field(
        -1,
        ge=-1,
        le=64,
        description="Processes for live sessions; -1 takes up to three a core and eight, by memory; 0 has none.",
    )
    max_live_sessions: int = Field(
        0, ge=0, le=10_000, description="Live sessions at a time; 0 takes as many as this machine was measured to bear."
    )
    live_idle_seconds: float = Field(
        300.0, gt=0, description="A live session of which nothing is heard for so long ends."
    )
    live_longest_minutes: float = Field(240.0, gt=0, description="A live session ends after so long.")
    live_ice_servers: SecretStr | None = Field(
        None, description="STUN and TURN servers for WebRTC: addresses, with commas between, or JSON as browsers take."
    )
    live_ice_username: str = Field("", description="For the TURN servers, where their list is no JSON.")
    live_ice_credential: SecretStr | None = Field(None, description="The same; clients of live sessions get it too.")
    live_video_codec: Literal["h264", "vp8", "client"] = Field(
        "h264", description="What WebRTC sends first of what the client takes; client: what the client names first."
    )
    default_dialogue: str = Field(
        "auto", description="Who answers in a conversation: auto, local, mistral, groq or none; keys as the director's."
    )
    dialogue_temperature: float = Field(0.6, ge=0, le=1, description="How freely a conversation is answered.")
    dialogue_max_tokens: int = Field(400, ge=16, le=8192, description="Longest answer of a conversation.")
    dialogue_timeout_seconds: float = Field(
        15.0, gt=0, le=600, description="A model that says nothing for so long in a conversation is given up."
    )
    dialogue_cues: Literal["auto", "tools", "marks", "none"] = Field(
        "auto",
        description="How a model moves the face while it answers: tools, marks such as [smile], or none; auto takes "
        "tools at Mistral's API and marks elsewhere.",
    )
    dialogue_turns: int = Field(12, ge=1, le=100, description="Turns of a conversation that a model is reminded of.")

    chunk_seconds: float = Field(2.0, ge=0.2, le=60, description="Length of a rendered segment.")
    render_workers: int = Field(0, ge=0, le=256, description="Chunks rendered at a time; 0 takes every core.")
    video_codec: Literal["h264", "h265"] = Field(
        "h264", description="Codec of an MP4: h264, or h265, which is smaller and not played by every browser."
    )
    video_crf: int = Field(18, ge=0, le=51, description="H.264 and H.265 quality: lower is better and larger.")
    video_preset: Literal[
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
    ] = Field("veryfast", description="Preset of x264 and x265.")
    audio_bitrate: int = Field(128_000, ge=16_000, le=512_000, description="AAC bits a second.")
    max_artifact_gigabytes: float = Field(5.0, gt=0, description="Finished stages kept for reuse; oldest go first.")

    mistral_api_key: SecretStr | None = Field(
        None, description="Key for Mistral's API, or for the server at MISTRAL_BASE_URL where that one asks for a key."
    )
    mistral_model: str = Field("mistral-small-latest", min_length=1, description="Model asked at Mistral's API.")
    mistral_base_url: str = Field(
        "",
        description="A server that stands in for Mistral's API (Ollama, vLLM, llama.cpp): http://127.0.0.1:11434/v1.",
    )
    local_model: str = Field("mistral:7b-instruct", min_length=1, description="Model asked at MISTRAL_BASE_URL.")
    groq_api_key: SecretStr | None = Field(None, description="Key for Groq's API.")
    groq_model: str = Field("openai/gpt-oss-20b", min_length=1, description="Model asked at Groq's API.")
    director_timeout_seconds: float = Field(
        10.0,
        gt=0,
        le=600,
        description="What a model has not answered for, half a minute each, is directed by the rules after so long.",
    )
    director_at_once: int = Field(
        8,
        ge=1,
        le=64,
        description="Questions asked of a model at a time; 1 for a server that answers one after another.",
    )
    director_temperature: float = Field(
        0.4, ge=0, le=1, description="How freely a model directs: 0 writes the likeliest performance."
    )
    director_max_tokens: int = Field(3000, ge=64, le=65536, description="Longest answer of a model.")
    model_prices: str = Field(
        "mistral-small-latest 0.15 0.60; openai/gpt-oss-20b 0.075 0.30",
        description="US dollars for a million tokens in and out, by model; a model that is not named has no cost.",
    )

    enable_langfuse: bool = Field(False, description="Send traces to Langfuse.")
    langfuse_public_key: str | None = Field(None, description="Langfuse project key, public part.")
    langfuse_secret_key: SecretStr | None = Field(None, description="Langfuse project key, secret part.")
    langfuse_host: str = Field("https://cloud.langfuse.com", description="Langfuse server.")
    langfuse_base_url: str | None = Field(
        None, description="The same under its newer name; it goes before LANGFUSE_HOST."
    )
    langfuse_capture_content: bool = Field(
        False, description="Let Langfuse have what is private: transcripts, prompts, answers, messages of errors."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="Any OpenTelemetry collector that takes traces over HTTP, such as http://localhost:4318."
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        None, description="Headers for it: name=value, separated by commas."
    )
    otlp_capture_content: bool = Field(False, description="Let the collector have what is private, too.")

    @field_validator("default_fps", mode="before")
    @classmethod
    def _fps_text(cls, value: Any) -> str:
        text = str(value)
        parse_fps(text)
        return text

    @field_validator("mistral_base_url")
    @classmethod
    def _server(cls, value: str) -> str:
        return parse_base_url(value) if value.strip() else ""

    @field_validator("langfuse_host", "langfuse_base_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _receiver(cls, value: str | None) -> str | None:
        return parse_address(value, "http://localhost:4318") if value and value.strip() else value

    @field_validator("model_prices")
    @classmethod
    def _prices_text(cls, value: str) -> str:
        parse_prices(value)
        return value

    @field_validator("data_dir", "checkpoints_dir")
    @classmethod
    def _under_root(cls, value: Path) -> Path:
        return Path(os.path.realpath(PROJECT_ROOT / value.expanduser()))

    @property
    def fps(self) -> Fraction:
        return parse_fps(self.default_fps)

    @property
    def langfuse_url(self) -> str:
        return (self.langfuse_base_url or self.langfuse_host).rstrip("/")

    @property
    def workers(self) -> int:
        """Chunks to render at a time: `render_workers`, or every core this process may use."""
        return self.render_workers or core_count()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the file's place is our own
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            DotEnvSettingsSource(settings_cls, env_file=DOTENV_FILE),
            YamlConfigSettingsSource(settings_cls, yaml_file=CONFIG_FILE),
        )


def load_settings(**overrides: Any) -> Settings:
    """The settings, with `overrides` from the command line; those that are None are left out.

    Raises `ConfigurationError`, which names the first wrong key and where its value came from.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "settings"
        raise ConfigurationError(
            f"{key.upper()} has a wrong value {first['input']!r} (from {_source(key, given)}): "
            f"{first['msg'].removeprefix('Value error, ')}.",
            cure="Correct it there; `.env.example` and `configs/model_config.yaml` list every setting.",
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"The settings cannot be read: {' '.join(str(error).split())}.",
            cure=f"Correct {CONFIG_FILE.name} or {DOTENV_FILE.name}.",
        ) from None


def _source(key: str, given: dict[str, Any]) -> str:
    if key in given:
        return "the command line"
    if os.environ.get(key.upper()):
        return "the environment"
    in_dotenv = {name.upper() for name, value in dotenv_values(DOTENV_FILE).items() if value}
    return ".env" if key.upper() in in_dotenv else f"configs/{CONFIG_FILE.name}"

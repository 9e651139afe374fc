"""A preset fills in what a request leaves open, and tells how the video is encoded."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from avatar.errors import ConfigurationError, InputError
from avatar.settings import Settings
from avatar.types import Size
from orchestrator.completing import complete_job
from orchestrator.presets import PRESETS_FILE, another_preset, load_presets
from orchestrator.request import JobRequest
from orchestrator.result import JobResult
from orchestrator.run import run_job
from tests.orchestrator.pipeline_fakes import CountingEngine

Requests = Callable[..., JobRequest]


def test_what_is_left_open_is_filled_in(request_for: Requests, settings: Settings) -> None:
    standard, high = (complete_job(request_for(preset=name), settings) for name in ("standard", "high"))
    assert (standard.size, standard.fps, standard.renderer) == (Size(1280, 720), "25", "auto")
    assert (high.size, high.fps, high.renderer) == (Size(1920, 1080), "30", "auto")
    assert (standard.begin_with, high.begin_with) == ("wav2lip", "wav2lip-gan")
    assert high.coding.audio_bitrate > standard.coding.audio_bitrate
    assert high.enhance == load_presets()["high"].enhance


def test_what_is_given_stays(request_for: Requests, settings: Settings) -> None:
    given = request_for(preset="high", width=256, height=128, fps="24", renderer="puppet")
    job = complete_job(given, settings)
    assert (job.size, job.fps, job.renderer, job.begin_with) == (Size(256, 128), "24", "puppet", "")
    assert job.coding == load_presets()["high"].coding
    assert complete_job(request_for(preset="high", enhance="none"), settings).enhance == "none"


def test_the_engine_of_the_settings_gives_way_and_auto_leaves_it_open(
    request_for: Requests, settings: Settings
) -> None:
    still = settings.model_copy(update={"default_renderer": "still"})
    assert complete_job(request_for(preset="standard"), still).renderer == "auto"
    assert complete_job(request_for(preset="standard", renderer="auto"), still).begin_with == "wav2lip"
    assert complete_job(request_for(), still).renderer == "still"


def test_the_size_fits_the_framing(request_for: Requests, settings: Settings) -> None:
    square, whole = (complete_job(request_for(preset="high", framing=name), settings) for name in ("square", "full"))
    assert square.size == (1080, 1080)
    assert (whole.size, whole.shorter_side) == (None, 1080)
    assert complete_job(request_for(preset="high", framing="full", width=256), settings).shorter_side is None


def test_another_preset_makes_another_video(request_for: Requests, settings: Settings) -> None:
    asked: list[dict[str, object]] = [{}, {"preset": "standard"}, {"preset": "high"}]
    identities = {complete_job(request_for(**changes), settings).thread_id(settings) for changes in asked}
    assert len(identities) == len(asked)
    h265 = settings.model_copy(update={"video_codec": "h265"})
    plain = complete_job(request_for(), h265)
    assert plain.thread_id(h265) not in identities
    assert (plain.video_format.encoder, plain.video_format.streams) == ("libx265", True)


def test_an_unknown_preset_is_refused_with_those_that_there_are(request_for: Requests, settings: Settings) -> None:
    with pytest.raises(InputError, match=r"no preset 'best'. Choose one of: standard, high"):
        complete_job(request_for(preset="best"), settings)


def test_a_version_with_another_preset_fills_in_anew(request_for: Requests, settings: Settings) -> None:
    before = request_for(preset="standard", width=256, fps="24", renderer="puppet")
    after = complete_job(replace(before, **another_preset("high")), settings)
    assert (after.size, after.rate, after.begin_with) == (Size(1920, 1080), Fraction(30), "wav2lip-gan")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("codec: h264", "codec: h266"), "presets.standard.codec"),
        (("effort: veryfast", "effort: hasty"), "no effort 'hasty'"),
        (('fps: "25"', 'fps: "0"'), "0 frames a second"),
        (("crf: 18", "crf: -1"), "presets.standard.crf"),
        (("presets:", "presets: ["), "cannot be used"),
    ],
)
def test_a_wrong_file_is_told_by_its_first_fault(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "presets.yaml"
    path.write_text(PRESETS_FILE.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        load_presets(path)


def test_the_video_is_encoded_as_the_preset_says(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {
        "shorter_side: 720": "shorter_side: 72",
        "shorter_side: 1080": "shorter_side: 108",
        "codec: h264\n    crf: 16": "codec: h265\n    crf: 16",
        "effort: fast": "effort: ultrafast",
        "audio_bitrate: 128000": "audio_bitrate: 48000",
        "audio_bitrate: 192000": "audio_bitrate: 160000",
    }
    text = PRESETS_FILE.read_text(encoding="utf-8")
    for old, new in small.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "presets.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("orchestrator.presets.PRESETS_FILE", tmp_path / "presets.yaml")
    made = {name: encoded(run_job(request_for(preset=name, background="keep"), settings)) for name in load_presets()}
    assert made["standard"][:4] == ("h264", "avc1", (128, 72), Fraction(25))
    assert made["high"][:4] == ("hevc", "hvc1", (192, 108), Fraction(30))
    assert made["high"][4] > 1.5 * made["standard"][4]


def encoded(result: JobResult) -> tuple[str, str, tuple[int, int], Fraction | None, int]:
    """Codec, its tag, size, frame rate, and the sound's bits a second."""
    with av.open(str(result.video)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        codec = picture.codec_context
        return codec.name, codec.codec_tag, (codec.width, codec.height), picture.average_rate, sound.bit_rate or 0

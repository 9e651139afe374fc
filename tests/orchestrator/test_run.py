"""One call makes one video, knows what it made before, and says what it did."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from audio_processor.analysis import analyse_speech
from avatar.errors import AudioError, DiskSpaceError, InputError, NoSuchFaceError, PortraitError, RenderError
from avatar.performance import Performance
from avatar.settings import Settings
from avatar.types import Speech
from orchestrator.run import RUNNING_FILE, JobRequest, Progress, run_job
from tests.orchestrator.pipeline_fakes import CountingEngine, use_fakes, write_picture, write_sound
from video_processor.encoding import video_info
from video_processor.motion.export import load_motion

Requests = Callable[..., JobRequest]


def frame_marks(video: Path) -> list[int]:
    """The number that the engine drew into each frame."""
    with av.open(str(video)) as container:
        return [round(float(frame.to_ndarray(format="rgb24")[2:10].mean())) for frame in container.decode(video=0)]


def test_a_picture_and_a_sound_become_a_whole_video(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    result = run_job(request_for(), settings)
    assert result.status == "finished"
    assert result.video is not None
    info = video_info(Path(result.video))
    assert (info.frames, info.size, result.frames) == (50, (128, 128), 50)
    assert info.audio_duration == pytest.approx(2.0, abs=1 / 25)
    assert np.allclose(frame_marks(Path(result.video)), range(50), atol=3)
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]
    assert engine.prepared == 1


def test_the_result_is_json_that_tells_who_did_what(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    told = json.loads(json.dumps(run_job(request_for(), settings).to_json()))
    assert told["renderer"]["name"] == "puppet"
    assert told["renderer"]["why"]
    assert told["director"]["name"] == "rules"
    stages = {"audio_processing", "portrait_analysis", "emotion_detection", "mistral_controller", "motion_synthesis"}
    assert stages | {"prepare", "render", "quality_enhancement", "encode", "assemble", "total"} <= set(told["seconds"])
    assert Performance.model_validate(told["performance"])
    assert len(load_motion(Path(told["motion"]))) == 50


def test_progress_names_each_stage_and_counts_the_chunks(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    seen: list[Progress] = []
    run_job(request_for(), settings, on_progress=seen.append)
    assert [event.done for event in seen if event.stage == "video_generation"] == [0, 1, 2, 3, 4, 5]
    assert {event.total for event in seen if event.stage == "video_generation"} == {5}
    assert seen[-1] == Progress("assemble", 1, 1)


def test_the_same_request_is_served_at_once_wherever_it_goes(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    first = run_job(request_for(), settings)
    again = run_job(request_for(output=tmp_path / "elsewhere.mp4"), settings)
    assert again.served
    assert not first.served
    assert (tmp_path / "elsewhere.mp4").read_bytes() == Path(first.video or "").read_bytes()
    assert len(engine.drawn) == 5
    assert again.performance == first.performance


def test_the_same_content_under_another_name_is_the_same_job(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    run_job(request_for(), settings)
    moved = write_sound(tmp_path / "moved.wav", 2.0)
    assert run_job(request_for(audio=moved), settings).served


def test_fresh_makes_everything_again(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    run_job(request_for(), settings)
    again = run_job(request_for(), settings, fresh=True)
    assert not again.served
    assert sorted(engine.drawn) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_another_seed_analyses_nothing_again(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(request_for(), settings)

    def not_again(*_: object, **__: object) -> None:
        raise AssertionError("was analysed again")

    monkeypatch.setattr("orchestrator.nodes.audio_processing.analyse_speech", not_again)
    monkeypatch.setattr("orchestrator.portraits.analyse_portrait", not_again)
    result = run_job(request_for(seed=7), settings)
    assert not result.served
    assert len(engine.drawn) == 10


def test_another_face_has_a_portrait_of_its_own(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first, second = run_job(request_for(), settings), run_job(request_for(face=1), settings)
    assert first.artifact != second.artifact
    assert not second.served
    assert len(list((settings.data_dir / "artifacts").glob("portrait-*.npz"))) == 2
    with pytest.raises(NoSuchFaceError, match="There are 2 faces in"):
        run_job(request_for(face=2), settings)


def test_the_engine_gets_ready_while_the_sound_is_analysed(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def patient(*given: Any, **named: Any) -> Speech:
        deadline = time.monotonic() + 30
        while not engine.prepared and time.monotonic() < deadline:
            time.sleep(0.01)
        seen.append(engine.prepared == 1)
        return analyse_speech(*given, **named)

    monkeypatch.setattr("orchestrator.nodes.audio_processing.analyse_speech", patient)
    run_job(request_for(), settings)
    assert seen == [True]
    assert engine.prepared == 1


def test_a_lost_video_is_joined_again_from_its_segments(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    Path(first.artifact or "").unlink()
    again = run_job(request_for(), settings)
    assert not again.served
    assert len(engine.drawn) == 5


def test_a_video_that_is_there_needs_neither_its_segments_nor_its_job(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    first = run_job(request_for(), settings)
    for path in (settings.data_dir / "artifacts").glob("segment-*"):
        path.unlink()
    (settings.data_dir / "jobs" / first.thread_id / "result.json").unlink()
    again = run_job(request_for(), settings)
    assert again.artifact == first.artifact
    assert len(engine.drawn) == 5


def test_edits_of_the_output_do_not_reach_what_is_kept(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    video = Path(run_job(request_for(), settings).video or "")
    with video.open("r+b") as file:
        file.truncate(10)
    assert video_info(Path(run_job(request_for(), settings).video or "")).frames == 50


def test_a_given_performance_is_played_and_controls_override_it(
    request_for: Requests, settings: Settings, engine: CountingEngine
) -> None:
    given = Performance.model_validate({"controls": {"smile": 0.5, "energy": 0.9}}).model_dump(mode="json")
    result = run_job(request_for(performance=given, controls={"energy": 0.1}), settings)
    assert result.director.name == "given"
    assert result.performance["controls"]["smile"] == 0.5
    assert result.performance["controls"]["energy"] == 0.1


def test_silence_becomes_a_video(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    silent = write_sound(tmp_path / "silent.wav", 1.0, level=0.0)
    result = run_job(request_for(audio=silent), settings)
    assert result.frames == 25


def test_text_is_spoken(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    result = run_job(request_for(audio=None, text="Good morning."), settings)
    assert result.transcribed_text == "Good morning."
    assert result.frames > 10
    assert video_info(Path(result.video or "")).audio_duration == pytest.approx(result.duration, abs=0.04)


def test_ntsc_rates_and_odd_shapes_are_kept(request_for: Requests, settings: Settings, engine: CountingEngine) -> None:
    result = run_job(request_for(fps="29.97", width=128, height=160), settings)
    info = video_info(Path(result.video or ""))
    assert (info.size, str(info.fps), info.frames) == ((128, 160), "30000/1001", 60)


@pytest.mark.parametrize(
    ("changes", "kind", "names"),
    [
        ({"image": "nowhere.png"}, PortraitError, "nowhere.png"),
        ({"audio": "nowhere.wav"}, AudioError, "nowhere.wav"),
        ({"text": "both"}, AudioError, "both"),
        ({"audio": None}, AudioError, "neither"),
        ({"audio": None, "text": "  "}, InputError, "empty"),
        ({"renderer": "magic"}, InputError, "magic"),
        ({"director": "kubrick"}, InputError, "kubrick"),
        ({"width": 127}, InputError, "127"),
        ({"height": 16, "width": 16}, InputError, "16x16"),
        ({"fps": "fast"}, InputError, "fast"),
        ({"seed": -1}, InputError, "-1"),
        ({"output": "film.avi"}, InputError, "film.avi"),
        ({"controls": {"sparkle": 1}}, InputError, "sparkle"),
        ({"controls": {"smile": "wide"}}, InputError, "smile"),
        ({"performance": {"cues": [{"action": "fly", "at": 1}]}}, InputError, "fly"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    changes: dict[str, object],
    kind: type[InputError],
    names: str,
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
) -> None:
    with pytest.raises(kind, match=names) as caught:
        run_job(request_for(**changes), settings)
    assert caught.value.cure
    assert not engine.drawn


def test_a_broken_picture_ends_the_run_with_its_own_error(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    with pytest.raises(PortraitError, match=r"broken\.png"):
        run_job(request_for(image=tmp_path / "broken.png"), settings)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_picture_is_refused_before_the_sound_is_analysed(
    workers: int,
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = threading.Event()
    analysed = threading.Event()

    def refuse(*_: object, **__: object) -> None:
        refused.set()
        raise PortraitError("There is no face in it.", cure="Use another.")

    def decode_after_refusal(*_: object, **__: object) -> None:
        assert refused.wait(10)
        threading.Event().wait(0.2)

    monkeypatch.setattr("orchestrator.portraits.analyse_portrait", refuse)
    monkeypatch.setattr("orchestrator.nodes.audio_processing.decode_audio", decode_after_refusal)
    monkeypatch.setattr("orchestrator.nodes.audio_processing.analyse_speech", lambda *_, **__: analysed.set())
    with pytest.raises(PortraitError, match="no face"):
        run_job(request_for(), settings.model_copy(update={"render_workers": workers}))
    assert not analysed.is_set()


def test_a_broken_sound_ends_the_run_with_its_own_error(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    (tmp_path / "broken.mp3").write_bytes(b"not a sound at all" * 50)
    with pytest.raises(AudioError, match=r"broken\.mp3"):
        run_job(request_for(audio=tmp_path / "broken.mp3"), settings)


def test_a_full_disk_is_noticed_before_anything_is_drawn(
    request_for: Requests, settings: Settings, engine: CountingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.nodes.plan_chunks.estimated_bytes", lambda *_, **__: 10**18)
    with pytest.raises(DiskSpaceError):
        run_job(request_for(), settings)
    assert not engine.drawn


def test_a_picture_that_is_enlarged_is_sharpened(
    request_for: Requests, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_fakes(monkeypatch.setattr, CountingEngine())
    small = write_picture(tmp_path / "small.png", side=64)
    result = run_job(request_for(image=small, width=256, height=256), settings)
    assert result.enhancer is not None
    assert result.enhancer.name.startswith("unsharp")
    assert any("enlarged" in note for note in result.notes)


@pytest.mark.usefixtures("engine")
def test_a_text_that_takes_too_long_to_speak_is_refused(request_for: Requests, settings: Settings) -> None:
    short = settings.model_copy(update={"max_audio_minutes": 0.02})
    with pytest.raises(AudioError, match=r"The text takes 0\.\d minutes to speak; at most 0\.02"):
        run_job(request_for(audio=None, text="One two three four five six seven. " * 3), short)


def test_a_webm_is_joined_from_the_chunks_that_are_there(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    first = run_job(request_for(output=tmp_path / "a.webm"), settings)
    assert np.allclose(frame_marks(tmp_path / "a.webm"), range(50), atol=3)
    assert sorted(engine.drawn) == [0, 1, 2, 3, 4]
    Path(first.artifact or "").unlink()
    segments = sorted((settings.data_dir / "artifacts").glob("segment-*.webm"))
    segments[2].unlink()
    run_job(request_for(output=tmp_path / "b.webm"), settings)
    assert engine.drawn[5:] == [2]
    assert (tmp_path / "b.webm").read_bytes() == (tmp_path / "a.webm").read_bytes()


def test_formats_share_the_stages_before_the_chunks(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    made = {name: run_job(request_for(output=tmp_path / f"a.{name}"), settings) for name in ("mp4", "webm", "mov")}
    assert len({result.motion for result in made.values()}) == 1
    assert len({result.artifact for result in made.values()}) == 3
    assert engine.prepared == 3
    assert len(list((settings.data_dir / "artifacts").glob("framed-*"))) == 1
    run_job(request_for(output=tmp_path / "b.mov", background="white"), settings)
    assert len(list((settings.data_dir / "artifacts").glob("framed-*"))) == 2


def test_an_engine_without_alpha_is_not_given_a_transparent_video(
    request_for: Requests, settings: Settings, engine: CountingEngine, tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match="puppet draws no transparent videos"):
        run_job(request_for(output=tmp_path / "a.webm", background="transparent"), settings)
    with pytest.raises(InputError, match="puppet draws no transparent videos"):
        run_job(request_for(output=tmp_path / "a.webm", background="transparent", renderer="puppet"), settings)
    assert engine.prepared == 0


def test_a_failure_is_told_though_nothing_of_the_job_can_be_kept(
    request_for: Requests,
    settings: Settings,
    engine: CountingEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> bool:
        raise OSError("the disk is full")

    monkeypatch.setattr("orchestrator.run.keep_score", full)
    with pytest.raises(NoSuchFaceError):
        run_job(request_for(face=5), settings)
    assert not list((settings.data_dir / "jobs").glob(f"*/{RUNNING_FILE}"))
    assert "the disk is full" in caplog.text

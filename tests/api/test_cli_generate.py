import json
from pathlib import Path

import numpy as np
import pytest

from api.cli.making import shortened
from avatar.errors import AudioError, DownloadError, PortraitError, RenderError
from avatar.performance import Performance
from avatar.settings import load_settings
from avatar.types import neutral_motion
from orchestrator.completing import complete_job
from orchestrator.run import RUNNING_FILE
from tests.api.cli_fakes import Cli, Recorder, finished
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.video_processor.glb_reader import read_glb
from video_processor.motion.export import import_motion, save_motion
from video_processor.portrait import analyse_portrait, save_portrait

SPOKEN = ("generate", "--image", "me.png", "--text", "Hello", "-o", "out.mp4")


def test_options_become_a_request(cli: Cli, recorder: Recorder, folders: Path) -> None:
    (folders / "c.json").write_text('{"smile": 0.5}', encoding="utf-8")
    (folders / "p.json").write_text('{"controls": {"energy": 1}}', encoding="utf-8")
    options = ["--language", "de", "--voice", "f3", "--fps", "29.97", "--resolution", "640x360", "--renderer", "puppet"]
    files = ["--controls", "c.json", "--performance", "p.json", "--seed", "7", "--director", "rules", "--review"]
    assert cli(*SPOKEN, *options, *files, "--fresh").exit_code == 0
    (request,) = recorder.requests
    assert (request.text, request.language, request.voice, request.audio) == ("Hello", "de", "f3", None)
    assert (request.fps, request.width, request.height) == ("29.97", 640, 360)
    assert (request.renderer, request.director, request.seed, request.review) == ("puppet", "rules", 7, True)
    assert request.controls == {"smile": 0.5}
    assert request.performance == {"controls": {"energy": 1}}
    assert recorder.fresh


def test_words_direct_and_frame(cli: Cli, recorder: Recorder) -> None:
    assert cli(*SPOKEN, "--direction", "calm", "--framing", "close").exit_code == 0
    (request,) = recorder.requests
    assert (request.direction, request.framing) == ("calm", "close")


def test_an_enhancement_is_passed_on(cli: Cli, recorder: Recorder, folders: Path) -> None:
    options = ("--enhance", "detail", "--enhance-strength", "0.3", "--enhance-every", "2", "--upscale", "720p")
    assert cli(*SPOKEN, *options).exit_code == 0
    (request,) = recorder.requests
    assert (request.enhance, request.enhance_strength) == ("detail", 0.3)
    assert (request.enhance_every, request.upscale) == (2, "720p")
    (folders / "checkpoints" / "GFPGANv1.4.pth").unlink()
    refused = cli(*SPOKEN, "--enhance", "gfpgan")
    assert refused.exit_code == 2
    assert "models download gfpgan" in refused.stderr


def test_a_long_video_is_foretold_in_one_line_and_a_short_one_is_not(cli: Cli, recorder: Recorder) -> None:
    assert "will take" not in cli(*SPOKEN).stderr
    long = ("generate", "--image", "me.png", "--text", "Good morning. " * 500, "-o", "out.mp4")
    told = cli(*long, "--enhance", "gfpgan", "--enhance-every", "5")
    assert told.exit_code == 0
    [line] = [line for line in told.stderr.splitlines() if "will take" in line]
    assert "500 s of speech by puppet and gfpgan, by the shipped figures" in line
    assert line.split(":")[0].rsplit(" ", 1)[1] in ("minutes", "hours")
    assert len(recorder.requests) == 2


def test_a_face_is_chosen(cli: Cli, recorder: Recorder) -> None:
    assert cli(*SPOKEN, "--face", "2").exit_code == 0
    assert cli(*SPOKEN).exit_code == 0
    assert [request.face for request in recorder.requests] == [2, None]
    refused = cli(*SPOKEN, "--face", "-1")
    assert refused.exit_code == 2
    assert "There is no face -1." in refused.stderr


def test_background_and_format_are_passed_on(cli: Cli, recorder: Recorder) -> None:
    arguments = ("generate", "--image", "me.png", "--text", "Hello", "--background", "transparent")
    for name in ("out.webm", "out.mov"):
        assert cli(*arguments, "-o", name).exit_code == 0
    assert [(str(request.output), request.background) for request in recorder.requests] == [
        ("out.webm", "transparent"),
        ("out.mov", "transparent"),
    ]


def test_a_video_lends_its_expression_and_its_sound(cli: Cli, recorder: Recorder) -> None:
    assert cli("generate", "--image", "me.png", "--expression-from", "me.wav", "-o", "out.mp4").exit_code == 0
    assert cli(*SPOKEN, "--expression-from", "me.wav", "--voice", "f3").exit_code == 0
    own, spoken = recorder.requests
    assert (own.expression_from, own.audio, own.text) == ("me.wav", None, None)
    assert (spoken.expression_from, spoken.text, spoken.voice) == ("me.wav", "Hello", "f3")


def test_a_character_brings_its_picture_and_manner(cli: Cli, recorder: Recorder, folders: Path) -> None:
    done = cli("generate", "--character", "grace-hopper", "--text", "Hello", "--language", "de", "-o", "out.mp4")
    assert done.exit_code == 0, done.output
    (request,) = recorder.requests
    assert str(request.image).endswith("grace_hopper.jpg")
    assert (request.voice, request.language, request.direction) == ("f3", "de", "warm, nods a little")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Neither --image nor --character was given."),
        (["--image", "me.png", "--character", "nova"], "--image and --character were both given."),
        (["--character", "nobody"], "There is no character 'nobody'."),
    ],
)
def test_one_picture_or_one_character_speaks(options: list[str], said: str, cli: Cli, recorder: Recorder) -> None:
    done = cli("generate", *options, "--text", "Hello", "-o", "out.mp4")
    assert done.exit_code == 2
    assert said in done.stderr
    assert recorder.requests == []


def test_what_is_not_given_is_left_to_the_settings(cli: Cli, recorder: Recorder) -> None:
    assert cli("generate", "--image", "me.png", "--audio", "me.wav", "-o", "out.mp4").exit_code == 0
    (request,) = recorder.requests
    assert (request.text, str(request.audio)) == (None, "me.wav")
    assert (request.fps, request.width, request.height, request.renderer, request.director) == (None,) * 5
    assert not recorder.fresh


def test_the_path_goes_to_standard_output_and_the_rest_to_standard_error(cli: Cli, recorder: Recorder) -> None:
    done = cli(*SPOKEN)
    assert done.stdout == "/somewhere/out.mp4\n"
    assert "2.0 s, 50 frames at 25 a second, 512x512; took 1.2 s" in done.stderr
    assert "Renderer: puppet (the best engine); other lacks [weights]" in done.stderr
    assert "Note: two faces; took [the larger]" in done.stderr
    assert "Hearing the speech: done" in done.stderr


def test_json_is_one_object_with_every_fact(cli: Cli, recorder: Recorder) -> None:
    facts = json.loads(cli(*SPOKEN, "--json").stdout)
    assert (facts["video"], facts["duration"], facts["frames"]) == ("/somewhere/out.mp4", 2.0, 50)
    assert facts["renderer"] == {"name": "puppet", "why": "the best engine", "passed_over": ["other lacks [weights]"]}
    assert facts["director"]["why"] == "this version directs by rules"
    assert facts["seconds"] == {"audio_processing": 0.5, "total": 1.25}
    assert facts["notes"] == ["two faces; took [the larger]"]


def test_a_failure_is_json_too(cli: Cli, recorder: Recorder) -> None:
    done = cli(*SPOKEN, "--size", "511", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"] == {
        "message": "A video of 511x511 pixels cannot be made.",
        "cure": "Both sides are even numbers from 64 to 4096.",
        "kind": "InputError",
    }
    assert "511x511" in done.stderr


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (PortraitError("me.png shows no face.", cure="Give another."), 2),
        (AudioError("me.wav is empty.", cure="Give another."), 2),
        (RenderError("[puppet] fell over."), 1),
        (DownloadError("The models cannot be downloaded.", cure="Later."), 1),
    ],
)
def test_known_failures_end_with_their_code_and_words(
    failure: Exception, code: int, cli: Cli, recorder: Recorder
) -> None:
    recorder.failure = failure
    done = cli(*SPOKEN)
    assert (done.exit_code, done.stdout) == (code, "")
    assert f"Error: {failure}\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_resume_says_when_there_is_nothing_to_go_on_with(cli: Cli, recorder: Recorder) -> None:
    assert "no interrupted run" in cli(*SPOKEN, "--resume").stderr
    (request,) = recorder.requests
    settings = load_settings()
    folder = settings.data_dir / "jobs" / complete_job(request, settings).thread_id(settings)
    folder.mkdir(parents=True)
    (folder / RUNNING_FILE).touch()
    done = cli(*SPOKEN, "--resume")
    assert done.exit_code == 0
    assert "no interrupted run" not in done.stderr
    assert not recorder.fresh


def test_motion_is_exported(cli: Cli, recorder: Recorder, folders: Path) -> None:
    request_motion = neutral_motion(5, load_settings().fps)
    save_motion(folders / "motion.npz", request_motion)
    recorder.result = finished(motion=str(folders / "motion.npz"))
    done = cli(*SPOKEN, "--export-motion", "m.csv", "--json")
    assert json.loads(done.stdout)["motion"] == "m.csv"
    np.testing.assert_allclose(import_motion(folders / "m.csv").blendshapes, request_motion.blendshapes, atol=1e-6)


def test_motion_is_exported_with_the_head_that_plays_it(cli: Cli, recorder: Recorder, folders: Path) -> None:
    motion = neutral_motion(5, load_settings().fps)
    save_motion(folders / "motion.npz", motion)
    shown = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    save_portrait(folders / "portrait.npz", shown)
    recorder.result = finished(motion=str(folders / "motion.npz"), portrait=str(folders / "portrait.npz"))
    assert cli(*SPOKEN, "--export-motion", "head.glb").exit_code == 0
    _, weights = read_glb(folders / "head.glb").curve("weights")
    np.testing.assert_array_equal(weights.reshape(5, 52), motion.blendshapes)


def test_a_performance_that_waits_is_written_beside_the_output(cli: Cli, recorder: Recorder, folders: Path) -> None:
    performance = Performance().model_dump(mode="json")
    recorder.result = finished(status="waiting_review", video=None, renderer=None, performance=performance)
    done = cli(*SPOKEN, "--review")
    assert done.exit_code == 0
    assert done.stdout == "out.performance.json\n"
    assert "--performance" in done.stderr
    assert json.loads((folders / "out.performance.json").read_text(encoding="utf-8")) == performance
    assert cli(*SPOKEN, "--review", "--performance", "out.performance.json").exit_code == 0
    assert recorder.requests[-1].performance == performance


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_edited_performance_is_kept(options: tuple[str, ...], cli: Cli, recorder: Recorder, folders: Path) -> None:
    performance = Performance().model_dump(mode="json")
    recorder.result = finished(status="waiting_review", video=None, renderer=None, performance=performance)
    assert "is kept" not in cli(*SPOKEN, "--review").stderr
    assert "is kept" not in cli(*SPOKEN, "--review").stderr
    (folders / "out.performance.json").write_text('{"controls": {"smile": 1}}', encoding="utf-8")
    done = cli(*SPOKEN, "--review", *options)
    assert done.exit_code == 0
    assert "out.performance.json was there" in done.stderr
    assert "is kept" in done.stderr
    assert (folders / "out.performance.json").read_text(encoding="utf-8") == '{"controls": {"smile": 1}}'


def test_motion_is_promised_while_the_performance_waits(cli: Cli, recorder: Recorder, folders: Path) -> None:
    recorder.result = finished(status="waiting_review", video=None, renderer=None)
    assert (
        "motion is written to m.json once the review is over"
        in cli(*SPOKEN, "--review", "--export-motion", "m.json").stderr
    )
    facts = json.loads(cli(*SPOKEN, "--review", "--export-motion", "m.json", "--json").stdout)
    assert facts["motion"] is None
    assert any("once the review is over" in note for note in facts["notes"])
    assert not (folders / "m.json").exists()


def test_the_demo_says_where_its_folder_cannot_be(
    cli: Cli, recorder: Recorder, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(folders / "me.png"))
    done = cli("demo")
    assert done.exit_code == 2
    assert "DATA_DIR" in done.stderr


def test_the_demo_asks_for_grace_hopper_with_words(cli: Cli, recorder: Recorder, folders: Path) -> None:
    assert cli("demo").exit_code == 0
    (request,) = recorder.requests
    assert request.image == folders / "checkpoints" / "grace_hopper.jpg"
    assert request.output == folders / "data" / "outputs" / "demo.mp4"
    assert "Grace Hopper" in str(request.text)


def test_marks_of_the_trace_become_a_request(cli: Cli, recorder: Recorder) -> None:
    marks = ["--session", "lesson-12", "--user", "ada", "--tag", "course", "--tag", "draft"]
    assert cli(*SPOKEN, *marks).exit_code == 0
    (request,) = recorder.requests
    assert (request.session_id, request.user_id, request.tags) == ("lesson-12", "ada", ("course", "draft"))


def test_engines_that_are_not_installed_are_counted_and_all_else_is_told() -> None:
    absent = ["wav2lip lacks wav2lip", "sadtalker needs the extra `neural`"]
    assert shortened([*absent, "puppet failed: NaN"]) == [
        "puppet failed: NaN",
        "2 others are not installed: `python main.py doctor` tells what they lack",
    ]
    assert shortened(absent[:1]) == absent[:1]

"""What cannot be used is refused before any work, whoever asks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from avatar.errors import InputError
from avatar.settings import Settings
from orchestrator.completing import complete_job
from orchestrator.request import JobRequest, video_settings
from tests.orchestrator.pipeline_fakes import write_picture

Requests = Callable[..., JobRequest]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"width": 0}, "0x0"),
        ({"width": 512, "height": 0}, "512x0"),
        ({"width": 0, "height": 512}, "0x512"),
        ({"fps": ""}, "''"),
        ({"language": ""}, "language is empty"),
        ({"audio": None, "text": "\udcff\udcfe"}, "not in UTF-8"),
        ({"audio": None, "text": "Hi", "language": "\udcff"}, "language is not in UTF-8"),
        ({"audio": None, "text": "Hello\0 there"}, "has a NUL"),
        ({"audio": None, "text": "Hi", "voice": "F\x002"}, "voice has a NUL"),
        ({"image": ""}, "picture is empty"),
        ({"image": "x" * 300 + ".png"}, "too long"),
        ({"output": "none/film.mp4"}, "there is no folder"),
        ({"performance": {"cues": [{"action": "nod"}]}}, r"The performance: cues\.0\.at is missing"),
        ({"performance": {"controls": {"smil": 1}}}, 'unknown key "smil" in controls'),
        ({"performance": {"segments": [{"start": 1, "end": 1, "controls": {}}]}}, r"segments\.0 ends"),
        ({"controls": {"smile": 10**400}}, "smile is no number"),
        ({"controls": {"smile": None}}, "smile is null, not a number"),
        ({"framing": "wide"}, "no framing 'wide'"),
        ({"framing": ""}, "no framing ''"),
        ({"face": -1}, "There is no face -1"),
        ({"framing": "square", "width": 256, "height": 128}, "no size of 256x128"),
        ({"background": "bleu"}, "no background 'bleu'"),
        ({"background": "#12345"}, "no background '#12345'"),
        ({"background": "."}, "is a folder"),
        ({"background": "transparent"}, "cannot be an MP4"),
        ({"direction": "x" * 501}, "501 characters"),
        ({"direction": "\udcff"}, "direction is not in UTF-8"),
        ({"expression_from": "none.mp4"}, "no video at none.mp4"),
        ({"expression_from": "."}, "video . is a folder"),
        ({"audio": None}, "neither was given"),
    ],
)
def test_refused_with_a_cure(changes: dict[str, object], said: str, request_for: Requests, settings: Settings) -> None:
    with pytest.raises(InputError, match=said) as caught:
        complete_job(request_for(**changes), settings)
    assert caught.value.cure


def test_a_missing_output_folder_is_not_made(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mkdir -p"):
        complete_job(request_for(output=tmp_path / "none" / "film.mp4"), settings)
    assert not (tmp_path / "none").exists()


def test_one_side_alone_makes_a_square(request_for: Requests, settings: Settings) -> None:
    assert complete_job(request_for(height=256), settings).size == (256, 256)
    assert complete_job(request_for(width=256), settings).size == (256, 256)
    assert complete_job(request_for(width=256, height=128), settings).size == (256, 128)
    assert complete_job(request_for(), settings).size == (128, 128)


def test_half_a_performance_is_filled_up(request_for: Requests, settings: Settings) -> None:
    job = complete_job(request_for(performance={"controls": {"smile": 7}}), settings)
    assert job.performance is not None
    assert job.performance["controls"]["smile"] == 1.0
    assert job.performance["cues"] == []


def test_another_face_makes_another_video(request_for: Requests, settings: Settings) -> None:
    none, largest, next_one = (complete_job(request_for(face=face), settings) for face in (None, 0, 1))
    assert none.thread_id(settings) == largest.thread_id(settings) != next_one.thread_id(settings)
    assert (none.face, next_one.face) == (0, 1)


def test_framing_and_direction_make_another_video(request_for: Requests, settings: Settings) -> None:
    asked: list[dict[str, object]] = [{}, {"framing": "close"}, {"framing": "full"}, {"direction": "calm"}]
    jobs = [complete_job(request_for(**changes), settings) for changes in asked]
    assert len({job.thread_id(settings) for job in jobs}) == len(jobs)
    auto, padded = (complete_job(request_for(**c), settings) for c in ({"framing": "auto"}, {"direction": "  "}))
    assert auto.thread_id(settings) == padded.thread_id(settings) == jobs[0].thread_id(settings)


def test_the_whole_picture_has_its_own_size_unless_one_is_given(request_for: Requests, settings: Settings) -> None:
    whole = complete_job(request_for(framing="full"), settings)
    assert (whole.size, whole.width, whole.height) == (None, None, None)
    assert complete_job(request_for(framing="full", width=256), settings).size == (256, 256)
    assert complete_job(request_for(framing="full", width=256, height=64), settings).size == (256, 64)
    assert complete_job(request_for(framing="square"), settings).size == (128, 128)


def test_the_ending_of_the_output_names_the_format(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    for ending, name in ((".mp4", "mp4"), (".webm", "webm"), (".MOV", "mov")):
        job = complete_job(request_for(output=tmp_path / f"a{ending}"), settings)
        assert (job.format, job.transparent) == (name, False)
    job = complete_job(request_for(output=tmp_path / "a.webm", background="Transparent"), settings)
    assert (job.background, job.transparent) == ("transparent", True)


def test_a_setting_that_changes_the_frames_makes_another_video(request_for: Requests, settings: Settings) -> None:
    job = complete_job(request_for(), settings)
    elsewhere = settings.model_copy(update={"puppet_device": "cuda"})
    busier = settings.model_copy(update={"workers": settings.workers + 1})
    assert job.thread_id(elsewhere) != job.thread_id(settings) == job.thread_id(busier)
    assert video_settings(elsewhere) != video_settings(settings)


def test_format_and_background_make_another_video(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    beach, copy, forest = (tmp_path / name for name in ("beach.png", "copy.png", "forest.png"))
    for path, side in ((beach, 40), (copy, 40), (forest, 42)):
        write_picture(path, side)
    webm = tmp_path / "a.webm"
    behind: list[dict[str, object]] = [{"background": found} for found in ("blur", "white", beach, forest)]
    clear: dict[str, object] = {"output": webm, "background": "transparent"}
    asked: list[dict[str, object]] = [{}, *behind, {"output": webm}, clear, {"output": tmp_path / "a.mov"}]
    identities = [complete_job(request_for(**changes), settings).thread_id(settings) for changes in asked]
    assert len(set(identities)) == len(asked)
    same: list[dict[str, object]] = [{"background": copy}, {"background": "keep"}, {"background": "#FFFFFF"}]
    for changes, like in zip(same, (3, 0, 2), strict=True):
        assert complete_job(request_for(**changes), settings).thread_id(settings) == identities[like]


def test_an_expression_brings_its_own_sound_or_leaves_the_lips_to_another(
    request_for: Requests, settings: Settings, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"one film")
    own = complete_job(request_for(audio=None, expression_from=film), settings)
    spoken = complete_job(request_for(audio=None, text="Hello", expression_from=film), settings)
    dubbed = complete_job(request_for(expression_from=film), settings)
    assert (own.lips, own.audio, own.expression_from) == ("expression", str(film), str(film))
    assert (spoken.lips, spoken.audio, spoken.text) == ("sound", None, "Hello")
    assert dubbed.lips == complete_job(request_for(), settings).lips == "sound"
    itself = complete_job(request_for(audio=film, expression_from=film), settings)
    assert itself.thread_id(settings) != own.thread_id(settings)


def test_a_film_is_known_by_its_content(request_for: Requests, settings: Settings, tmp_path: Path) -> None:
    films = [tmp_path / name for name in ("one.mp4", "copy.mp4", "other.mp4")]
    for film, content in zip(films, (b"one film", b"one film", b"another"), strict=True):
        film.write_bytes(content)
    jobs = [complete_job(request_for(expression_from=film), settings) for film in films]
    one, copy, other, without = (job.thread_id(settings) for job in (*jobs, complete_job(request_for(), settings)))
    assert one == copy
    assert len({one, other, without}) == 3

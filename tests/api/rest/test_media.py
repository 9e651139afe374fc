"""Videos by ranges and by validators, motion in every format, thumbnails; and what is answered where there is none."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from api.rest import thumbnails
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobRecord
from tests.api.rest.watched_service import WatchedService, open_watched
from tests.face_models import GRACE_HOPPER, demo_picture, face_tracker
from tests.film_factory import faceless, write_film
from tests.video_processor.glb_reader import read_glb
from tests.video_processor.motion_factory import lively
from video_processor.formats import FormatName
from video_processor.motion.export import import_motion
from video_processor.portrait import analyse_portrait, save_portrait

Answer = Any
"""The response of httpx or of httpx2, whichever starlette's client works with."""


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedService]:
    with open_watched(tmp_path) as found:
        yield found


@pytest.fixture
def record(watched: WatchedService) -> JobRecord:
    return watched.complete()


@pytest.fixture
def content(watched: WatchedService, record: JobRecord) -> bytes:
    return output_path(watched.settings, record.id).read_bytes()


def get(watched: WatchedService, record: JobRecord, what: str, method: str = "GET", **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return watched.client.request(method, f"/api/v1/jobs/{record.id}/{what}", headers=given)


def test_the_whole_video(watched: WatchedService, record: JobRecord, content: bytes) -> None:
    answer = get(watched, record, "video")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-disposition"].startswith("inline")


def test_head_tells_all_but_the_content(watched: WatchedService, record: JobRecord) -> None:
    whole, head = get(watched, record, "video"), get(watched, record, "video", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=10-999999999", slice(10, None)),
        ("bytes=-999999999", slice(0, None)),
    ],
)
def test_one_range(watched: WatchedService, record: JobRecord, content: bytes, asked: str, part: slice) -> None:
    answer = get(watched, record, "video", range=asked)
    first, last, _ = part.indices(len(content))
    assert (answer.status_code, answer.content) == (206, content[part])
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(content)}"


@pytest.mark.parametrize(
    "asked", ["bytes=abc", "bytes=5-2", "lines=0-5", "bytes=", "bytes=0-1,5-6", f"bytes={'9' * 30}-"]
)
def test_a_range_that_is_not_understood_brings_the_whole_file(
    watched: WatchedService, record: JobRecord, content: bytes, asked: str
) -> None:
    answer = get(watched, record, "video", range=asked)
    assert (answer.status_code, answer.content) == (200, content)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_a_problem(
    watched: WatchedService, record: JobRecord, content: bytes, asked: str
) -> None:
    answer = get(watched, record, "video", range=asked)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(content)}"
    assert answer.json()["kind"] == "RangeNotSatisfiable"


def test_a_range_of_another_version_brings_the_whole_file(
    watched: WatchedService, record: JobRecord, content: bytes
) -> None:
    etag = get(watched, record, "video", "HEAD").headers["etag"]
    assert get(watched, record, "video", range="bytes=0-9", if_range=etag).status_code == 206
    for asked in ("bytes=0-9", "bytes=999999999-"):
        answer = get(watched, record, "video", range=asked, if_range='"another"')
        assert (answer.status_code, answer.content) == (200, content)


@pytest.mark.parametrize("what", ["video", "motion", "thumbnail"])
def test_what_the_client_has_is_not_sent_again(watched: WatchedService, record: JobRecord, what: str) -> None:
    first = get(watched, record, what)
    answer = get(watched, record, what, if_none_match=f'"another", {first.headers["etag"]}')
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == first.headers["etag"]
    assert get(watched, record, what, if_none_match='"another"').content == first.content


def test_a_download_has_a_name_that_people_understand(watched: WatchedService) -> None:
    named = {
        "Grace Hopper · Hello there": 'attachment; filename="Grace-Hopper-Hello-there.mp4"',
        "me_2.jpeg · It is 3.5 m.": 'attachment; filename="me_2-It-is-3-5-m.mp4"',
        "Grüße": "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.mp4",
        '../"a\r\nb"': 'attachment; filename="a-b.mp4"',
    }
    for label, expected in named.items():
        record = watched.complete(label)
        assert get(watched, record, "video?download=1").headers["content-disposition"] == expected
    nameless = watched.complete("···")
    assert nameless.id in get(watched, nameless, "video?download=1").headers["content-disposition"]


@pytest.mark.parametrize("what", ["video", "motion", "emotions"])
def test_a_job_that_has_not_completed_has_none_and_says_where_to_look(watched: WatchedService, what: str) -> None:
    job = watched.submit()
    for expected in ("queued", "running"):
        answer = get(watched, job, what)
        assert (answer.status_code, answer.json()["kind"]) == (409, "ConflictError")
        assert expected in answer.json()["detail"]
        assert f"/api/v1/jobs/{job.id}/stream.m3u8" in answer.json()["cure"]
        watched.jobs.claim("worker-1")
    failed = watched.fail()
    assert get(watched, failed, what).status_code == 409
    assert "stream" not in get(watched, failed, what).json()["cure"]


def test_a_video_that_was_deleted_by_hand_is_gone(watched: WatchedService, record: JobRecord) -> None:
    output_path(watched.settings, record.id).unlink()
    answer = get(watched, record, "video")
    assert (answer.status_code, answer.json()["job_id"]) == (410, record.id)
    assert answer.json()["cure"]


@pytest.mark.parametrize("what", ["video", "motion", "emotions", "thumbnail"])
def test_an_unknown_job_is_a_problem(watched: WatchedService, what: str) -> None:
    answer = watched.client.get(f"/api/v1/jobs/{'0' * 22}/{what}")
    assert (answer.status_code, answer.json()["kind"]) == (404, "NotFoundError")


def test_motion_comes_back_as_it_was_in_every_format(
    watched: WatchedService, record: JobRecord, tmp_path: Path
) -> None:
    for form in ("json", "npz"):
        path = tmp_path / f"motion.{form}"
        path.write_bytes(get(watched, record, f"motion?format={form}").content)
        found = import_motion(path)
        assert found.fps == lively(3).fps
        assert np.array_equal(found.blendshapes, lively(3).blendshapes)
        assert np.array_equal(found.pose, lively(3).pose)
    csv = get(watched, record, "motion?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.startswith("Timecode,BlendShapeCount")
    assert len(csv.text.splitlines()) == 4


def test_the_head_of_the_portrait_plays_the_motion(watched: WatchedService, tmp_path: Path) -> None:
    kept, path = tmp_path / "portrait.npz", tmp_path / "head.glb"
    save_portrait(kept, analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48))
    record = watched.complete(portrait=str(kept))
    answer = get(watched, record, "motion?format=glb")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "model/gltf-binary")
    path.write_bytes(answer.content)
    _, weights = read_glb(path).curve("weights")
    assert np.array_equal(weights.reshape(3, 52), lively(3).blendshapes)
    assert ".glb" in answer.headers["content-disposition"]


def test_without_its_portrait_a_motion_has_no_head(watched: WatchedService, record: JobRecord, tmp_path: Path) -> None:
    gone = watched.complete(portrait=str(tmp_path / "pruned.npz"))
    for job in (record, gone):
        assert get(watched, job, "motion?format=glb").status_code == 410


def test_motion_is_json_where_nothing_is_said(watched: WatchedService, record: JobRecord) -> None:
    answer = get(watched, record, "motion")
    assert answer.headers["content-type"] == "application/json"
    assert len(json.loads(answer.content)["frames"]) == 3
    assert get(watched, record, "motion?format=xml").status_code == 422


def test_motion_that_was_pruned_is_gone(watched: WatchedService) -> None:
    record = watched.complete()
    motion = (record.result or {})["motion"]
    Path(motion).unlink()
    for form in ("json", "csv", "npz", "glb"):
        assert get(watched, record, f"motion?format={form}").status_code == 410
    assert get(watched, watched.complete(motion=None), "motion").status_code == 410


def picture(answer: Answer) -> Pillow.Image:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return Pillow.open(io.BytesIO(answer.content))


def colour(found: Pillow.Image) -> tuple[int, ...]:
    pixel = found.convert("RGB").getpixel((found.width // 2, found.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def test_the_thumbnail_is_the_portrait_until_there_is_a_video(watched: WatchedService) -> None:
    job = watched.submit()
    portrait = picture(get(watched, job, "thumbnail"))
    assert portrait.size == (320, 400)
    assert all(abs(a - b) < 12 for a, b in zip(colour(portrait), (200, 60, 30), strict=True))


def test_the_thumbnail_of_a_job_with_a_film_is_its_first_frame(watched: WatchedService) -> None:
    film = write_film(watched.settings.data_dir / "film.mp4", faceless(side=160))
    frame = picture(get(watched, watched.submit(image=str(film)), "thumbnail"))
    assert frame.size == (320, 320)
    assert all(abs(value - 40) < 6 for value in colour(frame))


def test_the_thumbnail_of_a_finished_video_is_one_of_its_frames(watched: WatchedService, record: JobRecord) -> None:
    frame = picture(get(watched, record, "thumbnail"))
    assert frame.size == (320, 320)
    red, green, blue = colour(frame)
    assert max(red, green, blue) - min(red, green, blue) < 10


def test_a_thumbnail_is_made_once(watched: WatchedService, record: JobRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    first = get(watched, record, "thumbnail")
    assert thumbnails.thumbnail_path(watched.settings, record.id).read_bytes() == first.content

    def never(_path: Path) -> Pillow.Image:
        raise AssertionError("the video was decoded again")

    monkeypatch.setattr(thumbnails, "_middle_frame", never)
    assert get(watched, record, "thumbnail").content == first.content


@pytest.mark.parametrize("damage", [b"", b"no video at all"])
def test_a_video_that_is_gone_or_broken_leaves_the_portrait(
    watched: WatchedService, record: JobRecord, damage: bytes
) -> None:
    video = output_path(watched.settings, record.id)
    video.unlink()
    if damage:
        video.write_bytes(damage)
    assert picture(get(watched, record, "thumbnail")).size == (320, 400)


def test_without_video_and_portrait_the_thumbnail_is_gone(watched: WatchedService) -> None:
    job = watched.submit()
    Path(job.request["image"]).unlink()
    answer = get(watched, job, "thumbnail")
    assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")


@pytest.mark.parametrize(("made", "media"), [("webm", "video/webm"), ("mov", "video/quicktime")])
def test_a_video_of_another_format(watched: WatchedService, made: FormatName, media: str) -> None:
    record = watched.complete(made=made)
    path = output_path(watched.settings, record.id, f".{made}")
    answer = watched.client.get(f"/api/v1/jobs/{record.id}/video?download=1")
    assert (answer.status_code, answer.content) == (200, path.read_bytes())
    assert answer.headers["content-type"] == media
    assert answer.headers["content-disposition"] == f'attachment; filename="Grace-Hopper-Hello-there.{made}"'


@pytest.mark.parametrize("made", ["webm", "mov"])
def test_what_is_transparent_is_light_grey_in_a_thumbnail(watched: WatchedService, made: FormatName) -> None:
    frame = picture(get(watched, watched.complete(made=made), "thumbnail"))
    assert frame.size == (320, 320)
    assert all(abs(level - 224) < 6 for level in colour(frame))


def test_emotions_over_time_are_the_file_that_the_job_made(watched: WatchedService, tmp_path: Path) -> None:
    kept = tmp_path / "emotions.json"
    kept.write_text('[{"span": [0.0, 2.0], "emotion": {"label": "happy"}, "sources": []}]')
    record = watched.complete(emotions=str(kept))
    answer = get(watched, record, "emotions")
    assert (answer.status_code, answer.content) == (200, kept.read_bytes())
    assert answer.headers["content-type"].startswith("application/json")
    kept.unlink()
    assert get(watched, record, "emotions").status_code == 410
    assert get(watched, watched.complete(), "emotions").status_code == 410

"""Uploads: kept by their content, refused by their content, never in anybody's way."""

import errno
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
import pytest
from httpx2 import Response
from PIL import Image as Pillow
from starlette.testclient import TestClient

from api.rest.routes.uploads import EXAMPLE, UploadView
from api.rest.service import Service
from avatar.files import file_digest
from avatar.settings import Settings
from tests.api.rest.conftest import OpenClient
from tests.api.rest.service_fakes import picture_bytes
from tests.film_factory import faceless, write_film
from tests.orchestrator.pipeline_fakes import write_sound


def upload(client: TestClient, kind: str, name: str, content: bytes) -> Response:
    return client.post(f"/api/v1/upload/{kind}", files={"file": (name, content)})


def write_video(path: Path, *, mute: bool = False) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        sound = None if mute else container.add_stream("aac", rate=16_000, layout="mono")
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            silence.sample_rate = 16_000
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path


def kept(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "inputs").iterdir())


def test_a_picture_is_kept_and_looked_at(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    content = picture_bytes(tmp_path)
    answer = upload(client, "image", "me.jpg", content)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    path = settings.data_dir / found["path"]
    assert path.read_bytes() == content
    assert (path.suffix, found["sha256"], found["bytes"]) == (".png", file_digest(path), len(content))
    assert (found["width"], found["height"], found["kind"]) == (160, 160, "image")
    assert found["face"] == {"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5}
    assert found["faces"] == [found["face"]]
    made = client.post("/api/v1/jobs", json={"image_path": found["path"], "text": "Hello"})
    assert made.status_code == 202, made.text


def test_the_answer_tells_how_well_the_picture_will_animate(client: TestClient, tmp_path: Path) -> None:
    found = upload(client, "image", "me.jpg", picture_bytes(tmp_path)).json()
    assert (found["report"]["verdict"], found["report"]["score"], found["report"]["face"]) == ("good", 100, 0)
    assert (found["report"]["refusal"], found["report"]["picture_url"]) == (None, None)
    assert found["report"]["checks"][0]["sentence"] == "The mouth is closed."
    again = client.get("/api/v1/upload/check", params={"image_path": found["path"]})
    assert (again.status_code, again.json()) == (200, found["report"])
    sound = upload(client, "audio", "me.wav", write_sound(tmp_path / "s.wav", 0.2).read_bytes()).json()
    assert sound["report"] is None
    assert client.get("/api/v1/upload/check", params={"image_path": sound["path"]}).status_code == 415


def test_another_face_of_an_upload_is_checked(client: TestClient, tmp_path: Path) -> None:
    found = upload(client, "image", "me.jpg", picture_bytes(tmp_path)).json()
    other = client.get("/api/v1/upload/check", params={"image_path": found["path"], "face": 1}).json()
    assert (other["verdict"], other["score"], other["face"]) == ("refused", 0, 1)
    assert "has no face 1" in other["refusal"]["message"]


@pytest.mark.parametrize("path", ["../outside.png", "inputs/nothing.png", "/etc/passwd"])
def test_only_uploads_are_checked(client: TestClient, path: str) -> None:
    answer = client.get("/api/v1/upload/check", params={"image_path": path})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "image_path")


def test_the_example_is_an_answer() -> None:
    assert UploadView.model_validate(EXAMPLE).model_dump() == EXAMPLE


def test_a_film_may_stand_for_a_picture(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    content = write_film(tmp_path / "me.mp4", faceless(10)).read_bytes()
    answer = upload(client, "image", "me.mov", content)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (settings.data_dir / found["path"]).suffix == ".mov"
    assert (found["width"], found["height"], found["kind"]) == (64, 64, "image")
    assert found["duration"] == pytest.approx(0.4)
    made = client.post("/api/v1/jobs", json={"image_path": found["path"], "text": "Hello"})
    assert made.status_code == 202, made.text
    form = client.post("/api/v1/jobs", data={"text": "Hello"}, files={"image": ("a.mp4", content)})
    assert form.status_code == 202, form.text


def test_a_character_needs_a_picture(client: TestClient, settings: Settings) -> None:
    (settings.data_dir / "inputs").mkdir(parents=True, exist_ok=True)
    write_film(settings.data_dir / "inputs" / "me.mp4", faceless())
    answer = client.post("/api/v1/characters", json={"name": "Ada", "image_path": "inputs/me.mp4"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "image_path"
    assert "is a video" in answer.json()["detail"]


def test_a_sound_is_kept(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    answer = upload(client, "audio", "Me & you.wav", write_sound(tmp_path / "s.wav", 0.5).read_bytes())
    assert answer.status_code == 201, answer.text
    assert answer.json()["duration"] == pytest.approx(0.5)
    assert answer.json()["path"].endswith(".wav")
    assert (answer.json()["face"], answer.json()["faces"]) == (None, [])


def test_a_video_is_kept(client: TestClient, tmp_path: Path) -> None:
    answer = upload(client, "video", "clip.mp4", write_video(tmp_path / "v.mp4").read_bytes())
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["width"], found["height"], found["kind"], found["has_sound"]) == (64, 48, "video", True)
    assert found["duration"] == pytest.approx(0.5)


def test_a_mute_video_is_kept_for_its_expression(client: TestClient, tmp_path: Path) -> None:
    answer = upload(client, "video", "clip.mp4", write_video(tmp_path / "v.mp4", mute=True).read_bytes())
    assert answer.status_code == 201, answer.text
    assert answer.json()["duration"] == pytest.approx(0.5)
    assert answer.json()["has_sound"] is False


@pytest.mark.parametrize(
    ("kind", "name", "content", "status"),
    [
        ("image", "me.png", b"I am a text", 415),
        ("image", "me.png", b"", 415),
        ("audio", "me.wav", b"I am a text", 415),
        ("audio", "list.m3u8", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", 415),
        ("video", "me.mp4", b"I am a text", 415),
    ],
)
def test_content_decides(
    client: TestClient, settings: Settings, kind: str, name: str, content: bytes, status: int
) -> None:
    answer = upload(client, kind, name, content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert name in answer.json()["detail"]
    assert answer.json()["cure"]
    assert kept(settings) == []


def test_a_sound_is_no_picture_and_no_video(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "s.wav", 0.2).read_bytes()
    assert upload(client, "image", "a.png", sound).status_code == 415
    assert upload(client, "video", "a.mp4", sound).status_code == 415
    silent = write_video(tmp_path / "v.mp4", mute=True).read_bytes()
    assert upload(client, "audio", "a.mp4", silent).status_code == 415
    assert kept(settings) == []


def test_a_picture_without_a_face_is_refused(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    Pillow.new("RGB", (64, 64)).save(tmp_path / "n.png")
    answer = upload(client, "image", "night.png", (tmp_path / "n.png").read_bytes())
    assert (answer.status_code, answer.json()["detail"]) == (422, "No face was found in night.png.")
    assert kept(settings) == []


def test_too_many_pixels_are_refused(open_client: OpenClient, tmp_path: Path) -> None:
    with open_client(max_image_megapixels=0.01) as client:
        answer = upload(client, "image", "me.png", picture_bytes(tmp_path))
    assert (answer.status_code, answer.json()["kind"]) == (413, "TooLarge")
    assert "160 x 160" in answer.json()["detail"]


def test_a_sound_that_is_too_long_is_refused(open_client: OpenClient, tmp_path: Path) -> None:
    with open_client(max_audio_minutes=0.005) as client:
        answer = upload(client, "audio", "long.wav", write_sound(tmp_path / "s.wav", 1.0).read_bytes())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


@pytest.mark.parametrize("size", [1_000_001, 1_500_000, 4_000_000])
def test_a_file_that_is_too_large_leaves_nothing(client: TestClient, settings: Settings, size: int) -> None:
    answer = upload(client, "image", "big.png", b"x" * size)
    assert (answer.status_code, answer.json()["kind"]) == (413, "TooLarge")
    assert kept(settings) == []


def test_a_form_without_its_length_is_counted(client: TestClient, settings: Settings) -> None:
    def body() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        for _ in range(30):
            yield b"x" * 100_000
        yield b"\r\n--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/v1/upload/image", content=body(), headers=headers)
    assert answer.status_code == 413
    assert kept(settings) == []


def test_a_full_disk_is_told(client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        file = opened(path, mode, *arguments, **named)
        return FullDisk(file) if path.name.startswith(".part-") else file

    monkeypatch.setattr(Path, "open", full)
    answer = upload(client, "image", "me.png", b"x" * 5000)
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["kind"]) == (507, "DiskSpaceError")
    assert kept(settings) == []


class FullDisk:
    """A file on a disk without room."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file

    def write(self, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self._file.close()


def test_the_form_is_checked(client: TestClient, tmp_path: Path) -> None:
    picture = picture_bytes(tmp_path)
    missing = client.post("/api/v1/upload/image", files={"image": ("me.png", picture)})
    assert {error["field"] for error in missing.json()["errors"]} == {"file", "image"}
    more = client.post("/api/v1/upload/image", files={"file": ("me.png", picture)}, data={"name": "me"})
    assert (more.status_code, more.json()["errors"][0]["field"]) == (422, "name")
    twice = client.post("/api/v1/upload/image", files=[("file", ("a.png", picture)), ("file", ("b.png", picture))])
    assert (twice.status_code, twice.json()["errors"][0]["message"]) == (422, "was given twice")
    assert client.post("/api/v1/upload/image", json={}).status_code == 415
    assert client.post("/api/v1/upload/text", files={"file": ("a", b"b")}).status_code == 422


def test_names_of_files_lead_nowhere(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    picture = picture_bytes(tmp_path)
    for name in ("../../evil.png", "/etc/passwd", "C:\\evil.png", "a\0b.png", ".part-x", "é" * 500, "..", "con"):
        assert upload(client, "image", name, picture).status_code == 201
    [path] = kept(settings)
    assert path.name == f"{file_digest(path)}.png"


def test_the_service_has_its_parts(service: Service, settings: Settings) -> None:
    assert service.settings.data_dir == settings.data_dir
    assert service.heavy.total_tokens >= 1

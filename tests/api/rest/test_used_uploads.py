"""To name an upload is to use it."""

import os
import time

from starlette.testclient import TestClient

from avatar.settings import Settings

DAY = 86_400.0


def test_an_old_upload_that_is_named_counts_as_new(
    client: TestClient, settings: Settings, inputs: dict[str, str]
) -> None:
    folder = settings.data_dir / "inputs"
    uploads = [folder / f"{'a' * 64}.png", folder / f"{'b' * 64}.wav"]
    (folder / "me.png").rename(uploads[0])
    (folder / "speech.wav").rename(uploads[1])
    for path in uploads:
        os.utime(path, (time.time() - 2 * DAY,) * 2)
    named = {"image_path": f"inputs/{uploads[0].name}", "audio_path": f"inputs/{uploads[1].name}"}
    assert client.post("/api/v1/jobs", json=named).status_code == 202
    assert all(path.stat().st_mtime > time.time() - DAY for path in uploads)


def test_a_persons_own_file_is_left_as_it_is(client: TestClient, settings: Settings, inputs: dict[str, str]) -> None:
    own = settings.data_dir / "inputs" / "me.png"
    os.utime(own, (1_000_000.0,) * 2)
    assert client.post("/api/v1/jobs", json=inputs).status_code == 202
    assert own.stat().st_mtime == 1_000_000.0

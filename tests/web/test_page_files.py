"""The page's files: served safely, and keeping to the policy that they come with."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from api.rest.routes import page
from avatar.errors import NotFoundError
from avatar.settings import PROJECT_ROOT

WEB: Final = PROJECT_ROOT / "web"
SOURCES: Final = sorted([*WEB.glob("*.html"), *WEB.glob("static/*.js"), *WEB.glob("static/*.css")])
IMPORT: Final = re.compile(r'(?:from|import)\s+"(\./[^"]+)"')
LONGEST_FILE_LINES: Final = 300


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(page.router)

    @app.exception_handler(NotFoundError)
    def missing(request: Request, error: NotFoundError) -> JSONResponse:
        return JSONResponse({"detail": error.message}, 404)

    with TestClient(app) as client:
        yield client


def test_the_page_comes_with_a_strict_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main.js", "text/javascript; charset=utf-8"),
        ("base.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_files_have_their_types(client: TestClient, name: str, kind: str) -> None:
    answer = client.get(f"/static/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.content == (WEB / "static" / name).read_bytes()


def test_a_file_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/static/main.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/static/main.js", headers={"If-None-Match": f'W/"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/main.js", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_tells_the_length_and_sends_nothing(client: TestClient) -> None:
    answer = client.head("/static/base.css")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) == (WEB / "static" / "base.css").stat().st_size


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js",
        "../index.html",
        "%2e%2e/index.html",
        "..%2f..%2fmain.py",
        "%2fetc%2fpasswd",
        "a%00.js",
        "",
        "x" * 5000,
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_links_out_of_the_folder_are_not_followed(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    (tmp_path / "secret.json").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "own.json").write_text("{}")
    monkeypatch.setattr(page, "STATIC_FOLDER", folder)
    assert client.get("/static/own.json").status_code == 200
    assert client.get("/static/link.json").status_code == 404


def test_every_file_that_is_named_exists() -> None:
    index = (WEB / "index.html").read_text(encoding="utf-8")
    named = {WEB / path for path in re.findall(r'(?:href|src)="/(static/[^"]+)"', index)}
    for module in (WEB / "static").glob("*.js"):
        named |= {module.parent / path for path in IMPORT.findall(module.read_text(encoding="utf-8"))}
    assert named
    assert [path for path in sorted(named) if not path.resolve().is_file()] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_sources_keep_to_the_policy(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE_LINES
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"<[^>]+\son\w+=|<[^>]+\sstyle=|<style|<script>", text)
    outside = re.findall(r"https?://(?!www\.w3\.org/)[^\s\"']+", text)
    assert outside == []

"""Pictures are looked at in a process that may die without harm."""

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from avatar.errors import NoSuchFaceError, PortraitError
from avatar.settings import PROJECT_ROOT, Settings, load_settings
from orchestrator import portrait_desk
from orchestrator.artifacts import ArtifactStore
from orchestrator.portrait_desk import PortraitDesk
from orchestrator.portraits import portrait_key, portrait_path
from tests.face_models import ASTRONAUT, FACE_MODELS, GRACE_HOPPER, face_store
from tests.forks import forks
from tests.orchestrator.desk_fakes import die_always, die_once, looks, never_answer, see_a_face_in_all
from tests.orchestrator.pipeline_fakes import write_picture
from video_processor.portrait import load_portrait

DEADLINE_SECONDS = 60.0

pytestmark = pytest.mark.usefixtures("forked_side_processes")


@pytest.fixture(autouse=True)
def _models_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)


@pytest.fixture
def desk(settings: Settings) -> Iterator[PortraitDesk]:
    desk = PortraitDesk(settings, see_a_face_in_all)
    yield desk
    desk.close()


def test_one_look_is_enough(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "picture.png")
    copy = tmp_path / "copy.png"
    copy.write_bytes(picture.read_bytes())
    first = desk.look(picture)

    assert (first.width, first.height, first.notes) == (160, 160, ())
    assert first.face == pytest.approx((0.25, 0.25, 0.5, 0.5), abs=0.01)
    assert first.faces == (first.face,)
    assert desk.look(copy) == first
    assert looks(settings.data_dir) == ["picture.png"]


def test_what_it_saw_is_the_artifact_that_a_job_finds(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "picture.png")
    report = desk.look(picture)
    path = portrait_path(ArtifactStore(settings.data_dir / "artifacts"), portrait_key(report.digest, settings))

    assert load_portrait(path).digest == report.digest
    path.unlink()
    assert desk.look(picture) == report
    assert len(looks(settings.data_dir)) == 2


def test_an_artifact_needs_no_process(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "picture.png")
    report = desk.look(picture)
    other = PortraitDesk(settings, die_always)

    assert other.look(picture) == report
    assert other.portrait(picture).size == (160, 160)
    assert not (settings.data_dir / "deaths.txt").exists()


def test_a_face_has_a_portrait_of_its_own(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "picture.png")
    for face in (0, 1, 0, 1):
        desk.look(picture, face)
    assert len(looks(settings.data_dir)) == 2
    with pytest.raises(NoSuchFaceError, match="There are 2 faces"):
        desk.look(picture, 2)


def test_a_report_is_made_once_of_the_portrait_that_is_there(
    desk: PortraitDesk, settings: Settings, tmp_path: Path
) -> None:
    picture = write_picture(tmp_path / "picture.png")
    desk.look(picture)
    report = desk.report(picture, "Ada")
    assert (report.name, report.width, report.refusal) == ("Ada", 160, None)
    assert report.checks
    assert len(looks(settings.data_dir)) == 1

    other = PortraitDesk(settings, die_always)
    assert other.report(picture, "Ada") == report
    assert other.report(picture, "Eva").name == "Eva"
    assert not (settings.data_dir / "deaths.txt").exists()


def test_a_refused_picture_has_a_report_that_says_so(desk: PortraitDesk, tmp_path: Path) -> None:
    Pillow.new("RGB", (100, 100)).save(tmp_path / "night.png")
    report = desk.report(tmp_path / "night.png", "Ada")
    assert (report.verdict, report.score) == ("refused", 0)
    assert report.refusal is not None
    assert report.refusal.message == "No human face was found in Ada."
    with pytest.raises(PortraitError, match="No human face"):
        desk.overlay(tmp_path / "night.png")


def test_an_overlay_is_drawn_once(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "picture.png")
    path = desk.overlay(picture)
    with Pillow.open(path) as opened:
        assert opened.format == "PNG"
        assert opened.width > 900
    assert PortraitDesk(settings, die_always).overlay(picture) == path
    assert not (settings.data_dir / "deaths.txt").exists()


def test_a_refused_picture_is_refused_every_time(desk: PortraitDesk, tmp_path: Path) -> None:
    Pillow.new("RGB", (100, 100)).save(tmp_path / "night.png")
    for _ in range(2):
        with pytest.raises(PortraitError, match=r"No human face was found in night\.png") as caught:
            desk.look(tmp_path / "night.png")
        assert caught.value.cure
    assert desk.look(write_picture(tmp_path / "day.png")).width == 160


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_picture_is_refused(desk: PortraitDesk, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.png").write_bytes(content)
    with pytest.raises(PortraitError, match=r"odd\.png"):
        desk.look(tmp_path / "odd.png")
    with pytest.raises(PortraitError, match=r"none\.png"):
        desk.look(tmp_path / "none.png")


def test_many_threads_share_one_process_and_one_look(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    pictures = [write_picture(tmp_path / f"{side}.png", side) for side in (100, 110, 120)]
    with ThreadPoolExecutor(12) as pool:
        reports = list(pool.map(desk.look, pictures * 8))

    assert [report.width for report in reports] == [100, 110, 120] * 8
    assert sorted(looks(settings.data_dir)) == ["100.png", "110.png", "120.png"]
    assert len({line.split()[0] for line in (settings.data_dir / "looks.txt").read_text().splitlines()}) == 1


def test_a_crash_costs_a_second_look_only(settings: Settings, tmp_path: Path) -> None:
    desk = PortraitDesk(settings, die_once)
    try:
        assert desk.look(write_picture(tmp_path / "picture.png")).width == 160
        assert (settings.data_dir / "died").exists()
    finally:
        desk.close()


def test_a_picture_that_always_crashes_is_named_and_the_desk_goes_on(settings: Settings, tmp_path: Path) -> None:
    desk = PortraitDesk(settings, die_always)
    for deaths in (2, 4):
        with pytest.raises(PortraitError, match=r"picture\.png cannot be looked at") as caught:
            desk.look(write_picture(tmp_path / "picture.png"))
        assert caught.value.cure
        assert len((settings.data_dir / "deaths.txt").read_text().split()) == deaths
    desk.close()


def test_a_look_without_end_is_given_up(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portrait_desk, "LONGEST_LOOK_SECONDS", 0.2)
    desk = PortraitDesk(settings, never_answer)
    with pytest.raises(PortraitError, match=r"picture\.png was looked at"):
        desk.look(write_picture(tmp_path / "picture.png"))
    desk.close()


def test_a_process_that_ended_between_looks_is_replaced(desk: PortraitDesk, settings: Settings, tmp_path: Path) -> None:
    desk.look(write_picture(tmp_path / "one.png", 100))
    (pid,) = {int(line.split()[0]) for line in (settings.data_dir / "looks.txt").read_text().splitlines()}
    os.kill(pid, signal.SIGKILL)
    assert desk.look(write_picture(tmp_path / "two.png", 120)).width == 120
    desk.close()
    assert desk.look(write_picture(tmp_path / "three.png", 140)).width == 140


def test_closing_waits_for_no_look(settings: Settings, tmp_path: Path) -> None:
    desk = PortraitDesk(settings, never_answer)
    picture = write_picture(tmp_path / "picture.png")
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(desk.look, picture)
        until = time.monotonic() + DEADLINE_SECONDS
        while not (settings.data_dir / "looking").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        desk.close()
        with pytest.raises(PortraitError, match="the service ends"):
            looking.result(DEADLINE_SECONDS)


PARENT = """
import multiprocessing, sys, time
from pathlib import Path
from avatar.settings import load_settings
from orchestrator.portrait_desk import PortraitDesk
from tests.orchestrator.desk_fakes import never_answer

if __name__ == "__main__":
    PortraitDesk(load_settings(data_dir=Path(sys.argv[1])), never_answer).warm()
    print(multiprocessing.active_children()[0].pid, flush=True)
    time.sleep(600)
"""


def test_closing_while_the_process_starts_ends_it(desk: PortraitDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    started: list[int] = []
    process: type[BaseProcess] = forks().Process
    start = process.start

    def slow_start(self: BaseProcess) -> None:
        begun.set()
        time.sleep(0.3)
        start(self)
        started.append(self.pid or 0)

    monkeypatch.setattr(process, "start", slow_start)
    with ThreadPoolExecutor(1) as pool:
        warming = pool.submit(desk.warm)
        assert begun.wait(DEADLINE_SECONDS)
        desk.close()
        warming.result(DEADLINE_SECONDS)
    assert len(started) == 1
    assert not is_alive(started[0])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_process_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT_ROOT / 'src'}{os.pathsep}{PROJECT_ROOT}"}
    with subprocess.Popen(
        [sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _is_alive(child)
        parent.kill()
    until = time.monotonic() + DEADLINE_SECONDS
    while _is_alive(child):
        assert time.monotonic() < until, "the desk's process outlived its parent"
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_real_portraits_are_seen_and_no_native_code_comes_here(tmp_path: Path) -> None:
    store = face_store(GRACE_HOPPER, ASTRONAUT, *FACE_MODELS)
    settings = load_settings(data_dir=tmp_path / "data")
    code = (
        "import sys; from pathlib import Path; from avatar.settings import load_settings\n"
        "from orchestrator.portrait_desk import PortraitDesk\n"
        "if __name__ == '__main__':\n"
        "    desk = PortraitDesk(load_settings(data_dir=Path(sys.argv[1])))\n"
        "    print([desk.look(Path(picture)).face for picture in sys.argv[2:]])\n"
        "    print([name for name in sys.modules if 'litert' in name])\n"
    )
    (tmp_path / "look.py").write_text(code)
    pictures = [store.path(GRACE_HOPPER), store.path(ASTRONAUT)]
    done = subprocess.run(
        [sys.executable, tmp_path / "look.py", settings.data_dir, *pictures],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_SECONDS,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "src")},
        cwd=PROJECT_ROOT,
    )
    faces, modules = done.stdout.splitlines()
    assert np.array(ast.literal_eval(faces)) == pytest.approx(
        np.array([(0.3263, 0.2194, 0.3698, 0.3385), (0.3488, 0.1356, 0.1838, 0.21)]), abs=0.001
    )
    assert modules == "[]"

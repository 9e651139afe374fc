import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.talking import session, window_page
from api.cli.talking.commands import obey
from api.cli.talking.session import Talk
from avatar.errors import InputError
from live.conversation.conversation import Conversation
from live.conversation.opening import TalkingPartner
from live.messages import Caption, Chosen, Speaking, StartStream
from live.plan import SessionPlan
from live.stage import Stage
from scripts.living.scripted import ScriptedTalker, conversation
from tests.api.cli_fakes import Cli
from tests.live.conversation.doubles import NotedMotion, Watcher, tiny_stage

BAD = {
    "no such character": (("--image", "nobody"), "no character and no file 'nobody'"),
    "an odd size": (("--size", "301"), "--size"),
    "a film of another kind": (("-o", "film.webm"), "no .mp4 and no folder"),
    "a file as a folder": (("-o", "me"), "is a file"),
    "no such recording": (("--microphone", "you.wav"), "you.wav"),
    "a recording that is none": (("--microphone", "me.wav"), "me.wav"),
    "too long a name": (("--voice", "v" * 200), "--voice"),
}


@pytest.mark.parametrize(("arguments", "told"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_used_ends_with_2(cli: Cli, folders: Path, arguments: tuple[str, ...], told: str) -> None:
    (folders / "me").write_text("a file")
    done = cli("talk", *arguments)
    assert done.exit_code == 2, done.output
    assert told in " ".join(done.output.split())


@pytest.fixture
def motion() -> NotedMotion:
    return NotedMotion()


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def stage(motion: NotedMotion, watcher: Watcher) -> Iterator[Stage]:
    made = tiny_stage(motion)
    made.add(watcher)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def talker() -> ScriptedTalker:
    return ScriptedTalker(["One answer.", "Another."])


@pytest.fixture
def talk(stage: Stage, tmp_path: Path, talker: ScriptedTalker) -> Iterator[Conversation]:
    made = conversation(stage, tmp_path, dialogue=talker)
    yield made
    made.close()


def opened(stage: Stage, talk: Conversation, tmp_path: Path, *, answers: bool = True) -> Talk:
    plan = SessionPlan(session="s", start=StartStream(image="nova"), image="nova.png", name="Nova")
    dialogue = Chosen(name="local" if answers else None, why="No language model is set up.")
    nobody = Chosen(name=None, why="")
    return Talk(plan, stage, TalkingPartner(talk, nobody, nobody, dialogue), tmp_path)


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_each_line_is_answered_before_the_next(
    stage: Stage, talk: Conversation, talker: ScriptedTalker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "First?", "", "Second?")
    session._read(opened(stage, talk, tmp_path))
    assert talker.asked == ["First?", "Second?"]
    assert talker.kept == ["One answer.", "Another."]


def test_without_a_dialogue_what_is_typed_is_spoken(
    stage: Stage,
    talk: Conversation,
    watcher: Watcher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    type_in(monkeypatch, "Say this.", "/quit", "Never read.")
    session._read(opened(stage, talk, tmp_path, answers=False))
    assert [caption.text for caption in watcher.of(Caption)] == ["Say this."]
    assert "No language model is set up" in capsys.readouterr().err


def test_commands_move_the_face_and_stop_what_is_said(
    stage: Stage, talk: Conversation, motion: NotedMotion, watcher: Watcher
) -> None:
    obey("/cue smile 0.4", stage, talk)
    obey("/set smile 0.5", stage, talk)
    obey("/say A rather long sentence that nobody will listen to until its end.", stage, talk)
    watcher.wait_for(Speaking, on=True)
    obey("/clear", stage, talk)
    assert watcher.wait_for(Speaking, on=False).cut
    assert (motion.cues[0].action, motion.cues[0].intensity) == ("smile", 0.4)
    assert motion.directed[0].smile == 0.5


@pytest.mark.parametrize("line", ["/dance", "/cue dance", "/cue smile much", "/set grin 1", "/set smile", "/say", "/"])
def test_a_command_that_is_none_is_told(stage: Stage, talk: Conversation, line: str) -> None:
    with pytest.raises(InputError):
        obey(line, stage, talk)


def test_the_window_is_the_page_of_the_service_that_runs(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    opened_pages: list[str] = []
    monkeypatch.setattr(window_page, "_answers", lambda _: True)

    def open_page(page: str) -> bool:
        opened_pages.append(page)
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    assert cli("talk", "--window").exit_code == 0
    assert opened_pages == ["http://127.0.0.1:8005/#/live"]

import pytest

from avatar.performance import Cue
from live.conversation.acting import TOOLS, wish_of_call, wish_of_mark
from live.conversation.marking import MarkReader
from live.conversation.marks import Feeling


def read(text: str, size: int) -> tuple[str, list[str]]:
    reader, said, marks = MarkReader(), "", []
    for place in range(0, len(text), size):
        for part, mark in reader.push(text[place : place + size]):
            said += part
            marks += [mark] if mark else []
    return said + reader.flush(), marks


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("written", "said", "marks"),
    [
        ("Hello [smile] there.", "Hello there.", ["smile"]),
        ("[happy]Hi! [look left]See?", "Hi! See?", ["happy", "look left"]),
        ("**Bold** and `code`.", "Bold and code.", []),
        ("# Title\n- one\n- two\n3. three", "Title\none\ntwo\nthree", []),
        ("Fine 😀👍🏽 thanks.", "Fine thanks.", []),
        ("A well-known 3.5 - or so.", "A well-known 3.5 - or so.", []),
        ("Never [closed", "Never  closed", []),
        ("你好[nod]世界。", "你好世界。", ["nod"]),
        ("[this bracket holds far more than any mark ever would] end", None, []),
    ],
)
def test_marks_and_what_cannot_be_said_are_taken_out(
    written: str, said: str | None, marks: list[str], size: int
) -> None:
    found, seen = read(written, size)
    assert seen == marks
    if said is not None:
        assert " ".join(found.split(" ")) == said or found.split() == said.split()


def test_text_is_not_held_back_without_need() -> None:
    assert [text for text, _ in MarkReader().push("Good morning, ")] == ["Good morning, "]


def test_a_mark_is_a_cue_or_an_emotion() -> None:
    nod, look, happy = (wish_of_mark(mark) for mark in ("nod 0.4", "look left", "Happy"))
    assert nod is not None
    assert look is not None
    assert happy is not None
    assert isinstance(nod.act, Cue)
    assert (nod.act.action, nod.act.intensity) == ("nod", 0.4)
    assert isinstance(look.act, Cue)
    assert look.act.direction == 1.0
    assert isinstance(happy.act, Feeling)
    assert happy.act.emotion.valence > 0


@pytest.mark.parametrize("mark", ["", "1", "dance", "smile at the camera now", "laughs softly", "nod nod"])
def test_what_is_no_mark_is_none(mark: str) -> None:
    assert wish_of_mark(mark) is None


def test_a_call_is_validated_and_its_numbers_are_clamped() -> None:
    wish = wish_of_call("cue", '{"action": "smile", "intensity": 7, "word": " sun "}')
    assert wish is not None
    assert isinstance(wish.act, Cue)
    assert (wish.act.intensity, wish.word) == (1.0, "sun")
    feeling = wish_of_call("feel", '{"emotion": "sad", "intensity": 0.5}')
    assert feeling is not None
    assert isinstance(feeling.act, Feeling)
    assert (feeling.act.emotion.label, feeling.act.intensity) == ("sad", 0.5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cue", '{"action": "dance"}'),
        ("cue", '{"emotion": "happy"}'),
        ("feel", '{"emotion": "hungry"}'),
        ("cue", "{"),
        ("cue", "[]"),
        ("cue", '{"action": "nod", "intensity": "much"}'),
        ("shout", '{"action": "nod"}'),
    ],
)
def test_a_call_that_cannot_be_played_is_none(name: str, arguments: str) -> None:
    assert wish_of_call(name, arguments) is None


def test_the_tools_name_every_action_and_emotion_once() -> None:
    cue, feel = (tool["function"]["parameters"]["properties"] for tool in TOOLS)
    assert len(set(cue["action"]["enum"])) == len(cue["action"]["enum"]) == 14
    assert len(feel["emotion"]["enum"]) == 7

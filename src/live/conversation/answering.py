"""A model's answer becomes a line: its text is said, its calls and marks move the face on the right words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from live.conversation.acting import Wish, wish_of_call, wish_of_mark
from live.conversation.line import Line
from live.conversation.marking import MarkReader
from live.conversation.model import Called, Finished, Part

DROPPED: Final = 60
"""Letters that are kept of what could not be played."""


@dataclass
class Answered:
    """What came of an answer. `written` is the model's own text, `dropped` what it asked for and cannot be played."""

    written: str = ""
    acts: int = 0
    dropped: list[str] = field(default_factory=list)
    finished: Finished | None = None


def say_parts(parts: Iterable[Part], line: Line, answer: Answered) -> Iterator[Part]:
    """Says the answer as it comes, and yields each part when it is said. The line is not ended."""
    reader, waiting = MarkReader(), _Waiting(line)
    for part in parts:
        if isinstance(part, Finished):
            answer.finished = part
        elif isinstance(part, Called):
            _play(answer, waiting, wish_of_call(part.name, part.arguments), f"{part.name} {part.arguments}")
        else:
            answer.written += part.text
            for text, mark in reader.push(part.text):
                waiting.add(text)
                if mark:
                    _play(answer, waiting, wish_of_mark(mark), mark)
        yield part
    waiting.add(reader.flush())
    waiting.give_up()


def _play(answer: Answered, waiting: "_Waiting", wish: Wish | None, asked: str) -> None:
    if wish is None:
        answer.dropped.append(asked[:DROPPED])
    else:
        answer.acts += 1
        waiting.wish(wish)


class _Waiting:
    """Acts whose word has not been said yet."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._wishes: list[tuple[Wish, int]] = []

    def wish(self, wish: Wish) -> None:
        found = self._line.text.lower().rfind(wish.word.lower()) if wish.word else -1
        if not wish.word:
            self._line.mark(wish.act)
        elif found >= 0:
            self._line.mark(wish.act, found)
        else:
            self._wishes.append((wish, len(self._line.text)))

    def add(self, text: str) -> None:
        if not text:
            return
        coming = (self._line.text + text).lower() if self._wishes else ""
        for wish, since in list(self._wishes):
            found = coming.find(wish.word.lower(), since)
            if found >= 0:
                self._line.mark(wish.act, found)
                self._wishes.remove((wish, since))
        self._line.add(text)

    def give_up(self) -> None:
        """Those whose word never came are played at the end."""
        for wish, _ in self._wishes:
            self._line.mark(wish.act)
        self._wishes = []

"""One thing that the avatar says, while its text still comes and its words are placed on the media clock."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import TypedDict

from audio_processor.speaking.sentences import SentenceSplitter
from avatar.types import Word
from live.conversation.marks import Act, Mark
from live.messages import TimedWord
from live.utterance import Utterance

LOOK_SECONDS: Final = 0.05
"""How often one who waits for text looks whether the line was cut."""


class CutError(Exception):
    """What was being said is to be said no more."""


class Manner(TypedDict, total=False):
    """How something is said: under which name, in which language and voice, in place of what is being said or after."""

    id: str | None
    language: str | None
    voice: str | None
    interrupt: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a line's text, from character `offset` on, that is spoken at once; without text there are marks."""

    text: str
    offset: int
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word from character `begin` to `end` of the line's text, and when it is said."""

    timed: TimedWord
    begin: int
    end: int


@dataclass
class Heard:
    """What has happened to a line, each in seconds of `time.monotonic`; None where it has not yet.

    `sentence`: the first was cut from the text; `made`: its first sound; `sound`: that was heard; `frame`: and seen.
    """

    sentence: float | None = None
    made: float | None = None
    sound: float | None = None
    frame: float | None = None


@dataclass
class Line:
    """What is said under one name. One thread adds text, another takes sentences, which it cuts from the text.

    `language` is None where each sentence tells its own. `seen` is set when its first frame was seen, `over` when the
    last of it was heard, or it was cut; then `cut_at` is when, on the media clock. `ends_at` is when what was made so
    far has been heard.
    """

    utterance: Utterance
    language: str | None = None
    voice: str | None = None
    seen: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    heard: Heard = field(default_factory=Heard)
    cut_at: float | None = None
    ends_at: float = 0.0
    text: str = ""
    _coming: queue.SimpleQueue[str | Mark | None] = field(default_factory=queue.SimpleQueue)
    _taken: int = 0
    _marks: list[Mark] = field(default_factory=list)
    _splitter: SentenceSplitter = field(default_factory=SentenceSplitter)
    _placed: list[PlacedWord] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.utterance.name

    @property
    def is_cut(self) -> bool:
        return self.utterance.cut

    def cut(self) -> None:
        """Says nothing more of it. What is playing of it plays on: that is the stage's to clear."""
        self.utterance.cut = True

    def check(self) -> None:
        """Raises `CutError`."""
        if self.utterance.cut:
            raise CutError

    def mark(self, act: Act, offset: int | None = None) -> None:
        """On the word at that character, which has not come yet; without an `offset` on the one that comes next."""
        self._coming.put(Mark(len(self.text) if offset is None else offset, act))

    def add(self, text: str) -> None:
        """More of the text, cut anywhere."""
        self.text += text
        self._coming.put(text)

    def end(self) -> None:
        """No more text comes."""
        self._coming.put(None)

    def sentences(self) -> Iterator[Sentence]:
        """As they come. Raises `CutError` soon after the line was cut."""
        while True:
            self.check()
            try:
                came = self._coming.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(came, Mark):
                self._marks.append(came)
                continue
            yield from self._placed_in_text(self._splitter.flush() if came is None else self._splitter.push(came))
            if came is None:
                break
        if self._marks:
            yield Sentence("", len(self.text), tuple(self._marks))

    def place(self, sentence: Sentence, words: Sequence[Word], at: float) -> list[PlacedWord]:
        """The words of a sentence with their places in the text; their times count from `at`."""
        cursor, end = sentence.offset, sentence.offset + len(sentence.text)
        if self._placed and self._placed[-1].end > cursor:
            cursor = self._placed[-1].end
        placed = []
        for word in words:
            found = self.text.find(word.text, cursor, end)
            begin = cursor if found < 0 else found
            cursor = begin if found < 0 else begin + len(word.text)
            placed.append(
                PlacedWord(TimedWord(text=word.text, start=at + word.start, end=at + word.end), begin, cursor)
            )
        self._placed += placed
        return placed

    def spoken(self) -> str:
        """The text as far as it was heard: to the last word that began before the cut."""
        until = self.cut_at
        if until is None:
            return self.text.strip()
        ends = [word.end for word in self._placed if word.timed.start < until]
        return self.text[: max(ends, default=0)].strip()

    def _placed_in_text(self, pieces: Sequence[str]) -> Iterator[Sentence]:
        for piece in pieces:
            self.check()
            begin = self.text.index(piece, self._taken)
            self._taken = begin + len(piece)
            self.heard.sentence = self.heard.sentence or time.monotonic()
            own = tuple(mark for mark in self._marks if mark.offset < self._taken)
            self._marks = [mark for mark in self._marks if mark.offset >= self._taken]
            yield Sentence(piece, begin, own)

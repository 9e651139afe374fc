"""Text becomes what the avatar says: sentence by sentence through an engine, with captions and what the face does."""

import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from typing_extensions import Unpack

from audio_processor.speaking.base import SpokenPiece
from avatar.errors import AvatarError
from avatar.performance import ControlParameters, Cue
from avatar.types import Word
from live.conversation.line import CutError, Line, Manner, PlacedWord, Sentence
from live.conversation.marks import Act, Feeling
from live.conversation.outliving import CLOSE_SECONDS, outlived
from live.conversation.prompter import Prompter
from live.conversation.reader import seconds_of, spread_words
from live.conversation.refusals import TooManyLinesError
from live.conversation.voices import Cast, Engaged, unheard
from live.messages import Caption, Problem
from live.stage import Stage

AHEAD_SECONDS: Final = 8.0
"""Sound that waits to be played while more is made: about a sentence."""

ROOM_SECONDS: Final = 0.05
CUE_LEAD_SECONDS: Final = 0.4
"""A cue is handed over so long before its peak, so that it can rise."""

SPEECH_FAILED: Final = "speech_failed"

MOST_WAITING_LINES: Final = 30


class Talking:
    """Speaks lines one after the other, in a thread of its own, from the first that is said until `close`.

    `on_sound` hears of every line that begins to be heard, `on_over` of every one that has been heard to its end or was
    cut, in a thread of the stage or that of whoever cuts it.
    """

    def __init__(
        self,
        stage: Stage,
        cast: Cast,
        *,
        on_sound: Callable[[Line], None] = lambda _: None,
        on_over: Callable[[Line], None] = lambda _: None,
    ) -> None:
        self._stage, self._cast = stage, cast
        self._on_over = on_over
        self._prompter = Prompter(stage, on_sound, self._over)
        self._before: ControlParameters | None = None
        self._felt: Feeling | None = None
        self._beginning = threading.Lock()
        self._lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="talking", daemon=True)
        stage.add(self._prompter)
        self._thread.start()

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said, or waits to be."""
        return self._prompter.count > 0

    def require_room(self) -> None:
        """Raises `TooManyLinesError`."""
        if self._prompter.count >= MOST_WAITING_LINES:
            raise TooManyLinesError(
                f"As many texts wait to be said as may: {MOST_WAITING_LINES}.",
                cure="Wait until some have been said, or send clear.",
            )

    def say(self, text: str, *, cues: Sequence[Cue] = (), **manner: Unpack[Manner]) -> Line:
        """Says the whole text after what is being said, or in its place. `cues` have the words of the text they are on.

        Returns at once.
        """
        line = self.begin(**manner)
        begins = [match.start() for match in re.finditer(r"\S+", text)] if cues else []
        begins = begins or [0]
        for cue in cues:
            line.mark(cue, begins[min(cue.word or 0, len(begins) - 1)])
        line.add(text)
        line.end()
        return line

    def begin(self, **manner: Unpack[Manner]) -> Line:
        """A line whose text is still to come; it is spoken as soon as its first sentence has."""
        if manner.get("interrupt"):
            self.clear()
        utterance = self._stage.utterance(name=manner.get("id"))
        line = Line(utterance, manner.get("language"), manner.get("voice"))
        with self._beginning:
            self._prompter.watch(line)
            self._lines.put(line)
        return line

    def clear(self) -> None:
        """Stops what is being said and drops what waits."""
        at = self._stage.now
        self._stage.clear()
        self._prompter.cut(at)

    def drop(self, line: Line) -> None:
        """Says nothing more of a line. What is playing of it plays on until `clear`."""
        line.cut()
        self._prompter.cut(self._stage.now)

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Says nothing more; returns when the thread has ended, or after so many seconds."""
        self.clear()
        self._lines.put(None)
        self._thread.join(seconds)
        self._stage.remove(self._prompter)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            with self._outlived("What was to be said"), suppress(CutError):
                for sentence in line.sentences():
                    self._speak(line, sentence)
            with self._outlived("The end of what was said"):
                self._end(line)

    def _outlived(self, what: str) -> AbstractContextManager[None]:
        return outlived(SPEECH_FAILED, what, self._stage.tell)

    def _end(self, line: Line) -> None:
        """A line that cannot be brought to its end is cut, so that nobody waits for it."""
        try:
            line.utterance.end()
        finally:
            if not line.utterance.ended:
                line.utterance.ended = True
                self.drop(line)

    def _speak(self, line: Line, sentence: Sentence) -> None:
        if not sentence.text:
            for mark in sentence.marks:
                self._act(line, mark.act, line.ends_at)
            return
        language = self._cast.language(sentence.text, line.language)
        engaged = self._cast.engage(language, line.voice)
        try:
            self._play(line, sentence, _Told(language, engaged))
        except AvatarError as error:
            self._stage.tell(
                Problem(code=SPEECH_FAILED, message=error.message, cure=error.cure, retryable=error.retryable)
            )
            self._play(line, sentence, _Told(language, unheard(error.message)))

    def _play(self, line: Line, sentence: Sentence, told: "_Told") -> None:
        is_first, marks = True, list(sentence.marks)
        speaker, voice = told.engaged.speaker, told.engaged.voice
        for piece in speaker.speak(sentence.text, language=told.language, voice=voice, check=line.check):
            line.heard.made = line.heard.made or time.monotonic()
            self._wait_for_room(line)
            at = line.utterance.push(piece.samples, piece.rate, piece.phonemes)
            line.check()
            line.ends_at = at + piece.duration
            words = line.place(sentence, _words_of(piece, sentence, is_first=is_first), at)
            self._caption(line, words, sentence, told)
            while marks and words and marks[0].offset < words[-1].end:
                mark = marks.pop(0)
                self._act(line, mark.act, _moment(words, mark.offset))
            is_first = False
        for mark in marks:
            self._act(line, mark.act, line.ends_at)

    def _wait_for_room(self, line: Line) -> None:
        while self._stage.waiting_seconds > AHEAD_SECONDS:
            line.check()
            time.sleep(ROOM_SECONDS)
        line.check()

    def _caption(self, line: Line, words: Sequence[PlacedWord], sentence: Sentence, told: "_Told") -> None:
        """Told as the first of the words is said."""
        if not words:
            return
        caption = Caption(
            who="avatar",
            text=_shown(line.text[words[0].begin : sentence.offset + len(sentence.text)], words),
            at=words[0].timed.start,
            duration=words[-1].timed.end - words[0].timed.start,
            words=tuple(word.timed for word in words),
            utterance=line.name,
            language=told.language,
            audible=told.engaged.audible,
        )
        self._prompter.at(caption.at, line, partial(self._stage.tell, caption))

    def _act(self, line: Line, act: Act, moment: float) -> None:
        if isinstance(act, Feeling):
            self._prompter.at(moment, line, partial(self._feel, act))
        else:
            cue = act.model_copy(update={"at": moment, "word": None})
            self._prompter.at(moment - CUE_LEAD_SECONDS, line, partial(self._stage.cue, cue))

    def _feel(self, feeling: Feeling) -> None:
        controls = self._stage.controls
        self._before = self._before or controls
        self._felt = feeling
        self._stage.direct(
            controls.model_copy(update={"emotion": feeling.emotion, "expression_intensity": feeling.intensity})
        )

    def _over(self, line: Line) -> None:
        """The face goes back to the emotion before the line, unless somebody has chosen another meanwhile."""
        before, felt = self._before, self._felt
        if before is not None and felt is not None:
            self._before = self._felt = None
            controls = self._stage.controls
            if controls.emotion == felt.emotion:
                kept = {"emotion": before.emotion, "expression_intensity": before.expression_intensity}
                self._stage.direct(controls.model_copy(update=kept))
        self._on_over(line)


@dataclass(frozen=True, slots=True)
class _Told:
    language: str
    engaged: Engaged


def _words_of(piece: SpokenPiece, sentence: Sentence, *, is_first: bool) -> tuple[Word, ...]:
    """The words that an engine tells, or else all of the sentence, spread over about as long as it takes."""
    if piece.words or not is_first:
        return piece.words
    return spread_words(sentence.text, max(piece.duration, seconds_of(sentence.text)))


def _shown(rest: str, words: Sequence[PlacedWord]) -> str:
    """The text of these words, with the signs that follow the last of them."""
    end = words[-1].end - words[0].begin
    while end < len(rest) and not rest[end].isalnum() and not rest[end].isspace():
        end += 1
    return rest[:end]


def _moment(words: Sequence[PlacedWord], offset: int) -> float:
    """The middle of the first word that ends after that character."""
    word = next(word for word in words if word.end > offset)
    return (word.timed.start + word.timed.end) / 2

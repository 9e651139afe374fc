"""A whole text, spoken sentence by sentence by any engine."""

from collections.abc import Callable, Iterable, Iterator

from audio_processor.speaking.base import Speaker, SpokenPiece, Voice
from audio_processor.speaking.sentences import SentenceSplitter
from audio_processor.tts import check_text
from avatar.errors import InputError


def uttered(
    speaker: Speaker,
    text: str,
    *,
    language: str,
    voice: Voice | None = None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[SpokenPiece]:
    """The pieces of the text as they are made; the first is short, so that it comes early.

    Raises at once what `speaker.speak` raises for a text that is empty or too long, and later what it raises else.
    """
    check_text(text)
    splitter = SentenceSplitter()
    sentences = [*splitter.push(text), *splitter.flush()]

    def say(sentence: str) -> Iterator[SpokenPiece]:
        return speaker.speak(sentence, language=language, voice=voice, check=check)

    return spoken_parts(sentences, say, check)


def spoken_parts(
    parts: Iterable[str], say: Callable[[str], Iterator[SpokenPiece]], check: Callable[[], None]
) -> Iterator[SpokenPiece]:
    """What `say` makes of each part. One in which it finds nothing to say is left out, unless that goes for all.

    `check` is called before each. Raises the `InputError` of such a part where nothing at all was said.
    """
    refused: InputError | None = None
    has_spoken = False
    for part in parts:
        check()
        try:
            for piece in say(part):
                has_spoken = True
                yield piece
        except InputError as error:
            refused = error
    if refused is not None and not has_spoken:
        raise refused

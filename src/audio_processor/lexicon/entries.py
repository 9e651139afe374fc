"""What a lexicon of feelings holds, and how a word is looked up in it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from avatar.types import EmotionLabel

Kind = EmotionLabel | Literal["good", "bad"]
"""A feeling, or praise and blame that name none."""

STEM_MARK: Final = "*"
LEAST_STEM: Final = 3
EDGES: Final = re.compile(r"^\W+|\W+$")
APOSTROPHES: Final = str.maketrans({"’": "'", "`": "'"})


class Found(NamedTuple):
    """A word of feeling at index `at` among the words, whose kind is `kind`."""

    at: int
    kind: Kind


@dataclass(frozen=True)
class Lexicon:
    """Words of one language, separated by spaces; one that ends in `*` stands for all that begin so.

    `negations` turn the words of feeling after them, and in a language that `denies_after` those before them too;
    `stronger` and `weaker` change their weight. In a language that is not `spaced` between words, entries are found
    anywhere in the text and hold no `*`.
    """

    feelings: Mapping[Kind, str]
    negations: str
    stronger: str
    weaker: str
    spaced: bool = True
    denies_after: bool = False

    def kind_of(self, word: str) -> Kind | None:
        """The longest entry that the word is or begins with decides."""
        if word in self._whole:
            return self._whole[word]
        for length in range(len(word), LEAST_STEM - 1, -1):
            if word[:length] in self._stems:
                return self._stems[word[:length]]
        return None

    def found_in(self, text: str) -> Iterator[Found]:
        """Entries anywhere in a text without spaces, the longest at each place, by the index of their first letter."""
        at = 0
        while at < len(text):
            length = next((n for n in range(self._longest, 0, -1) if text[at : at + n] in self._whole), 0)
            if length:
                yield Found(at, self._whole[text[at : at + length]])
            at += length or 1

    @cached_property
    def denying(self) -> frozenset[str]:
        return frozenset(self.negations.split())

    @cached_property
    def strengthening(self) -> frozenset[str]:
        return frozenset(self.stronger.split())

    @cached_property
    def weakening(self) -> frozenset[str]:
        return frozenset(self.weaker.split())

    @cached_property
    def _entries(self) -> dict[str, Kind]:
        return {entry: kind for kind, words in self.feelings.items() for entry in words.split()}

    @cached_property
    def _whole(self) -> dict[str, Kind]:
        return {entry: kind for entry, kind in self._entries.items() if not entry.endswith(STEM_MARK)}

    @cached_property
    def _stems(self) -> dict[str, Kind]:
        marked = {entry: kind for entry, kind in self._entries.items() if entry.endswith(STEM_MARK)}
        return {entry.removesuffix(STEM_MARK): kind for entry, kind in marked.items()}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._whole), default=0)


def plain(word: str) -> str:
    """In lower case, composed, without the marks around it."""
    return EDGES.sub("", unicodedata.normalize("NFC", word).translate(APOSTROPHES).lower())

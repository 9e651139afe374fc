"""What words seem to feel: a lexicon of each language, with negation and degree.

The words are our own; valence and arousal are the labels' (`avatar.emotions`). A word of feeling that is denied
speaks softly for its opposite. A language without a lexicon says nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from audio_processor.lexicon.de import GERMAN
from audio_processor.lexicon.en import ENGLISH
from audio_processor.lexicon.entries import Kind, Lexicon, plain
from audio_processor.lexicon.es import SPANISH
from audio_processor.lexicon.fr import FRENCH
from audio_processor.lexicon.it import ITALIAN
from audio_processor.lexicon.pt import PORTUGUESE
from audio_processor.lexicon.zh import CHINESE
from avatar.emotions import expected, shares
from avatar.types import EmotionLabel, EmotionReading, Span, Transcript, Word

WORDS: Final = "words"
LEXICONS: Final[Mapping[str, Lexicon]] = {
    "en": ENGLISH,
    "de": GERMAN,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "zh": CHINESE,
}
"""By the first part of the language's code; Mandarin goes by `cmn` too."""

ALIASES: Final = {"cmn": "zh"}

MEANS: Final[Mapping[Kind, Mapping[EmotionLabel, float]]] = {
    "good": {"happy": 0.6},
    "bad": {"sad": 0.3, "angry": 0.3, "fearful": 0.15, "disgusted": 0.15},
}
"""What praise and blame that name no feeling speak for; every other kind speaks for itself."""

DENIED: Final[Mapping[Kind, Kind]] = {"happy": "bad", "good": "bad"}
"""What a denied word stands for: `good` where it was an unhappy one."""

EVIDENCE: Final = 2.2
"""Nepers for a plain word of feeling in the window."""

MOST_EVIDENCE: Final = 4.0
NEUTRAL_BIAS: Final = 1.5
CALM_WEIGHT: Final = 0.5
"""What the words that feel nothing weigh together, in words of feeling."""

STRONGER, WEAKER, DENIED_WEIGHT = 1.5, 0.6, 0.6
DENIAL_REACH, DEGREE_REACH = 3, 1
"""How many words before (or after) it change a word of feeling."""

DENIAL_REACH_LETTERS: Final = 2
"""The same in a language without spaces."""

NEARBY_SECONDS: Final = 2.0
NEARBY_WEIGHT: Final = 0.4
"""Words so near to the window count so much in it."""

CALM_CONFIDENCE: Final = 0.15
"""Of a window in which nothing of feeling is said."""


class Felt(NamedTuple):
    """A word of feeling, the time of its middle in seconds, and a weight that is 1 for a plain one."""

    time: float
    kind: Kind
    weight: float


def word_readings(transcript: Transcript | None, windows: Sequence[Span]) -> tuple[EmotionReading | None, ...]:
    """What the words say in each window; None where nobody knows them or their language has no lexicon."""
    lexicon = lexicon_of(transcript.language) if transcript else None
    if transcript is None or lexicon is None:
        return (None,) * len(windows)
    felt = felt_words(transcript.words, lexicon)
    return tuple(_reading(felt, window) for window in windows)


def lexicon_of(language: str) -> Lexicon | None:
    """The lexicon of a language code such as `en-us`."""
    first = language.casefold().replace("_", "-").partition("-")[0]
    return LEXICONS.get(ALIASES.get(first, first))


def felt_words(words: Sequence[Word], lexicon: Lexicon) -> list[Felt]:
    """The words of feeling, in order."""
    return _spaced(words, lexicon) if lexicon.spaced else _unspaced(words, lexicon)


def _spaced(words: Sequence[Word], lexicon: Lexicon) -> list[Felt]:
    texts = [plain(word.text) for word in words]
    felt = []
    for at, (word, text) in enumerate(zip(words, texts, strict=True)):
        kind = lexicon.kind_of(text)
        if kind is None:
            continue
        around = texts[max(0, at - DENIAL_REACH) : at]
        if lexicon.denies_after:
            around += texts[at + 1 : at + 1 + DENIAL_REACH]
        denied = any(text in lexicon.denying for text in around)
        felt.append(_felt(word, kind, _degree(texts[max(0, at - DEGREE_REACH) : at], lexicon), denied=denied))
    return felt


def _unspaced(words: Sequence[Word], lexicon: Lexicon) -> list[Felt]:
    text, owners = "", []
    for word in words:
        letters = plain(word.text)
        text += letters
        owners += [word] * len(letters)
    felt = []
    for at, kind in lexicon.found_in(text):
        before = [text[max(0, at - length) : at] for length in range(1, DENIAL_REACH_LETTERS + 2)]
        denied = any(letters[:1] in lexicon.denying or letters in lexicon.denying for letters in before)
        felt.append(_felt(owners[at], kind, _degree(before, lexicon), denied=denied))
    return felt


def _degree(before: Sequence[str], lexicon: Lexicon) -> float:
    if any(text in lexicon.weakening for text in before):
        return WEAKER
    return STRONGER if any(text in lexicon.strengthening for text in before) else 1.0


def _felt(word: Word, kind: Kind, degree: float, *, denied: bool) -> Felt:
    middle = (word.start + word.end) / 2.0
    return Felt(middle, DENIED.get(kind, "good"), DENIED_WEIGHT) if denied else Felt(middle, kind, degree)


def _reading(felt: Sequence[Felt], window: Span) -> EmotionReading:
    weights: dict[EmotionLabel, float] = {}
    heard = 0.0
    for time, kind, weight in felt:
        counts = weight * _nearness(time, window)
        heard += counts
        for label, share in _means(kind).items():
            weights[label] = weights.get(label, 0.0) + counts * share
    evidence = {label: min(EVIDENCE * weight, MOST_EVIDENCE) for label, weight in weights.items()}
    valence, arousal = expected({label: weight / (heard + CALM_WEIGHT) for label, weight in weights.items()})
    scores = shares({"neutral": NEUTRAL_BIAS, **evidence})
    return EmotionReading(WORDS, scores, valence, arousal, max(heard / (heard + 1.0), CALM_CONFIDENCE))


def _means(kind: Kind) -> Mapping[EmotionLabel, float]:
    return MEANS[kind] if kind == "good" or kind == "bad" else {kind: 1.0}


def _nearness(time: float, window: Span) -> float:
    if window.start <= time < window.end:
        return 1.0
    return NEARBY_WEIGHT if window.start - NEARBY_SECONDS <= time < window.end + NEARBY_SECONDS else 0.0

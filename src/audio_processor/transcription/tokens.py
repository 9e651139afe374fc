"""Whisper's tokens in the forms that faster-whisper reads, from the tables that openai-whisper carries."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tiktoken import Encoding

LANGUAGES_OF_V3: Final = 100
LANGUAGES_BEFORE_V3: Final = 99
VOCABULARY_OF_V3: Final = 51_866

NOT_LANGUAGES: Final = frozenset(
    f"<|{name}|>"
    for name in (
        [
            "endoftext",
            "startoftranscript",
            "translate",
            "transcribe",
            "startoflm",
            "startofprev",
            "nospeech",
            "notimestamps",
        ]
    )
)


@dataclass(frozen=True, slots=True)
class TokenTable:
    """`vocabulary`: every token by its number. `suppressed`: never read; `suppressed_first`: not at the beginning."""

    vocabulary: tuple[str, ...]
    languages: tuple[int, ...]
    suppressed: tuple[int, ...]
    suppressed_first: tuple[int, ...]
    tokenizer_json: str


def token_table(*, multilingual: bool, size: int) -> TokenTable:
    """The tokens of a checkpoint whose vocabulary has `size` entries."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from whisper.tokenizer import get_encoding, get_tokenizer

    count = LANGUAGES_OF_V3 if size >= VOCABULARY_OF_V3 else LANGUAGES_BEFORE_V3
    encoding = get_encoding("multilingual" if multilingual else "gpt2", num_languages=count)
    ours = get_tokenizer(multilingual, num_languages=count)
    plain = _plain_tokens(encoding)
    tokenizer = Tokenizer(models.BPE(vocab={text: rank for rank, text in enumerate(plain)}, merges=_merges(encoding)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = sorted(encoding._special_tokens, key=lambda text: encoding._special_tokens[text])
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    spoken = [text for text in special if text not in NOT_LANGUAGES and not _is_time(text)]
    return TokenTable(
        vocabulary=tuple(plain + special),
        languages=tuple(encoding._special_tokens[text] for text in spoken) if multilingual else (),
        suppressed=tuple(sorted({*ours.non_speech_tokens, *_never_read(encoding)})),
        suppressed_first=(*ours.encoding.encode(" "), ours.eot),
        tokenizer_json=tokenizer.to_str(),
    )


def _never_read(encoding: "Encoding") -> Iterator[int]:
    for name in ("translate", "transcribe", "startoftranscript", "startofprev", "startoflm", "nospeech"):
        yield encoding._special_tokens[f"<|{name}|>"]


def _is_time(text: str) -> bool:
    return text[2:-2].replace(".", "").isdigit()


def _plain_tokens(encoding: "Encoding") -> list[str]:
    ranks = encoding._mergeable_ranks
    return [_shown(token) for token in sorted(ranks, key=lambda token: ranks[token])]


def _shown(token: bytes) -> str:
    return "".join(_LETTERS[byte] for byte in token)


def _letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte: itself where that can be seen, else one from U+0100 on."""
    seen = set(chain(range(0x21, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x100)))
    hidden = [byte for byte in range(256) if byte not in seen]
    return {byte: chr(byte) for byte in seen} | {byte: chr(256 + i) for i, byte in enumerate(hidden)}


_LETTERS: Final = _letters()


def _merges(encoding: "Encoding") -> list[tuple[str, str]]:
    """The pair that each longer token is made of: its last two parts when all earlier merges have been done."""
    ranks = encoding._mergeable_ranks
    pairs = []
    for token in sorted(ranks, key=lambda token: ranks[token]):
        if len(token) > 1:
            parts = _parts(token, ranks)
            if len(parts) == 2:
                pairs.append((_shown(parts[0]), _shown(parts[1])))
    return pairs


def _parts(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """`token` as the merges of lower rank leave it."""
    parts = [bytes([byte]) for byte in token]
    limit = ranks[token]
    while len(parts) > 2:
        rank, at = min((ranks.get(parts[i] + parts[i + 1], limit), i) for i in range(len(parts) - 1))
        if rank >= limit:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts

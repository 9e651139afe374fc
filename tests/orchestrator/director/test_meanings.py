"""Words with a meaning are found in seven languages, the longest run first."""

import pytest

from orchestrator.director.meanings import Meant, meanings_of


def found(text: str, language: str = "en") -> list[tuple[str, int, int]]:
    return [(meant.meaning, meant.first, meant.last) for meant in meanings_of(text.split(), language)]


@pytest.mark.parametrize(
    ("language", "text", "meanings"),
    [
        ("en-us", "Hello, yes, no; first, maybe. Thanks! Bye", "greeting yes no item doubt thanks parting"),
        ("de", "Guten Tag, ja, nein; erstens, vielleicht. Danke! Tschüss", "greeting yes no item doubt thanks parting"),
        ("es", "¡Hola! Sí, no; finalmente, quizás. ¡Gracias! Adiós", "greeting yes no item doubt thanks parting"),
        ("fr", "Bonjour, oui, non; ensuite, peut-être. Merci! Adieu", "greeting yes no item doubt thanks parting"),
        ("it", "Ciao, sì, no; infine, forse. Grazie! Arrivederci", "greeting yes no item doubt thanks parting"),
        ("pt_BR", "Olá, sim, não; finalmente, talvez. Obrigado! Tchau", "greeting yes no item doubt thanks parting"),
        ("zh", "你好 是的 没有 首先 也许 谢谢 再见", "greeting yes no item doubt thanks parting"),
    ],
)
def test_each_language_has_its_words(language: str, text: str, meanings: str) -> None:
    assert [meaning for meaning, _, _ in found(text, language)] == meanings.split()


def test_a_run_of_words_counts_as_one() -> None:
    assert found("of course I do") == [("yes", 0, 1)]
    assert found("no problem, thank you") == [("yes", 0, 1), ("thanks", 2, 3)]


def test_what_only_looks_like_another_meaning_is_none() -> None:
    assert found("Not only that, isn't it so, why not") == []
    assert found("not that") == [("no", 0, 0)]


def test_chinese_words_are_found_across_and_within_the_words_of_the_transcript() -> None:
    assert found("大 家 好 我们不 同", "cmn") == [("greeting", 0, 2)]
    assert list(meanings_of(["谢", "谢你"], "zh-cn")) == [Meant("thanks", 0, 1)]


@pytest.mark.parametrize("words", [[], [""], ["…", "?"], ["don’t"]])
def test_marks_alone_mean_nothing(words: list[str]) -> None:
    assert [meant.meaning for meant in meanings_of(words, "en")] == (["no"] if words == ["don’t"] else [])


def test_a_language_without_a_lexicon_means_nothing() -> None:
    assert found("Hello yes no", "fi") == []
    assert found("Hello yes no", "") == []

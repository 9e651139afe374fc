import pytest

from audio_processor.speaking.tongues import language_of

TALK = ("en-us", "zh", "es")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hello!", "en-us"),
        ("Can you tell me a joke?", "en-us"),
        ("你好，你会说什么？", "zh"),
        ("我用 Python 写程序", "zh"),
        ("Hola", "es"),
        ("¿Qué tal?", "es"),
        ("Me llamo Juan", "es"),
        ("Gracias", "es"),
    ],
)
def test_english_chinese_and_spanish_are_told_apart(text: str, code: str) -> None:
    assert language_of(text, TALK) == code


@pytest.mark.parametrize("text", ["", "42", "OK", "Madrid", "No", "Привет"])
def test_what_is_not_sure_is_not_guessed(text: str) -> None:
    assert language_of(text, TALK) is None


@pytest.mark.parametrize(
    ("text", "candidates", "code"),
    [
        ("Привет, как дела?", ("en", "ru"), "ru"),
        ("Привіт", ("uk", "en"), "uk"),
        ("東京", ("ja", "en"), "ja"),
        ("東京です", ("zh", "ja"), "ja"),
        ("안녕하세요", ("en", "ko"), "ko"),
        ("Où est la gare?", ("en", "fr", "es"), "fr"),
        ("Wie geht es dir?", ("en", "de"), "de"),
        ("Anything at all", ("zh", "pl"), "pl"),
    ],
)
def test_others_are_told_by_script_or_words(text: str, candidates: tuple[str, ...], code: str) -> None:
    assert language_of(text, candidates) == code

import numpy as np
import pytest

from audio_processor.articulation import ARTICULATIONS, FOLLOWERS, articulation, letters
from audio_processor.phonemes import LEAD_SECONDS, viseme_track
from audio_processor.spoken_words import Phoneme, spoken_phonemes
from audio_processor.tts import speak
from avatar.blendshapes import VISEME_INDEX, VISEMES
from avatar.types import VisemeTrack
from tests.audio_processor.sounds import Said

FRAMES_PER_SECOND = 100


def timed(*sounds: tuple[str, float], start: float = 0.0) -> list[Phoneme]:
    """Phonemes one after the other, from symbols and lengths in seconds."""
    found = []
    for symbol, seconds in sounds:
        found.append(Phoneme(symbol, start, start + seconds))
        start += seconds
    return found


def at(seconds: float) -> int:
    return max(0, round((seconds - LEAD_SECONDS) * FRAMES_PER_SECOND))


@pytest.fixture(scope="module")
def spoken_lips(said: Said) -> VisemeTrack:
    return viseme_track(said.spoken.phonemes, len(said.samples) // 160 + 1)


def test_every_curve_has_its_range_and_rows_sum_to_one(spoken_lips: VisemeTrack) -> None:
    assert spoken_lips.probabilities.shape[1] == len(VISEMES)
    assert np.allclose(spoken_lips.probabilities.sum(axis=1), 1.0, atol=1e-4)
    for curve in (spoken_lips.opening, spoken_lips.width, spoken_lips.rounding, spoken_lips.closure):
        assert curve.dtype == np.float32
        assert 0.0 <= curve.min() <= curve.max() <= 1.0


@pytest.mark.parametrize("symbol", ["p", "b", "m"])
@pytest.mark.parametrize("seconds", [0.03, 0.06, 0.12])
def test_bilabials_close_the_lips_for_longer_than_a_video_frame(symbol: str, seconds: float) -> None:
    track = viseme_track(timed(("ˈæ", 0.2), (symbol, seconds), ("ˈæ", 0.2)), 60)

    closed = track.opening < 0.06
    assert closed.sum() >= 4
    assert track.closure.max() > 0.8
    assert closed[: at(0.1)].sum() == 0


def test_every_bilabial_of_a_spoken_text_closes_and_opens_again(said: Said, spoken_lips: VisemeTrack) -> None:
    bilabials = [p for p in said.spoken.phonemes if p.symbol in ("p", "b", "m")]
    assert len(bilabials) >= 5

    for sound in bilabials:
        assert spoken_lips.opening[at(sound.start) : at(sound.end) + 2].min() < 0.03
        assert spoken_lips.opening[at(sound.end) : at(sound.end) + 12].max() > 0.08


def test_lips_part_at_the_burst_of_a_voiceless_stop() -> None:
    track = viseme_track(timed(("ˈæ", 0.2), ("p", 0.12), ("ˈæ", 0.2)), 60)

    assert track.opening[at(0.24)] < 0.03
    assert track.opening[at(0.315)] > 0.15


def test_open_vowels_open_wider_than_close_ones() -> None:
    peaks = [viseme_track(timed(("t", 0.1), (vowel, 0.2), ("t", 0.1)), 50).opening.max() for vowel in "æɛiou"]

    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > 0.6


def test_spread_vowels_are_wide_and_rounded_ones_narrow() -> None:
    spread, round_ = (viseme_track(timed((vowel, 0.4)), 50) for vowel in "iu")

    assert spread.width[at(0.2)] > 0.65
    assert spread.rounding[at(0.2)] < 0.1
    assert round_.width[at(0.2)] < 0.2
    assert round_.rounding[at(0.2)] > 0.9


def test_rounding_begins_before_the_rounded_sound() -> None:
    track = viseme_track(timed(("i", 0.2), ("t", 0.1), ("u", 0.3)), 70)

    assert track.rounding[at(0.27)] > 0.3
    assert track.rounding[at(0.1)] < 0.05


def test_stressed_vowels_open_wider() -> None:
    stressed, plain = (viseme_track(timed((symbol, 0.3)), 40).opening.max() for symbol in ("ˈa", "a"))

    assert stressed > 1.15 * plain


def test_lips_move_before_the_sound() -> None:
    track = viseme_track(timed(("t", 0.3), ("ˈæ", 0.3)), 70)
    middle = (track.opening[15] + track.opening[45]) / 2

    crossing = int(np.argmax(track.opening > middle)) / FRAMES_PER_SECOND
    assert crossing == pytest.approx(0.3 - LEAD_SECONDS, abs=0.011)


def test_lips_stay_parted_in_a_short_pause_and_close_in_a_long_one() -> None:
    short = viseme_track(timed(("a", 0.2), ("", 0.25), ("a", 0.2)), 70)
    long = viseme_track(timed(("a", 0.2), ("", 1.2), ("a", 0.2)), 170)

    assert short.opening[20:45].min() > 0.08
    assert long.opening[at(0.3)] > 0.15
    assert long.opening[at(0.8)] < 0.01
    assert long.probabilities[at(0.8), VISEME_INDEX["sil"]] > 0.99


def test_lips_rest_closed_before_and_after_speech_and_part_for_a_breath() -> None:
    track = viseme_track(timed(("a", 0.3), start=1.0), 300)

    assert track.opening[:75].max() < 0.01
    assert track.opening[at(0.95)] > 0.05
    assert track.opening[200:].max() < 0.01


def test_without_phonemes_the_lips_stay_closed() -> None:
    track = viseme_track([], 200)

    assert track.opening.max() < 0.13
    assert track.opening[:180].max() < 0.01


def test_a_diphthong_has_two_shapes() -> None:
    track = viseme_track(timed(("aʊ", 0.4)), 45)

    assert track.probabilities[at(0.1)].argmax() == VISEME_INDEX["aa"]
    assert track.probabilities[at(0.36)].argmax() == VISEME_INDEX["ou"]


def test_the_breath_of_h_takes_the_shape_of_the_vowel() -> None:
    track = viseme_track(timed(("h", 0.1), ("u", 0.2)), 40)

    assert track.opening[at(0.05)] < 0.15


def test_spoken_lips_open_as_far_and_as_often_as_people_do(spoken_lips: VisemeTrack, said: Said) -> None:
    speaking = np.zeros(len(spoken_lips.opening), bool)
    for sound in said.spoken.phonemes:
        speaking[round(sound.start * 100) : round(sound.end * 100)] |= bool(sound.symbol)
    opening = spoken_lips.opening[speaking]

    assert 0.2 < opening.mean() < 0.4
    assert 0.5 < np.percentile(opening, 95) < 0.85
    assert 0.09 < (opening < 0.05).mean() < 0.39


@pytest.mark.parametrize("language", ["de", "fr", "pl", "ru", "zh", "ja", "hi", "ar", "sv", "vi", "tr", "it"])
def test_the_sounds_of_many_languages_have_lip_targets(language: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = {
        "de": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, ich auch.",
        "fr": "Portez ce vieux whisky au juge blond qui fume dans une île, un agneau.",
        "pl": "Pchnąć w tę łódź jeża lub ośm skrzyń fig.",
        "ru": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
        "zh": "我能吞下玻璃而不伤身体，女儿吃鱼去雪。",
        "ja": "いろはにほへと ちりぬるを ふじさん きゃく。",
        "hi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा।",
        "ar": "صف خلق خود كمثل الشمس إذ بزغت.",
        "sv": "Flygande bäckasiner söka hwila på mjuka tuvor, sjuk kärlek.",
        "vi": "Do bạch kim rất quý nên sẽ dùng để lắp vô xương.",
        "tr": "Pijamalı hasta yağız şoföre çabucak güvendi.",
        "it": "Pranzo d'acqua fa volti sghembi, gnocchi e figlio.",
    }[language]
    spoken = speak(text, language=language, folder=tmp_path_factory.mktemp("text"))

    heard = {unit.letter for phoneme in spoken.phonemes for unit in letters(phoneme.symbol)}
    assert heard <= ARTICULATIONS.keys() | FOLLOWERS


def test_targets_name_real_visemes_and_stay_in_range() -> None:
    for shape in ARTICULATIONS.values():
        assert shape.viseme in VISEME_INDEX
        assert all(0.0 <= value <= 1.0 for value in (shape.opening, shape.width, shape.rounding, shape.closure))


def test_an_unknown_letter_gets_a_neutral_mouth() -> None:
    assert 0.2 < articulation("ǂ").opening < 0.6


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [("ˈaɪ", "aɪ"), ("tʃ", "tʃ"), ("ɔ̃", "ɔ"), ("ˌuː", "u"), ("s.", "ʂ"), ("tʲ", "t"), ("(en)", ""), ("", "")],
)
def test_symbols_are_read_letter_by_letter(symbol: str, expected: str) -> None:
    units = letters(symbol)

    assert "".join(unit.letter for unit in units) == expected
    assert sum(unit.share for unit in units) == pytest.approx(1.0 if units else 0.0)


def test_the_closure_of_a_stop_begins_before_its_burst() -> None:
    sounds = spoken_phonemes([("a", 0.0), ("p", 0.2), ("a", 0.25), ("", 0.4), ("t", 0.46), ("", 0.5)], 1.0)

    assert [(s.symbol, round(s.start, 3)) for s in sounds] == [
        ("a", 0.0),
        ("p", 0.16),
        ("a", 0.25),
        ("t", 0.4),
        ("", 0.5),
    ]

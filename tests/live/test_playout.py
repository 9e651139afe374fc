"""The sound that waits to be played."""

import numpy as np

from live.contract import SOUND_RATE_HZ
from live.playout import FADE_SAMPLES, RISE_SAMPLES, Playout


def test_what_is_appended_comes_out_once_after_its_lead_and_silence_round_it() -> None:
    playout = Playout()
    assert playout.append(np.full(100, 7, np.int16), "a", lead=30) == 30
    given = [playout.take(40) for _ in range(4)]
    out = np.concatenate([part.samples for part in given])
    assert out.tolist() == [0] * 30 + [7] * 100 + [0] * 30
    assert [part.utterances for part in given] == [("a",), ("a",), ("a",), ("a",)]
    assert playout.take(40).utterances == ()


def test_one_utterance_follows_another_without_a_gap() -> None:
    playout = Playout()
    playout.append(np.full(10, 1, np.int16), "a", lead=0)
    assert playout.append(np.full(10, 2, np.int16), "b", lead=5) == 10
    assert playout.take(20).samples.tolist() == [1] * 10 + [2] * 10


def test_what_is_cleared_ends_in_a_fade_and_nothing_of_it_waits() -> None:
    playout = Playout()
    playout.append(np.full(SOUND_RATE_HZ, 10_000, np.int16), "a", lead=0)
    playout.append(np.full(100, 5, np.int16), "b", lead=0)
    playout.take(1_000)
    assert playout.clear() == ("a", "b")
    rest = playout.take(2 * FADE_SAMPLES).samples
    assert np.all(np.diff(rest.astype(int)) <= 0)
    assert rest[0] == 10_000
    assert not rest[FADE_SAMPLES:].any()
    assert playout.waiting_seconds == 0.0


def test_what_was_played_and_what_waits_can_be_looked_at() -> None:
    playout = Playout(kept=20)
    playout.append(np.arange(1, 61, dtype=np.int16), "a", lead=10)
    for _ in range(4):
        playout.take(10)
    assert playout.around(15, 60).tolist() == [0] * 5 + list(range(11, 61)) + [0] * 5
    assert playout.around(50, 5).tolist() == [41, 42, 43, 44, 45]
    assert playout.around(-50, 20).tolist() == [0] * 20
    playout.clear()
    assert playout.around(30, 10).tolist() == list(range(21, 31))
    assert playout.take(10).first == 40


def test_what_has_not_begun_is_cleared_without_a_sound() -> None:
    playout = Playout()
    playout.append(np.full(100, 10_000, np.int16), "a", lead=50)
    playout.clear()
    assert not playout.take(200).samples.any()


def test_after_a_clear_the_next_utterance_has_its_whole_lead() -> None:
    playout = Playout()
    playout.append(np.full(SOUND_RATE_HZ, 10_000, np.int16), "a", lead=0)
    playout.take(1_000)
    playout.clear()
    assert playout.append(np.full(100, 5, np.int16), "b", lead=5_760) == 1_000 + 5_760
    assert playout.append(np.full(100, 5, np.int16), "b", lead=5_760) == 1_000 + 5_860


def test_what_is_hushed_passes_unheard_and_comes_back_in_its_own_time() -> None:
    playout = Playout(kept=SOUND_RATE_HZ)
    playout.append(np.full(SOUND_RATE_HZ, 10_000, np.int16), "a", lead=0)
    playout.take(1_000)
    playout.hush(8_000)
    first = playout.take(2_000)
    assert first.utterances == ("a",)
    assert np.all(np.diff(first.samples[:FADE_SAMPLES].astype(int)) < 0)
    assert not first.samples[FADE_SAMPLES:].any()
    assert not playout.around(3_000, 6_000).any()
    playout.hush(50_000)
    rest = playout.take(20_000).samples
    assert not rest[:6_000].any()
    assert np.all(np.diff(rest[6_000 : 6_000 + RISE_SAMPLES].astype(int)) > 0)
    assert np.all(rest[6_000 + RISE_SAMPLES :] == 10_000)


def test_a_hush_ends_when_it_is_told_to_and_what_is_cleared_within_one_stays_unheard() -> None:
    playout = Playout()
    playout.append(np.full(SOUND_RATE_HZ, 10_000, np.int16), "a", lead=0)
    playout.hush(SOUND_RATE_HZ)
    playout.take(2_000)
    playout.unhush()
    assert np.all(playout.take(4_000).samples[RISE_SAMPLES:] == 10_000)
    playout.hush(SOUND_RATE_HZ)
    playout.take(2_000)
    playout.clear()
    assert not playout.take(2_000).samples.any()
    playout.append(np.full(100, 7, np.int16), "b", lead=0)
    assert np.all(playout.take(100).samples == 7)

"""How many voices speak, and which of them each phrase: by timbre and pitch. Doubt counts for a single voice.

Phrases are joined two by two, those first that one Gaussian describes almost as well as two, until two groups are
left: S. Chen and P. Gopalakrishnan (1998), *Speaker, environment and channel change detection and clustering via the
Bayesian information criterion*. The groups are two voices where their mean timbre differs by more than chance and
mood explain, and each may fall apart again.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from avatar.types import HOP_SECONDS, Floats, Span

LEAST_PHRASE_FRAMES: Final = 30
LEAST_VOICE_FRAMES: Final = 100
"""Voiced frames that a phrase needs to be compared, and a group of phrases to be a voice of its own."""

MOST_PHRASES: Final = 200
"""Phrases that are compared with each other, the longest ones; the others go to the voice that they sound like."""

LEAST_EVIDENCE: Final = 28.0
"""Gain in log-likelihood by two means instead of one, over the logarithm of the number of frames.

The criterion's own bound for ten coefficients is 5; frames every 10 ms repeat each other about six times."""

LEAST_DIFFERENCE: Final = 0.2
"""The same gain for each frame, however many there are: a long recording drifts, too."""

LEAST_BESIDE_PITCH: Final = 20.0
"""`LEAST_EVIDENCE` of what pitch does not explain: a livelier voice is higher and brighter, and still the same."""

COVARIANCE_FLOOR: Final = 0.05
SEMITONES_OVER_HZ: Final = 100.0

Voice = NDArray[np.intp]


class _Sums(NamedTuple):
    """Of the voiced frames of several phrases: their number (k,), sum (k, d) and sum of products (k, d, d).

    The last of the `d` features is the pitch in semitones, those before it are the timbre.
    """

    frames: NDArray[np.float64]
    total: NDArray[np.float64]
    products: NDArray[np.float64]

    def of(self, members: NDArray[np.intp]) -> "_Sums":
        return _Sums(self.frames[members], self.total[members], self.products[members])

    def joined(self) -> "_Sums":
        return _Sums(*(part.sum(axis=0, keepdims=True) for part in self))


def speakers_of(timbre: Floats, f0_hz: Floats, phrases: tuple[Span, ...]) -> tuple[int, ...]:
    """The number of the voice that speaks each phrase, from 0 in the order in which they are first heard.

    `timbre` (n, d): mel cepstrum; `f0_hz` (n,): 0 where unvoiced.
    """
    if len(phrases) < 2:
        return (0,) * len(phrases)
    sums = _sums(timbre, f0_hz, phrases)
    longest = np.argsort(-sums.frames, kind="stable")[:MOST_PHRASES]
    compared = np.sort(longest[sums.frames[longest] >= LEAST_PHRASE_FRAMES])
    voices = _voices(sums, compared) if len(compared) else [compared]
    if len(voices) < 2:
        return (0,) * len(phrases)
    return _numbered(_likest(sums, voices))


def _sums(timbre: Floats, f0_hz: Floats, phrases: tuple[Span, ...]) -> _Sums:
    size = timbre.shape[1] + 1
    sums = _Sums(np.zeros(len(phrases)), np.zeros((len(phrases), size)), np.zeros((len(phrases), size, size)))
    for i, (start, end) in enumerate(phrases):
        inside = slice(round(start / HOP_SECONDS), round(end / HOP_SECONDS))
        voiced = f0_hz[inside] > 0
        semitones = 12.0 * np.log2(f0_hz[inside][voiced, None] / SEMITONES_OVER_HZ)
        frames = np.concatenate([timbre[inside][voiced], semitones], axis=1, dtype=np.float64)
        sums.frames[i], sums.total[i], sums.products[i] = len(frames), frames.sum(axis=0), frames.T @ frames
    return sums


def _voices(sums: _Sums, members: Voice) -> list[Voice]:
    """The phrases `members`, parted into voices."""
    if len(members) < 2:
        return [members]
    first, second = _halves(sums, members)
    if not _differ(sums.of(first).joined(), sums.of(second).joined()):
        return [members]
    return [*_voices(sums, first), *_voices(sums, second)]


def _halves(sums: _Sums, members: Voice) -> tuple[Voice, Voice]:
    groups = [members[i : i + 1] for i in range(len(members))]
    joined = _Sums(*(part[members].copy() for part in sums))
    costs = np.full((len(members), len(members)), np.inf)
    for i in range(1, len(members)):
        costs[i, :i] = _cost(joined, i, np.arange(i))
    alive = np.ones(len(members), bool)
    for _ in range(len(members) - 2):
        high, low = np.unravel_index(int(costs.argmin()), costs.shape)
        groups[low] = np.concatenate([groups[low], groups[high]])
        for part in joined:
            part[low] += part[high]
        alive[high] = False
        costs[high, :] = costs[:, high] = np.inf
        others = np.flatnonzero(alive)
        before, after = others[others < low], others[others > low]
        costs[low, before] = _cost(joined, int(low), before)
        costs[after, low] = _cost(joined, int(low), after)
    first, second = np.flatnonzero(alive)
    return groups[first], groups[second]


def _cost(sums: _Sums, one: int, others: NDArray[np.intp]) -> NDArray[np.float64]:
    """Log-likelihood (k,) lost where group `one` and each of the others share a Gaussian."""
    own, rest = sums.of(np.array([one])), sums.of(others)
    both = _Sums(*(a + b for a, b in zip(own, rest, strict=True)))
    result: NDArray[np.float64] = _unlikeliness(both) - _unlikeliness(rest) - _unlikeliness(own)
    return result


def _unlikeliness(sums: _Sums) -> NDArray[np.float64]:
    """Negative log-likelihood (k,) of frames under their own Gaussian, but for constants that cancel."""
    result: NDArray[np.float64] = 0.5 * sums.frames * np.linalg.slogdet(_covariance(sums))[1]
    return result


def _covariance(sums: _Sums) -> NDArray[np.float64]:
    mean = sums.total / sums.frames[:, None]
    spread = sums.products / sums.frames[:, None, None] - mean[:, :, None] * mean[:, None, :]
    result: NDArray[np.float64] = spread + COVARIANCE_FLOOR * np.eye(mean.shape[1])
    return result


def _differ(one: _Sums, other: _Sums) -> bool:
    """Whether two groups are two voices, by the mean of their timbre but for the level's slope over frequency."""
    least = min(one.frames[0], other.frames[0])
    if least < LEAST_VOICE_FRAMES:
        return False
    count = float(one.frames[0] + other.frames[0])
    pitch = one.total.shape[1] - 1
    shape = np.arange(2, pitch)
    gain = _gain(one, other, shape)
    beside = _gain(one, other, np.append(shape, pitch)) - _gain(one, other, np.array([pitch]))
    scale = float(np.log(count))
    return gain > LEAST_EVIDENCE * scale and gain > LEAST_DIFFERENCE * count and beside > LEAST_BESIDE_PITCH * scale


def _gain(one: _Sums, other: _Sums, features: NDArray[np.intp]) -> float:
    """Log-likelihood gained by a mean for each group, with one covariance within both."""
    count = one.frames[0] + other.frames[0]
    within = sum(sums.frames[0] / count * _covariance(sums)[0] for sums in (one, other))
    whole = _covariance(_Sums(*(a + b for a, b in zip(one, other, strict=True))))[0]
    chosen = np.ix_(features, features)
    return float(0.5 * count * (np.linalg.slogdet(whole[chosen])[1] - np.linalg.slogdet(within[chosen])[1]))


def _likest(sums: _Sums, voices: list[Voice]) -> NDArray[np.intp]:
    """The voice (k,) of each phrase: its own, or the one that it sounds like; without pitch the one before it."""
    unlikely = np.zeros((len(sums.frames), len(voices)))
    for number, voice in enumerate(voices):
        group = sums.of(voice).joined()
        mean, covariance = group.total[0] / group.frames[0], _covariance(group)[0]
        cross = sums.total[:, :, None] * mean
        moments = sums.products - cross - cross.transpose(0, 2, 1) + sums.frames[:, None, None] * np.outer(mean, mean)
        unlikely[:, number] = np.einsum("kij,ji->k", moments, np.linalg.inv(covariance))
        unlikely[:, number] += sums.frames * np.linalg.slogdet(covariance)[1]
    result: NDArray[np.intp] = unlikely.argmin(axis=1)
    for number, voice in enumerate(voices):
        result[voice] = number
    for i in np.flatnonzero(sums.frames[1:] == 0) + 1:
        result[i] = result[i - 1]
    return result


def _numbered(found: NDArray[np.intp]) -> tuple[int, ...]:
    order: dict[int, int] = {}
    return tuple(order.setdefault(int(voice), len(order)) for voice in found)

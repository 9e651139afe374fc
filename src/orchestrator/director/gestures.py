"""What a speaker's head, brows and eyes could do at each moment of a speech; more than anybody would."""

from collections.abc import Iterator, Mapping
from typing import Final

from avatar.performance import Action, Cue
from orchestrator.director.meanings import Meaning, Meant
from orchestrator.director.moments import Moments, Pause, Stress
from orchestrator.director.thinning import Idea
from orchestrator.director.variety import Variety

LEAST_STRESS: Final = 0.15
BOTH_STRESS: Final = 0.7
"""From here on a stress moves head and brows alike; below it one of them."""
BROW_SHARE, HIGH_BROW_SHARE = 0.2, 0.45
"""Of the weaker stresses that the brows mark; the second of those that the pitch makes."""

BLINK_PAUSE_SECONDS: Final = 0.35
SETTLE_PAUSE_SECONDS: Final = 0.5
THINKING_PAUSE_SECONDS: Final = 0.7
THINKING_AFTER_SENTENCE: Final = 0.6
"""Share of such pauses after the end of a sentence in which the eyes look aside; within one they always do."""

CLAIMED: Final[tuple[Meaning, ...]] = ("yes", "no", "contrast", "much", "all")
"""Meanings that are played only where the word is stressed or opens what is said: such words are common."""


def stress_ideas(moments: Moments, variety: Variety) -> Iterator[Idea]:
    """Strong stress moves head and brows, weaker stress one of them: the brows rather where the pitch is high."""
    for stress in moments.stresses:
        if stress.strength < LEAST_STRESS:
            continue
        at, strength = stress.at, _weighed(stress, moments)
        nod = Cue(
            action="nod",
            at=at,
            word=stress.word,
            intensity=variety.around(0.25 + 0.35 * strength, "nod", at),
            duration=variety.around(0.65, "nod length", at, 0.2),
        )
        brows = Cue(
            action="brow_raise",
            at=at,
            word=stress.word,
            intensity=variety.around(0.15 + 0.4 * strength, "brows", at),
            duration=variety.around(0.6, "brow length", at, 0.25),
        )
        brow_share = HIGH_BROW_SHARE if stress.high else BROW_SHARE
        brow_only = strength < BOTH_STRESS and variety.share("which", at) < brow_share
        if not brow_only or at == moments.stresses[0].at:
            yield Idea(nod, 0.15 + 0.6 * strength, free=True)
        if strength >= BOTH_STRESS or brow_only:
            yield Idea(brows, 0.15 + 0.6 * strength)


def _weighed(stress: Stress, moments: Moments) -> float:
    """A number that is stressed is told with more weight."""
    told = stress.word is not None and any(c.isdigit() for c in moments.texts[stress.word])
    return min(stress.strength + (0.15 if told else 0.0), 1.0)


def question_ideas(moments: Moments, variety: Variety) -> Iterator[Idea]:
    """Brows and a tilt, held until the question ends."""
    side = 0.0
    for question in moments.questions:
        at, rest = question.at, question.end - question.at
        side = variety.side("question", at, side)
        tilt = Cue(
            action="tilt",
            at=at,
            word=question.word,
            intensity=variety.around(0.55, "question tilt", at),
            duration=round(rest + variety.around(1.1, "question tilt length", at), 3),
            direction=side,
        )
        brows = Cue(
            action="brow_raise",
            at=at,
            word=question.word,
            intensity=variety.around(0.6, "question brows", at),
            duration=round(rest + variety.around(0.8, "question brows length", at), 3),
        )
        yield Idea(tilt, 0.95)
        yield Idea(brows, 0.95)


def meaning_ideas(moments: Moments, variety: Variety) -> Iterator[Idea]:
    """What words say by themselves: yes nods, no shakes, a greeting smiles, a list goes from side to side."""
    side = 0.0
    for meant in moments.meant:
        strength = max((moments.strengths.get(i, 0.0) for i in range(meant.first, meant.last + 1)), default=0.0)
        if meant.meaning in CLAIMED and strength < LEAST_STRESS and not moments.opens(meant.first):
            continue
        side = variety.side("meaning", moments.peaks[meant.first], side)
        yield from _meant(meant, strength, side, moments, variety)


def _meant(meant: Meant, strength: float, side: float, moments: Moments, variety: Variety) -> Iterator[Idea]:
    word = max(range(meant.first, meant.last + 1), key=lambda i: moments.strengths.get(i, 0.0))
    at = moments.peaks[word]
    for action, intensity, seconds, weight in PLAYED[meant.meaning]:
        cue = Cue(
            action=action,
            at=at,
            word=word,
            intensity=variety.around(intensity + 0.15 * strength, action, at),
            duration=variety.around(seconds, f"{action} length", at),
            direction=side if action in SIDEWAYS else 0.0,
        )
        yield Idea(cue, min(weight + 0.4 * strength, 1.0))


SIDEWAYS: Final[tuple[Action, ...]] = ("shake", "tilt", "turn", "look")
PLAYED: Final[Mapping[Meaning, tuple[tuple[Action, float, float, float], ...]]] = {
    "yes": (("nod", 0.4, 0.7, 0.6),),
    "no": (("shake", 0.28, 0.9, 0.55),),
    "greeting": (("smile", 0.45, 1.8, 0.9), ("brow_raise", 0.4, 0.7, 0.9), ("nod", 0.25, 0.8, 0.7)),
    "thanks": (("nod", 0.4, 0.9, 0.75), ("smile", 0.35, 1.6, 0.8)),
    "parting": (("smile", 0.4, 1.8, 0.85), ("nod", 0.35, 0.8, 0.75)),
    "item": (("tilt", 0.3, 0.9, 0.7),),
    "contrast": (("tilt", 0.25, 0.9, 0.4), ("brow_raise", 0.25, 0.6, 0.35)),
    "much": (("brow_raise", 0.35, 0.6, 0.4),),
    "all": (("turn", 0.3, 1.3, 0.45),),
    "doubt": (("tilt", 0.35, 1.1, 0.55), ("look", 0.35, 0.8, 0.5)),
    "hesitation": (("look", 0.5, 0.8, 0.7),),
}
"""Action, intensity, seconds and weight, for a word without stress."""


def sentence_ideas(moments: Moments, variety: Variety) -> Iterator[Idea]:
    """At about every other end of a statement the head comes to a close with a small, slow nod."""
    asked = {question.word for question in moments.questions}
    for word, at in enumerate(moments.peaks):
        if moments.ends_sentence(word) and word not in asked and variety.share("close", at) < 0.5:
            intensity = variety.around(0.2, "close nod", at)
            yield Idea(Cue(action="nod", at=at, word=word, intensity=intensity, duration=0.9), 0.25)


def pause_ideas(moments: Moments, variety: Variety) -> Iterator[Idea]:
    """After a phrase a blink; in a longer pause the head settles, and the eyes look aside to think."""
    side = 0.0
    for pause in moments.pauses:
        start, latest = pause.span.start, min(pause.span.end, moments.speech.duration)
        if pause.seconds >= BLINK_PAUSE_SECONDS:
            at = min(start + variety.around(0.14, "blink", start, 0.4), latest)
            yield Idea(Cue(action="blink", at=round(at, 3), intensity=0.5), 0.3 + 0.2 * min(pause.seconds, 1.0))
        if pause.seconds >= SETTLE_PAUSE_SECONDS:
            length = round(min(max(pause.seconds, 0.6), 2.0), 3)
            yield Idea(Cue(action="still", at=round(start + 0.35, 3), intensity=0.5, duration=length), 0.5)
        if _thinks(pause, variety):
            side = variety.side("look", start, side)
            yield Idea(_look(pause, side, variety), 0.5)


def _thinks(pause: Pause, variety: Variety) -> bool:
    """Whoever has asked waits for the answer, and whoever has ended looks at the viewer."""
    if pause.last or pause.asked or pause.seconds < THINKING_PAUSE_SECONDS:
        return False
    return not pause.ended or variety.share("think", pause.span.start) < THINKING_AFTER_SENTENCE


def _look(pause: Pause, side: float, variety: Variety) -> Cue:
    """It comes back to the viewer as the speech goes on."""
    start = pause.span.start
    return Cue(
        action="look",
        at=round(start + variety.around(0.25, "look", start, 0.3), 3),
        intensity=variety.around(0.5, "look depth", start, 0.2),
        duration=round(min(pause.seconds, 1.2), 3),
        direction=side,
    )

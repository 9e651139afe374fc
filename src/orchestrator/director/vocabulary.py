"""The words of a direction that the rules know, and what each of them changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from avatar.types import EmotionLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a word asks for at its usual strength.

    `controls` are added to the control parameters, `valence` and `arousal` to the emotion, which becomes `label` where
    there is one. `nods` above 0 makes more and larger nods, at -1 there are none. `stillness` takes that share off
    every movement of the head that marks a word.
    """

    controls: Mapping[str, float] = field(default_factory=dict)
    label: EmotionLabel | None = None
    valence: float = 0.0
    arousal: float = 0.0
    nods: float = 0.0
    stillness: float = 0.0


CALM: Final = Effect(controls={"energy": -0.25, "head_motion": -0.2, "blink_rate": -0.05}, arousal=-0.3, stillness=0.2)
SERIOUS: Final = Effect(
    controls={"smile": -0.2, "eyebrow_raise": -0.12, "head_motion": -0.1, "gaze_contact": 0.1, "energy": -0.05},
    valence=-0.1,
)
HAPPY: Final = Effect(
    controls={"smile": 0.3, "energy": 0.15, "head_motion": 0.15, "eyebrow_raise": 0.1, "expression_intensity": 0.1},
    label="happy",
    valence=0.5,
    arousal=0.2,
)
ENERGETIC: Final = Effect(
    controls={
        "energy": 0.3,
        "head_motion": 0.25,
        "eyebrow_raise": 0.1,
        "expression_intensity": 0.15,
        "mouth_openness": 0.1,
    },
    arousal=0.4,
    nods=0.3,
)
WARM: Final = Effect(controls={"smile": 0.22, "gaze_contact": 0.1, "eyebrow_raise": 0.05}, valence=0.3)
SAD: Final = Effect(
    controls={
        "smile": -0.2,
        "energy": -0.2,
        "head_motion": -0.15,
        "head_tilt": -0.25,
        "gaze_contact": -0.15,
        "expression_intensity": 0.15,
    },
    label="sad",
    valence=-0.5,
    arousal=-0.2,
)
ANGRY: Final = Effect(
    controls={"eyebrow_raise": -0.2, "energy": 0.2, "head_motion": 0.1, "gaze_contact": 0.1, "smile": -0.1},
    label="angry",
    valence=-0.5,
    arousal=0.5,
)
SURPRISED: Final = Effect(controls={"eyebrow_raise": 0.3, "head_tilt": 0.1}, label="surprised", arousal=0.4)
AFRAID: Final = Effect(
    controls={"eyebrow_raise": 0.15, "gaze_contact": -0.15, "blink_rate": 0.2},
    label="fearful",
    valence=-0.4,
    arousal=0.4,
)
DISGUSTED: Final = Effect(controls={"smile": -0.15, "gaze_contact": -0.1}, label="disgusted", valence=-0.5)
NEUTRAL: Final = Effect(controls={"expression_intensity": -0.2}, label="neutral")
CONFIDENT: Final = Effect(controls={"gaze_contact": 0.15, "head_tilt": 0.1, "head_motion": 0.1, "blink_rate": -0.1})
NERVOUS: Final = Effect(controls={"gaze_contact": -0.2, "blink_rate": 0.4, "head_motion": 0.1}, arousal=0.2)
THOUGHTFUL: Final = Effect(controls={"gaze_contact": -0.2, "energy": -0.1, "eyebrow_raise": -0.08})
CURIOUS: Final = Effect(controls={"eyebrow_raise": 0.2, "head_motion": 0.1, "gaze_contact": 0.05})
TIRED: Final = Effect(
    controls={"energy": -0.35, "blink_rate": 0.2, "eyebrow_raise": -0.1, "head_tilt": -0.15}, arousal=-0.5
)

SMILE: Final = Effect(controls={"smile": 0.4}, valence=0.2)
NOD: Final = Effect(nods=1.0)
STILL: Final = Effect(controls={"head_motion": -0.45, "energy": -0.15}, nods=-0.5, stillness=0.7)
MOVE: Final = Effect(controls={"head_motion": 0.3, "energy": 0.05}, stillness=-0.3)
LOOK_AWAY: Final = Effect(controls={"gaze_contact": -0.4})
LOOK_HERE: Final = Effect(controls={"gaze_contact": 0.2})
HEAD_UP: Final = Effect(controls={"head_tilt": 0.4})
HEAD_DOWN: Final = Effect(controls={"head_tilt": -0.4})
BLINK: Final = Effect(controls={"blink_rate": 0.4})
BROWS: Final = Effect(controls={"eyebrow_raise": 0.35})
FROWN: Final = Effect(controls={"eyebrow_raise": -0.35, "smile": -0.1})
ARTICULATE: Final = Effect(controls={"mouth_openness": 0.2})
MUMBLE: Final = Effect(controls={"mouth_openness": -0.2})
EXPRESSIVE: Final = Effect(controls={"expression_intensity": 0.3, "energy": 0.1})
RESTRAINED: Final = Effect(controls={"expression_intensity": -0.25, "energy": -0.15})

_FORMS: Final[tuple[tuple[str, Effect], ...]] = (
    ("calm, calmly, relaxed, peaceful, peacefully, quiet, quietly, gentle, gently, soft, softly, soothing", CALM),
    ("serious, seriously, formal, formally, stern, sternly, solemn, solemnly, professional, professionally", SERIOUS),
    ("cheerful, cheerfully, happy, happily, happiness, joy, joyful, joyfully, merry, glad, jolly, delighted", HAPPY),
    ("energetic, energetically, energy, lively, excited, excitedly, enthusiastic, enthusiastically", ENERGETIC),
    ("enthusiasm, passionate, passionately, animated, dynamic, vivid, upbeat", ENERGETIC),
    ("warm, warmly, warmth, friendly, kind, kindly, welcoming, sympathetic", WARM),
    ("sad, sadly, sadness, unhappy, sorrowful, mournful, gloomy, melancholic, disappointed, depressed", SAD),
    ("angry, angrily, anger, furious, annoyed, cross", ANGRY),
    ("surprised, surprise, astonished, amazed, amazement", SURPRISED),
    ("afraid, fearful, fearfully, scared, frightened, anxious, worried", AFRAID),
    ("disgusted, disgust", DISGUSTED),
    ("neutral, neutrally", NEUTRAL),
    ("confident, confidently, confidence, proud, proudly, sure of herself, sure of himself", CONFIDENT),
    ("nervous, nervously, shy, shyly, uneasy, insecure", NERVOUS),
    ("thoughtful, thoughtfully, pensive, pensively, thinking", THOUGHTFUL),
    ("curious, curiously, interested, attentive, attentively", CURIOUS),
    ("tired, tiredly, sleepy, weary, bored", TIRED),
    ("smile, smiles, smiling, smiley, grin, grins, grinning", SMILE),
    ("nod, nods, nodding", NOD),
    ("still, motionless, keep still, keeps still, stay still, stand still, sit still, hold still, steady", STILL),
    ("move, moves, moving, movement, head movement, move the head, moves the head", MOVE),
    ("look away, looks away, looking away, glance away, look aside, looks aside, avoid eye contact", LOOK_AWAY),
    ("look at me, looks at me, look at the camera, looks at the camera, looking at the camera", LOOK_HERE),
    ("look into the camera, looks into the camera, look at the viewer, looks at the viewer, eye contact", LOOK_HERE),
    ("look up, looks up, looking up, head up, chin up", HEAD_UP),
    ("look down, looks down, looking down, head down, chin down, bow, bowed head", HEAD_DOWN),
    ("blink, blinks, blinking", BLINK),
    ("raise brows, raise eyebrows, raises eyebrows, raised eyebrows, raised brows, eyebrows up, brows up", BROWS),
    ("frown, frowns, frowning", FROWN),
    ("articulate, articulates, articulated, clearly, open mouth, opens the mouth", ARTICULATE),
    ("mumble, mumbles, mumbling", MUMBLE),
    ("expressive, expressively, dramatic, dramatically, theatrical", EXPRESSIVE),
    ("restrained, subtle, subtly, reserved, understated, deadpan", RESTRAINED),
)

_BEFORE: Final = (
    ("extremely, super, incredibly, ever so", 2.2),
    ("very, really, so, highly, strongly, deeply, big", 1.6),
    ("more, quite", 1.0),
    ("a little, a bit, little, a touch of, a hint of, slightly, slight, somewhat, rather, fairly, mildly", 0.5),
    ("lightly, faint, kind of, sort of", 0.5),
    ("less, hardly, barely, not too, not very, not so, not too much", -0.4),
    ("not, no, never, without, don't, dont, doesn't, stop", -0.6),
)
_AFTER: Final = (
    ("constantly, always, all the time, a great deal", 2.0),
    ("a lot, lots, lots of, often, frequently, much, very much, broadly, widely", 1.6),
    ("sometimes, occasionally, from time to time", 0.5),
    ("rarely, seldom", -0.4),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A word that strengthens or weakens another one, or turns it round where `factor` is negative.

    It counts for the word after it, or with `follows` for the one before it; where there is none, for the other.
    """

    factor: float
    follows: bool


def _by_words(forms: str, value: Effect | Measure) -> dict[tuple[str, ...], Effect | Measure]:
    return {tuple(form.split()): value for form in forms.split(", ")}


MEANINGS: Final[Mapping[tuple[str, ...], Effect | Measure]] = {
    words: meaning
    for entries in (
        [_by_words(forms, effect) for forms, effect in _FORMS],
        [_by_words(forms, Measure(factor, follows=False)) for forms, factor in _BEFORE],
        [_by_words(forms, Measure(factor, follows=True)) for forms, factor in _AFTER],
    )
    for entry in entries
    for words, meaning in entry.items()
}
"""What each word, or each run of words, means."""

CLAUSE_ENDS: Final = frozenset({"and", "but", "with", "then", "while", "yet", "or"})
_FILLER_WORDS: Final = (
    "a an the of in on to at by as be is are am was it its this that these there please should must let "
    "he she they his her their him them i me my you your we our one person speaker presenter man woman face eyes head "
    "mood manner way tone voice style attitude expression look looks looking keep keeps stay stays remain speak speaks "
    "speaking talk talks talking say says seem seems appear appears sound sounds feel feels make makes "
    "do does have has show shows give gives bit some any just only"
)
FILLERS: Final = frozenset(_FILLER_WORDS.split())
"""Words that carry no direction of their own."""

EXAMPLES: Final = "calm, serious, cheerful, energetic, warm, sad, smile, nod, keep still, look away"

from dataclasses import replace

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.emotions import label_of, likeliest
from avatar.types import Portrait
from tests.face_models import ASTRONAUT, GRACE_HOPPER, demo_picture, face_tracker
from video_processor.facial_emotion import FACE, actions, confidence_of, face_reading
from video_processor.portrait import analyse_portrait


def portrait_of(key: str) -> Portrait:
    return analyse_portrait(demo_picture(key), face_tracker(), min_face_pixels=48)


@pytest.fixture(scope="module")
def calm() -> Portrait:
    return portrait_of(GRACE_HOPPER)


def moved(portrait: Portrait, points: tuple[int, ...], down: float) -> Portrait:
    """Those landmarks lower by so many eye distances."""
    landmarks = portrait.landmarks.copy()
    landmarks[list(points), 1] += down * portrait.inter_ocular
    return replace(portrait, landmarks=landmarks)


def test_a_smile_with_teeth_is_happy() -> None:
    reading = face_reading(portrait_of(ASTRONAUT))

    assert reading is not None
    assert reading.source == FACE
    assert label_of(reading) == "happy"
    assert reading.valence > 0.4
    assert sum(reading.scores.values()) == pytest.approx(1.0)


def test_a_calm_face_is_less_happy_than_a_smiling_one(calm: Portrait) -> None:
    reading, smiling = face_reading(calm), face_reading(portrait_of(ASTRONAUT))

    assert reading is not None
    assert smiling is not None
    assert label_of(reading) == "neutral"
    assert reading.scores["happy"] < smiling.scores["happy"] - 0.4


def test_raised_inner_brows_and_a_lowered_jaw_change_what_is_seen(calm: Portrait) -> None:
    before = actions(calm.landmarks, calm.rest)
    sad = moved(calm, (55, 107, 285, 336), -0.05)
    gaping = moved(calm, (14, 87, 317), 0.3)

    assert actions(sad.landmarks, sad.rest).inner > before.inner
    assert actions(gaping.landmarks, gaping.rest).jaw > before.jaw + 0.5


def test_each_action_speaks_for_its_feeling(calm: Portrait) -> None:
    base = face_reading(calm)
    gaping = face_reading(moved(calm, (14, 87, 317), 0.3))
    rest = calm.rest.copy()
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        rest[BLENDSHAPE_INDEX[name]] = 1.0
    smiling = face_reading(replace(calm, rest=rest))

    assert base is not None
    assert gaping is not None
    assert smiling is not None
    assert gaping.scores["surprised"] > base.scores["surprised"] + 0.1
    assert likeliest(smiling.scores) == "happy"


def test_a_face_that_is_turned_or_covered_tells_less(calm: Portrait) -> None:
    aside = replace(calm, pose=(0.0, 50.0, 0.0))
    profile = replace(calm, pose=(0.0, 75.0, 0.0))
    assert calm.measures is not None
    masked = replace(calm, measures=replace(calm.measures, mouth_covered=True))

    assert confidence_of(calm) == 1.0
    assert 0.0 < confidence_of(aside) < 0.5
    assert confidence_of(masked) < 0.5
    assert face_reading(profile) is None


def test_a_reading_does_not_depend_on_the_size_of_the_picture(calm: Portrait) -> None:
    small, large = face_reading(calm), face_reading(replace(calm, landmarks=np.float32(3.0) * calm.landmarks))

    assert small is not None
    assert large is not None
    assert small.scores == pytest.approx(large.scores, abs=1e-3)

"""What is known of a filmed mouth: its smile, where its lips end, and what it shows when it never opens."""

from dataclasses import replace

import numpy as np
import pytest

from avatar.types import Footage, Portrait
from tests.film_factory import acted, write_film
from tests.video_processor.footage_factory import SIZE, drawn, filmed, framed, gaps, talk, tracked
from video_processor.renderers.puppet import PuppetRenderer
from video_processor.renderers.puppet import topology as topo
from video_processor.renderers.puppet.filmed_inside import cut_inside
from video_processor.renderers.puppet.footage import FootageSession, build_footage_session
from video_processor.renderers.puppet.lip_edges import inner_edges
from video_processor.renderers.puppet.own_smile import own_smiles

LIP, TEETH = (170, 70, 80), (225, 215, 205)
EDGE = 104


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Portrait:
    """Grace Hopper, whose mouth stays shut."""
    folder = tmp_path_factory.mktemp("film")
    shut = [picture for picture, jaw in zip(acted().pictures, acted().jaw, strict=True) if jaw < 0.01]
    return framed(write_film(folder / "film.mp4", [*shut, *shut[::-1]]), folder)


@pytest.fixture(scope="module")
def footage(portrait: Portrait) -> Footage:
    assert portrait.footage is not None
    return portrait.footage


@pytest.fixture(scope="module")
def session(portrait: Portrait) -> FootageSession:
    session = PuppetRenderer().prepare(portrait, SIZE)
    assert isinstance(session, FootageSession)
    return session


def test_a_mouth_that_is_never_open_in_the_film_opens(session: FootageSession, footage: Footage) -> None:
    assert session.inside is None
    images, source = drawn(session, talk(10, 0.6)), filmed(footage, 10)
    assert gaps(tracked(source)).max() < 0.04
    assert gaps(tracked(images))[1:].min() > 0.1
    middle = footage.landmarks[0, [13, 14], :2].mean(axis=0)
    x, y = int(middle[0]), int(middle[1])
    darkest, before = (image[y - 2 : y + 8, x].mean(axis=-1).min() for image in (images[0], source[0]))
    assert darkest < 0.75 * before


def test_a_filmed_smile_stays(session: FootageSession) -> None:
    track = session.track
    landmarks = track.landmarks.copy()
    half = len(landmarks) // 2
    for corner, out in ((61, -1.0), (291, 1.0)):
        moved = np.array([out * 0.075, -0.085, 0.0]) @ track.turns.transpose(0, 2, 1) * track.scales[:, None]
        landmarks[half:, corner] += moved[half:].astype(np.float32)
    smiles = own_smiles(replace(track, landmarks=landmarks), session.calm, session.footage.duration)
    assert smiles[: half - 15].max(initial=0) < 0.15
    assert smiles[half + 15 :].min() > 0.45
    assert own_smiles(track, session.calm, session.footage.duration).max() < 0.15


def test_a_smile_widens_the_mouth_that_is_wanted(session: FootageSession) -> None:
    calm, shapes = session.calm.mean, session.portrait.rest
    serious, smiling = (session.face.wanted(calm, shapes, np.array([s, s], np.float32)) for s in (0.0, 0.6))
    assert np.linalg.norm(smiling[61] - smiling[291]) > np.linalg.norm(serious[61] - serious[291]) + 0.05
    assert smiling[61, 1] < serious[61, 1]


@pytest.mark.parametrize(("parted", "found"), [(0.0, 100.0), (1.0, EDGE)])
def test_lips_end_where_the_teeth_begin(parted: float, found: float) -> None:
    image = np.full((160, 200, 3), LIP, np.uint8)
    image[80:EDGE] = TEETH
    marks = np.zeros((468, 2))
    for ring, height in zip(topo.LOWER_LIP_RINGS, (125, 115, 107, 100), strict=True):
        marks[list(ring)] = [(20 + 16 * i, height) for i in range(len(ring))]
    for ring, height in zip(topo.UPPER_LIP_RINGS, (55, 65, 73, 79), strict=True):
        marks[list(ring[1:-1])] = [(36 + 16 * i, height) for i in range(9)]
    edges = inner_edges(image, marks, 100.0, parted)
    assert edges[14, 1] == pytest.approx(found, abs=2.0)
    assert edges[14, 1] >= found - 0.01
    assert edges[13, 1] == pytest.approx(79, abs=2.0)


@pytest.mark.parametrize("has_inside", [False, True])
def test_a_mouth_at_the_frames_edge_is_drawn_as_far_as_it_is_seen(
    session: FootageSession, footage: Footage, has_inside: bool
) -> None:
    image = filmed(footage, 1)[0]
    shapes = talk(1, 0.8).blendshapes[0]
    inside = cut_inside(image, session.track, 0) if has_inside else None
    to_edge = SIZE.height - float(session.track.landmarks[0, 13, 1])
    for share in np.linspace(0.9, 1.15, 11):
        down = np.array([0, share * to_edge, 0], np.float32)
        track = replace(session.track, landmarks=session.track.landmarks + down, origins=session.track.origins + down)
        drawn_frame = replace(session, track=track, inside=inside).draw(image, 0, shapes)
        assert drawn_frame.shape == image.shape
        assert np.array_equal(drawn_frame[: SIZE.height // 2], image[: SIZE.height // 2])


def test_a_film_too_short_to_be_sure_of_its_face_is_dubbed(portrait: Portrait, footage: Footage) -> None:
    lost, seen = 4, 5
    landmarks = footage.landmarks[: lost + seen].copy()
    landmarks[:lost] = np.nan
    short = replace(footage, times=footage.times[: lost + seen], duration=(lost + seen) / 25, landmarks=landmarks)
    session = build_footage_session(portrait, short)
    assert session.track.hold.max() < 1
    images, source = drawn(session, talk(lost + seen, 0.6)), filmed(short, lost + seen)
    assert np.array_equal(images[0], source[0])
    assert np.abs(images[-1].astype(int) - source[-1]).max() > 30

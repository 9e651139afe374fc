"""Characters are kept whole: what they bring to a job, what they may not be, and the files they need."""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from sqlalchemy import text

from avatar.errors import ConflictError, InputError, NoSuchFaceError, NotFoundError, PortraitError
from avatar.settings import Settings, load_settings
from models.weights import WeightStore
from orchestrator import portrait_desk
from orchestrator.characters import store as store_module
from orchestrator.characters.built_in import ASTRONAUT, GRACE_HOPPER, NOVA, built_in_characters
from orchestrator.characters.character import Profile, checked_profile
from orchestrator.characters.store import CharacterStore
from orchestrator.characters.thumbnail import portrait_thumbnail, thumbnail_tag
from orchestrator.completing import complete_job
from orchestrator.database import open_database
from orchestrator.director.direction import read_direction
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import new_id, output_path
from orchestrator.jobs.record import NewJob
from orchestrator.jobs.table import SqlJobs
from orchestrator.portrait_desk import PortraitDesk
from orchestrator.request import JobRequest
from tests.orchestrator.desk_fakes import DeskHere, looks
from tests.orchestrator.jobs.databases import private_postgres
from tests.orchestrator.pipeline_fakes import write_picture

ADA = Profile(name="Ada", voice="F2", language="en-gb", direction="calm", controls={"smile": 0.2}, framing="close")


@dataclass(frozen=True)
class House:
    """A store, its jobs and its desk."""

    settings: Settings
    store: CharacterStore
    jobs: SqlJobs
    desk: PortraitDesk

    def portraits(self) -> set[str]:
        return {path.name for path in (self.settings.data_dir / "characters").iterdir()}

    def queue(self, character: str) -> str:
        """A job with the character waits."""
        values = self.store.job_request(character, {"text": "Hello"})
        job = new_id()
        self.jobs.submit([NewJob(id=job, request=values, label="a job", character=character)])
        return job


@pytest.fixture
def house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)
    engine = open_database(settings)
    desk = DeskHere(settings)
    yield House(settings, CharacterStore(engine, settings), SqlJobs(engine, settings), desk)
    desk.close()
    engine.dispose()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "ada.png")


def test_a_character_is_kept_as_it_was_made(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    engine = open_database(house.settings)
    assert CharacterStore(engine, house.settings).get(made.id) == made
    engine.dispose()
    assert (made.name, made.voice, made.language, made.direction) == ("Ada", "f2", "en-gb", "calm")
    assert (made.controls, made.framing, made.built_in) == ({"smile": 0.2}, "close", False)
    assert (made.width, made.height, made.notes) == (160, 160, ())
    assert Path(made.portrait).read_bytes() == picture.read_bytes()
    assert Path(made.portrait).suffix == ".png"


def test_postgresql_keeps_them_too(tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portrait_desk, "fetch_face_models", lambda _weights: None)
    with private_postgres() as url:
        settings = load_settings(data_dir=tmp_path / "data", database_url=url)
        engine = open_database(settings)
        store, jobs, desk = CharacterStore(engine, settings), SqlJobs(engine, settings), DeskHere(settings)
        made = store.create(ADA, picture, desk)
        changed = store.change(made.id, {"controls": {}, "voice": None}, None, desk, jobs)
        assert CharacterStore(engine, settings).list()[3:] == [changed]
        assert changed == replace(made, controls={}, voice=None)
        store.remove(made.id, jobs)
        with pytest.raises(NotFoundError):
            store.get(made.id)
        engine.dispose()


def test_the_picture_s_content_names_its_file(house: House, tmp_path: Path) -> None:
    Pillow.open(write_picture(tmp_path / "a.png")).save(tmp_path / "odd.exe", "JPEG")
    assert Path(house.store.create(ADA, tmp_path / "odd.exe", house.desk).portrait).suffix == ".jpg"


def test_equal_portraits_share_a_file_and_a_look(house: House, picture: Path) -> None:
    one, two = (house.store.create(ADA, picture, house.desk) for _ in range(2))
    assert one.id != two.id
    assert one.portrait == two.portrait
    assert len(looks(house.settings.data_dir)) == 1


def test_all_are_listed_the_newest_of_one_s_own_first(house: House, picture: Path) -> None:
    made = [house.store.create(ADA, picture, house.desk).id for _ in range(3)]
    assert [character.id for character in house.store.list()] == [GRACE_HOPPER, ASTRONAUT, NOVA, *sorted(made)[::-1]]


@pytest.mark.parametrize("number", ["nobody", "", "0" * 22, "'; DROP TABLE characters; --", "\0"])
def test_nobody_is_not_found(house: House, number: str) -> None:
    for call in (house.store.get, house.store.portrait_path, lambda n: house.store.remove(n, house.jobs)):
        with pytest.raises(NotFoundError):
            call(number)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\udcff"}, "name"),
        ({"voice": "caruso"}, "no voice 'caruso'"),
        ({"language": "tlh"}, "no language 'tlh'"),
        ({"language": "en-\0"}, "language"),
        ({"direction": "x" * 501}, "501 characters"),
        ({"direction": "a\0b"}, "direction"),
        ({"controls": {"smil": 1}}, 'unknown key "smil"'),
        ({"controls": {"smile": "much"}}, "not a number"),
        ({"framing": "wide"}, "no framing 'wide'"),
        ({"background": "me.png"}, "no background 'me.png'"),
    ],
)
def test_a_bad_profile_is_refused_before_the_picture_is_looked_at(
    values: dict[str, Any], said: str, house: House, picture: Path
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        house.store.create(Profile(**{**asdict(ADA), **values}), picture, house.desk)
    assert caught.value.cure
    assert looks(house.settings.data_dir) == []
    assert house.portraits() == set()


def test_a_picture_without_a_face_is_no_character(house: House, tmp_path: Path) -> None:
    Pillow.new("RGB", (100, 100)).save(tmp_path / "cat.png")
    with pytest.raises(PortraitError, match=r"No human face was found in cat\.png"):
        house.store.create(ADA, tmp_path / "cat.png", house.desk)
    assert len(house.store.list()) == 3
    assert house.portraits() == set()


def test_a_change_keeps_all_else(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    changed = house.store.change(made.id, {"name": "Ada L.", "voice": None}, None, house.desk, house.jobs)

    assert (changed.name, changed.voice, changed.direction) == ("Ada L.", None, "calm")
    assert (changed.portrait, changed.created_at) == (made.portrait, made.created_at)
    assert changed == house.store.get(made.id)
    with pytest.raises(InputError, match="no framing"):
        house.store.change(made.id, {"framing": "wide"}, None, house.desk, house.jobs)


def test_another_portrait_takes_the_place_of_the_old_file(house: House, picture: Path, tmp_path: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    changed = house.store.change(made.id, {}, write_picture(tmp_path / "new.png", 200), house.desk, house.jobs)

    assert (changed.width, changed.height) == (200, 200)
    assert house.portraits() == {Path(changed.portrait).name}


def test_the_face_of_a_character_is_kept_and_changed(house: House, picture: Path, tmp_path: Path) -> None:
    made = house.store.create(replace(ADA, face=1), picture, house.desk)
    assert made.face == 1
    assert house.store.job_request(made.id, {"text": "Hi"})["face"] == 1
    assert house.store.job_request(made.id, {"text": "Hi", "face": 0})["face"] == 0
    assert house.store.change(made.id, {"face": 0}, None, house.desk, house.jobs).face == 0
    with pytest.raises(NoSuchFaceError, match="There are 2 faces"):
        house.store.change(made.id, {"face": 2}, None, house.desk, house.jobs)
    again = house.store.change(made.id, {"face": 1}, None, house.desk, house.jobs)
    assert (again.face, again.portrait) == (1, made.portrait)
    new = house.store.change(made.id, {}, write_picture(tmp_path / "new.png", 200), house.desk, house.jobs)
    assert new.face == 0


def test_characters_of_an_older_table_get_the_largest_face_and_keep_their_background(
    house: House, picture: Path
) -> None:
    made = house.store.create(ADA, picture, house.desk)
    engine = open_database(house.settings)
    with engine.begin() as connection:
        for column in ("face", "background", "speaker"):
            connection.execute(text(f"ALTER TABLE characters DROP COLUMN {column}"))
    for _ in range(2):
        assert CharacterStore(engine, house.settings).get(made.id) == made
    engine.dispose()


@pytest.mark.parametrize(("earlier", "framing"), [("shoulders", "portrait"), ("whole", "full"), ("close", "close")])
def test_framings_of_an_older_table_go_by_their_names(house: House, picture: Path, earlier: str, framing: str) -> None:
    made = house.store.create(ADA, picture, house.desk)
    engine = open_database(house.settings)
    with engine.begin() as connection:
        connection.execute(text("UPDATE characters SET framing = :name"), {"name": earlier})
    assert house.store.get(made.id).framing == framing
    engine.dispose()


@pytest.mark.parametrize("number", [GRACE_HOPPER, ASTRONAUT, NOVA])
def test_those_that_come_with_the_program_stay_as_they_are(house: House, number: str) -> None:
    with pytest.raises(ConflictError, match="cannot be removed") as caught:
        house.store.remove(number, house.jobs)
    assert f'"{number}"' in caught.value.cure
    with pytest.raises(ConflictError, match="cannot be changed"):
        house.store.change(number, {"name": "Mine"}, None, house.desk, house.jobs)


def test_removing_one_of_two_keeps_the_shared_file(house: House, picture: Path) -> None:
    one, two = (house.store.create(ADA, picture, house.desk) for _ in range(2))
    house.store.remove(one.id, house.jobs)
    assert Path(two.portrait).exists()
    house.store.remove(two.id, house.jobs)
    assert house.portraits() == set()


def test_a_job_under_way_keeps_the_portrait_until_it_has_ended(
    house: House, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "JUST_ASKED_SECONDS", -1.0)
    made = house.store.create(ADA, picture, house.desk)
    job = house.queue(made.id)
    house.store.remove(made.id, house.jobs)
    assert Path(made.portrait).exists()
    assert house.jobs.claim("worker-a") is not None
    house.store.sweep(house.jobs)
    assert Path(made.portrait).exists()

    assert house.jobs.finish(job, "worker-a", Outcome(status="cancelled"))
    house.store.sweep(house.jobs)
    assert house.portraits() == set()


def test_a_job_that_steps_back_during_a_sweep_keeps_the_portrait(
    house: House, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It changes from running to queued, and the other way, before every look at the table."""
    monkeypatch.setattr(store_module, "JUST_ASKED_SECONDS", -1.0)
    made = house.store.create(ADA, picture, house.desk)
    job = house.queue(made.id)
    page = house.jobs.page

    def page_later(*given: Any, **named: Any) -> Any:
        if house.jobs.claim("one") is None:
            house.jobs.step_back(job, "one")
        return page(*given, **named)

    house.jobs.claim("one")
    monkeypatch.setattr(house.jobs, "page", page_later)
    house.store.remove(made.id, house.jobs)
    assert Path(made.portrait).exists()


def test_a_job_that_is_not_in_the_queue_yet_keeps_the_portrait(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    values = house.store.job_request(made.id, {"text": "Hello"})
    house.store.remove(made.id, house.jobs)
    assert Path(values["image"]).exists()


def test_a_character_brings_what_a_request_leaves_out(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    plain = house.store.job_request(made.id, {"text": "Hi", "voice": None, "direction": None})

    assert plain == {
        "text": "Hi",
        "image": made.portrait,
        "voice": "f2",
        "language": "en-gb",
        "direction": "calm",
        "controls": {"smile": 0.2},
        "framing": "close",
        "background": "keep",
    }


def test_a_request_s_own_values_win_and_controls_are_joined(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    given = {"text": "Hi", "voice": "m1", "language": "de", "direction": "sad", "framing": "full"}
    for controls, joined in (({"energy": 1.0}, {"smile": 0.2, "energy": 1.0}), ({"smile": 0.9}, {"smile": 0.9})):
        values = house.store.job_request(made.id, {**given, "controls": controls})
        assert {name: values[name] for name in given} == given
        assert values["controls"] == joined


def test_a_sound_needs_neither_voice_nor_language(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    values = house.store.job_request(made.id, {"audio": "speech.wav", "text": None})
    assert {"voice", "language", "text"}.isdisjoint(values)


def test_what_a_character_brings_makes_a_whole_job(house: House, picture: Path) -> None:
    made = house.store.create(ADA, picture, house.desk)
    output = output_path(house.settings, "one")
    output.parent.mkdir()
    values = house.store.job_request(made.id, {"text": "Hi", "output": str(output)})
    job = complete_job(JobRequest(**values), house.settings)
    assert (job.voice, job.language, job.framing, job.direction) == ("f2", "en-gb", "close", "calm")


def test_a_portrait_that_is_missing_is_fetched_for_its_job(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(WeightStore, "is_present", lambda _store, key: key in fetched)
    monkeypatch.setattr(WeightStore, "fetch", lambda _store, keys: fetched.extend(keys))
    monkeypatch.setattr(Path, "is_file", lambda _path: True)

    assert [character.id for character in house.store.list()] == [GRACE_HOPPER, ASTRONAUT, NOVA]
    assert fetched == []
    assert house.store.job_request(ASTRONAUT, {"text": "Hi"})["image"].endswith("astronaut.png")
    house.store.portrait_path(ASTRONAUT)
    assert fetched == ["portrait-astronaut"]


def test_the_built_in_profiles_are_sound_and_their_sizes_true() -> None:
    weights = WeightStore(load_settings().checkpoints_dir)
    for character in built_in_characters(weights):
        assert checked_profile(character.profile, load_settings()) == character.profile
        assert read_direction(character.direction).unknown == ()
        if Path(character.portrait).exists():
            with Pillow.open(character.portrait) as opened:
                assert opened.size == (character.width, character.height)


def test_a_thumbnail_is_drawn_once(house: House, picture: Path) -> None:
    first = portrait_thumbnail(picture, 96, house.desk, house.settings)
    with Pillow.open(io.BytesIO(first)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (96, 96))
    (drawn,) = (house.settings.data_dir / "artifacts").glob("thumbnail-*.jpg")
    assert thumbnail_tag(picture, 96) in drawn.name
    number = drawn.stat().st_ino
    assert portrait_thumbnail(picture, 96, house.desk, house.settings) == first
    assert drawn.stat().st_ino == number
    assert thumbnail_tag(picture, 64) != thumbnail_tag(picture, 96)


def test_a_background_is_kept_and_comes_along(house: House, picture: Path) -> None:
    made = house.store.create(replace(ADA, background="White"), picture, house.desk)
    assert made.background == "#ffffff"
    assert house.store.job_request(made.id, {"text": "Hi"})["background"] == "#ffffff"
    assert house.store.job_request(made.id, {"text": "Hi", "background": "blur"})["background"] == "blur"

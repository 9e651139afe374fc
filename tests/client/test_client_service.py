"""The client against a real service, with its workers."""

import io
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest

from api.cli.bench.serving import HOST, end, free_port, start_service
from avatar.settings import load_settings
from client import AvatarClient, AvatarServiceError, Job, LiveError
from client.live import (
    AsyncLiveSession,
    Blendshapes,
    Caption,
    Ended,
    Event,
    FilmPiece,
    Picture,
    Sound,
    Speaking,
)
from tests.apart import run_apart
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_picture, write_sound
from video_processor.encoding import video_info

TOKEN = "a-long-secret"
PATIENCE_SECONDS = 90
LONG_TEXT = "The service may die, and the job goes on. " * 4


def small_settings() -> dict[str, object]:
    checkpoints = load_settings().checkpoints_dir
    return {"default_resolution": 128, "video_preset": "ultrafast", "checkpoints_dir": checkpoints}


@pytest.fixture(scope="module")
def picture() -> Path:
    return face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)


@dataclass
class OneService:
    """It dies in the last test, and comes back at its address, without live sessions."""

    data: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, live_workers: int = 0) -> None:
        settings = {**small_settings(), "api_tokens": TOKEN, "live_workers": live_workers, "max_live_sessions": 1}
        self.process = start_service(self.data, self.port, **settings)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, picture: Path) -> Iterator[OneService]:
    service = OneService(tmp_path_factory.mktemp("service"))
    service.start(live_workers=1)
    try:
        yield service
    finally:
        if service.process is not None:
            end(service.process)


@pytest.fixture(scope="module")
def url(service: OneService) -> str:
    return f"http://{HOST}:{service.port}"


@pytest.fixture(scope="module")
def avatar(url: str) -> Iterator[AvatarClient]:
    with AvatarClient(url, TOKEN) as client:
        yield client


@pytest.fixture(scope="module")
def new_text() -> Callable[[], str]:
    """A text that no job has had."""
    numbers = count(1)
    return lambda: f"This is number {next(numbers)}."


def check(job: Job, path: Path) -> None:
    info = video_info(path)
    assert job.status == "completed"
    assert (info.frames, info.size) == (job.frames, (128, 128))


def test_a_picture_and_a_sound_become_a_video(avatar: AvatarClient, picture: Path, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "sound.wav", 1.0)
    job = avatar.generate(image=picture, audio=sound, fps=20, resolution="160x128", controls={"smile": 0.4}, wait=120)
    assert job.label == f"{picture.name} · sound.wav"
    info = video_info(avatar.download(job, tmp_path / "video.mp4"))
    assert (info.frames, info.size) == (job.frames, (160, 128)) == (20, (job.width, job.height))
    assert job.renderer == "puppet"
    assert job.duration == pytest.approx(1.0, abs=0.01)


def test_events_lead_to_the_end(avatar: AvatarClient, new_text: Callable[[], str], tmp_path: Path) -> None:
    seen = list(avatar.events(avatar.submit(character="grace-hopper", text=new_text())))
    assert seen[-1].status == "completed"
    shares = [job.progress for job in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    check(seen[-1], avatar.download(seen[-1], tmp_path / "video.mp4"))
    assert avatar.wait_for(seen[-1], timeout=30).job_id == seen[-1].job_id


def test_a_bad_picture_is_refused_with_its_cure(avatar: AvatarClient, tmp_path: Path) -> None:
    with pytest.raises(AvatarServiceError) as refused:
        avatar.submit(image=write_picture(tmp_path / "stripes.png"), text="Hello")
    assert (refused.value.status, refused.value.kind) == (422, "PortraitError")
    assert "one person" in refused.value.cure


def test_a_wrong_field_is_named(avatar: AvatarClient) -> None:
    with pytest.raises(AvatarServiceError) as refused:
        avatar.batch([{"character": "grace-hopper", "text": "One"}, {"character": "grace-hopper", "fps": 999}])
    assert refused.value.status == 422
    assert any(name.startswith("jobs.1") for name in refused.value.fields)


def test_a_wrong_token_is_refused(url: str) -> None:
    with AvatarClient(url, "wrong") as stranger, pytest.raises(AvatarServiceError, match="token") as refused:
        stranger.jobs()
    assert (refused.value.status, refused.value.kind) == (401, "Unauthorized")


def test_uploads_are_kept_once(avatar: AvatarClient, picture: Path, tmp_path: Path) -> None:
    first, second = avatar.upload(picture), avatar.upload(picture)
    assert first == second
    assert first.kind == "image"
    assert first.face is not None
    assert first.bytes == picture.stat().st_size
    sound = avatar.upload(write_sound(tmp_path / "sound.wav", 0.5))
    assert sound.duration == pytest.approx(0.5, abs=0.01)


def test_a_batch_and_its_pages(
    avatar: AvatarClient, new_text: Callable[[], str], picture: Path, tmp_path: Path
) -> None:
    batch = avatar.batch([{"image": picture, "text": new_text()} for _ in range(3)])
    ended = [avatar.wait_for(job, timeout=120) for job in batch.jobs]
    state = avatar.batch_state(batch)
    assert state.is_at_rest
    assert {job.job_id for job in state.jobs} == {job.job_id for job in ended}
    first = avatar.jobs(batch=batch.batch_id, limit=2)
    rest = avatar.jobs(batch=batch.batch_id, limit=2, cursor=first.next_cursor)
    assert [len(first.jobs), len(rest.jobs), rest.next_cursor] == [2, 1, None]
    table = tmp_path / "jobs.csv"
    table.write_text(f"character,text\ngrace-hopper,{new_text()}\n")
    assert len(avatar.batch_csv(table).jobs) == 1


def test_a_job_is_cancelled_and_removed(avatar: AvatarClient) -> None:
    job = avatar.submit(character="grace-hopper", text=LONG_TEXT)
    with pytest.raises(AvatarServiceError, match="Cancel it first"):
        avatar.remove(job)
    avatar.cancel(job)
    cancelled = avatar.wait_for(job, timeout=60)
    assert cancelled.status == "cancelled"
    assert avatar.cancel(cancelled).job_id == job.job_id
    avatar.remove(job)
    with pytest.raises(AvatarServiceError) as gone:
        avatar.job(job)
    assert gone.value.status == 404


def test_a_review_is_handed_in(avatar: AvatarClient, new_text: Callable[[], str]) -> None:
    job = avatar.wait_for(avatar.submit(character="grace-hopper", text=new_text(), review=True), timeout=60)
    assert job.status == "waiting_review"
    performance = avatar.performance(job)
    performance["controls"]["smile"] = 7
    stored = avatar.save_performance(job, performance)
    assert stored["performance"]["controls"]["smile"] == 1.0
    assert "controls.smile 7 to 1" in stored["notes"][0]
    ended = avatar.wait_for(avatar.resume(job), timeout=60)
    assert "edited in review" in (ended.director_why or "")
    assert avatar.performance(ended) == stored["performance"]


def test_another_version_is_made_of_a_job(avatar: AvatarClient, picture: Path, new_text: Callable[[], str]) -> None:
    first = avatar.generate(character="grace-hopper", text=new_text(), wait=60)
    asked = avatar.rerender(first, controls={"smile": 0.7}, image=picture, resolution=96)
    other = avatar.wait_for(asked, timeout=60)
    assert (other.status, other.rerender_of, other.width) == ("completed", first.job_id, 96)
    assert avatar.performance(other)["controls"]["smile"] == 0.7
    assert "audio_processing" in first.seconds
    assert "audio_processing" not in other.seconds
    assert other.transcribed_text == first.transcribed_text


def test_a_character_has_a_life(avatar: AvatarClient, picture: Path, new_text: Callable[[], str]) -> None:
    made = avatar.create_character("Maria", picture, language="es", direction="calm")
    assert avatar.change_character(made.id, name="Mary").name == "Mary"
    assert avatar.character(made.id).language == "es"
    assert made.id in [character.id for character in avatar.characters()]
    assert avatar.generate(character=made.id, text=new_text(), wait=60).character_id == made.id
    avatar.remove_character(made.id)
    with pytest.raises(AvatarServiceError, match="There is no character"):
        avatar.submit(character=made.id, text="Hello")


def test_the_status_is_told(avatar: AvatarClient) -> None:
    assert {"engines", "queue", "workers"} <= set(avatar.status())


def test_a_text_is_spoken(avatar: AvatarClient, tmp_path: Path) -> None:
    spoken = avatar.speak("Good morning.", voice="f2", speaker="espeak", language="en", format="mp3")
    assert (spoken.speaker, spoken.voice, spoken.language, spoken.rate) == ("espeak", "f2", "en", 22_050)
    with av.open(str(spoken.save(tmp_path / "morning.mp3"))) as container:
        assert sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0)) > 0.5
    with pytest.raises(AvatarServiceError) as refused:
        avatar.speak("Good morning.", speaker="nobody")
    assert (refused.value.status, [*refused.value.fields]) == (422, ["speaker"])


def test_engines_that_speak_are_told_with_what_they_lack(avatar: AvatarClient) -> None:
    told = avatar.voices("zh")
    engines = {speaker.name: speaker for speaker in told.speakers}
    assert engines["espeak"].available
    assert "f2" in [voice.name for voice in engines["espeak"].voices]
    assert all(speaker.available == (speaker.lacks == "") for speaker in told.speakers)
    assert told.languages["es"] == "Spanish (Spain)"


def test_a_voice_is_given_with_consent_and_removed(avatar: AvatarClient, picture: Path, tmp_path: Path) -> None:
    ada = avatar.create_character("Ada", picture)
    sample = avatar.speak("I lend my voice to a friend, who may use it in her film. " * 3).save(tmp_path / "ada.wav")
    with pytest.raises(AvatarServiceError) as refused:
        avatar.give_voice(ada.id, sample, given_by="Ada", statement="Yes.")
    assert refused.value.status == 422
    kept = avatar.give_voice(ada.id, sample, given_by="Ada", statement="This is my voice, and Ada may speak with it.")
    assert avatar.character(ada.id).voice_sample == kept
    avatar.remove_voice(ada.id)
    assert avatar.character(ada.id).voice_sample is None


def await_live_worker(avatar: AvatarClient) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not avatar.status()["live"]["ready"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_live_session_speaks_moves_and_ends(avatar: AvatarClient) -> None:
    await_live_worker(avatar)
    with avatar.live(character="nova", video="jpeg", size=128, fps=10, blendshapes=True) as session:
        assert (session.started.width, session.started.fps) == (128, 10)
        with pytest.raises(LiveError) as busy, avatar.live(character="nova"):
            pass
        assert (busy.value.kind, busy.value.is_passing) == ("busy", True)
        session.control(smile=0.5)
        session.cue("nod", intensity=1.0, duration=0.4)
        seen = list(session.until_said(session.say("Hello."), timeout=30))
        cut = session.say("This is a long story, and nobody will hear the end of it.")
        for event in session:
            if isinstance(event, Speaking) and event.on:
                session.clear()
            if isinstance(event, Speaking) and not event.on:
                assert (event.utterance, event.cut) == (cut, True)
                session.stop()
    assert session.ended == Ended(reason="stopped")
    assert [event.text for event in seen if isinstance(event, Caption)] == ["Hello."]
    assert all(event.data[:2] == b"\xff\xd8" for event in seen if isinstance(event, Picture))
    sounds = [event for event in seen if isinstance(event, Sound)]
    assert sum(sound.duration for sound in sounds) > 0.3
    assert max(event.values[17] for event in seen if isinstance(event, Blendshapes)) > 0.05
    with pytest.raises(LiveError, match="has ended: stopped"):
        session.receive()


def test_sound_is_lent_to_a_live_session_of_asyncio(avatar: AvatarClient, picture: Path) -> None:
    seen = run_apart(lend_sound(avatar.live_async(image=picture, audio_stream=True, size=128, fps=10)))
    film = b"".join(event.data for event in seen if isinstance(event, FilmPiece))
    with av.open(io.BytesIO(film), "r") as container:
        assert next(container.decode(video=0)).width == 128


async def lend_sound(session: AsyncLiveSession) -> list[Event]:
    tone = (10_000 * np.sin(2 * np.pi * 300 * np.arange(8_000) / 16_000)).astype("<i2").tobytes()
    seen: list[Event] = []
    async with session:
        await session.send_sound(tone)
        await session.end_of_speech()
        async for event in session:
            seen.append(event)
            if isinstance(event, Speaking) and not event.on:
                await session.stop()
    return seen


def test_what_keeps_a_live_session_from_beginning_is_told(avatar: AvatarClient, url: str) -> None:
    with pytest.raises(LiveError) as unknown, avatar.live(character="nobody"):
        pass
    assert (unknown.value.kind, unknown.value.is_passing) == ("input", False)
    with AvatarClient(url, "wrong") as stranger, pytest.raises(LiveError) as refused, stranger.live(character="nova"):
        pass
    assert refused.value.kind == "unauthorized"
    with (
        AvatarClient(f"http://{HOST}:{free_port()}") as nobody,
        pytest.raises(LiveError, match="No answer from ws://") as away,
        nobody.live(character="nova"),
    ):
        pass
    assert (away.value.kind, away.value.is_passing) == ("Unreachable", True)
    with pytest.raises(AvatarServiceError, match="needs one of character"), avatar.live(size=128):
        pass


def test_a_job_is_watched_through_the_death_of_its_service(
    service: OneService, url: str, picture: Path, tmp_path: Path
) -> None:
    watched: list[Job] = []
    drawing = threading.Event()

    def watch() -> None:
        for job in client.events(begun):
            watched.append(job)
            if job.chunks_done:
                drawing.set()

    with AvatarClient(url, TOKEN) as client:
        begun = client.submit(image=picture, text=f"Watch this. {LONG_TEXT}")
        watcher = threading.Thread(target=watch)
        watcher.start()
        assert drawing.wait(60)
        service.kill()
        service.start()
        watcher.join(120)
        assert not watcher.is_alive()
        assert all(job.chunks_done <= job.chunks_total for job in watched)
        assert [job.progress for job in watched] == sorted(job.progress for job in watched)
        check(watched[-1], client.download(begun, tmp_path / "video.mp4"))

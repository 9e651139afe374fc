"""Talking heads from Python: what goes in, what comes out, and how mistakes are told."""

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from avatar.errors import RenderError
from avatar.settings import Settings
from avatar.types import Image, RenderChunk, Size, neutral_motion
from models.loaded import process_networks
from talking_heads import SadTalkerTalkingHead, Wav2LipTalkingHead
from talking_heads.speaker import drawn_side_by_side
from talking_heads.talking_head import store_for
from tests.checkpoint_files import write_checkpoint
from tests.face_models import CHECKPOINTS, FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_sound
from tests.seeded_weights import seeded_state
from video_processor.encoding import encode_segment, video_info

SECONDS = 0.4


@pytest.fixture(scope="module")
def picture() -> Path:
    return face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(checkpoints_dir=CHECKPOINTS, data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wav2lip") / "mine.pth"
    return write_checkpoint(path, seeded_state("wav2lip", "generator"), "parallel")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "speech.wav"
    write_sound(path, SECONDS)
    return path


@pytest.fixture(scope="module")
def head(picture: Path, checkpoint: Path, settings: Settings) -> Iterator[Wav2LipTalkingHead]:
    with Wav2LipTalkingHead(picture, "cpu", model_path=checkpoint, settings=settings) as head:
        yield head


def test_a_picture_speaks_in_a_folder_that_is_made(head: Wav2LipTalkingHead, sound: Path, tmp_path: Path) -> None:
    assert head.get_model_info() == {
        "model_name": "wav2lip",
        "quality_mode": "standard",
        "device": "cpu",
        "output_resolution": (1280, 720),
        "model_loaded": False,
    }
    assert head.preprocess_avatar().image.shape == (720, 1280, 3)
    assert head.get_model_info()["model_loaded"]
    made = head.generate(sound, tmp_path / "new" / "folder" / "talk.mp4")
    assert made == str(tmp_path / "new" / "folder" / "talk.mp4")
    info = video_info(Path(made))
    assert (info.size, info.fps, info.frames) == (Size(1280, 720), Fraction(25), 10)
    assert info.audio_duration == pytest.approx(SECONDS, abs=0.03)


def test_without_sound_and_at_another_rate(head: Wav2LipTalkingHead, sound: Path, tmp_path: Path) -> None:
    made = head.generate(str(sound), str(tmp_path / "talk.mp4"), fps=29.97, include_audio=False)
    info = video_info(Path(made))
    assert (info.fps, info.frames, info.audio_duration) == (Fraction(30000, 1001), 12, None)


def test_what_was_given_up_is_made_again(head: Wav2LipTalkingHead) -> None:
    networks = process_networks()
    networks.get("somebody else's", object)
    head.cleanup()
    assert not head.get_model_info()["model_loaded"]
    assert "somebody else's" in networks
    networks.release("somebody else's")
    head.preprocess_avatar()
    assert head.get_model_info()["model_loaded"]


def test_chunks_that_are_drawn_side_by_side_keep_their_order() -> None:
    class Session:
        def render(self, chunk: RenderChunk) -> Iterator[Image]:
            time.sleep(0.02 * max(0, 3 - chunk.index))
            for number in range(chunk.count - (chunk.index == 7)):
                yield np.full((1, 1, 3), chunk.first + number, np.uint8)

    def chunk(index: int) -> RenderChunk:
        return RenderChunk(index, 4 * index, 4, neutral_motion(4, Fraction(25)), np.zeros(2560, np.float32))

    drawn = drawn_side_by_side(Session(), [chunk(index) for index in range(3)], workers=3)
    assert [int(frame[0, 0, 0]) for frame in drawn] == list(range(12))
    with pytest.raises(RenderError, match="3 of 4 frames of chunk 7"):
        list(drawn_side_by_side(Session(), [replace(chunk(2), index=7)], workers=1))


def test_a_film_is_not_for_sadtalker(settings: Settings, tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    frames = [np.zeros((64, 64, 3), np.uint8)] * 3
    encode_segment(frames, film, size=Size(64, 64), fps=Fraction(25), crf=23, preset="veryfast")
    with pytest.raises(ValueError, match=r"talk\.mp4 is a video"):
        SadTalkerTalkingHead(film, device="cpu", settings=settings)


def test_longer_sound_takes_longer(head: Wav2LipTalkingHead) -> None:
    short, long = head.estimate_generation_time(2.0), head.estimate_generation_time(200.0)
    assert 0 < short < long
    with pytest.raises(ValueError, match="0 seconds"):
        head.estimate_generation_time(0.0)


def test_high_quality_is_larger_and_sharper(picture: Path, checkpoint: Path, settings: Settings) -> None:
    with Wav2LipTalkingHead(picture, "cpu", "high", checkpoint, settings=settings) as head:
        info = head.get_model_info()
    assert (info["model_name"], info["output_resolution"]) == ("wav2lip-gan", (1920, 1080))


@pytest.mark.parametrize("kind", [Wav2LipTalkingHead, SadTalkerTalkingHead])
def test_wrong_arguments_are_told_at_once(kind: Any, picture: Path, settings: Settings, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Pillow.fromarray(np.full((300, 300, 3), 128, np.uint8)).save(blank)
    for error, words, values in (
        (FileNotFoundError, "nobody.jpg does not exist", {"avatar_image_path": tmp_path / "nobody.jpg"}),
        (FileNotFoundError, "mine.pth does not exist", {"model_path": tmp_path / "mine.pth"}),
        (RuntimeError, "'cuda:63' cannot be used: this machine has only .*cpu", {"device": "cuda:63"}),
        (ValueError, "no quality mode 'ultra'", {"quality_mode": "ultra"}),
        (ValueError, "blank.png", {"avatar_image_path": blank}),
    ):
        with pytest.raises(error, match=words):
            kind(**{"avatar_image_path": picture, "device": "cpu", "settings": settings, **values})


def test_a_folder_of_the_older_release_is_a_checkpoint_of_sadtalker_alone(settings: Settings, tmp_path: Path) -> None:
    older = {"sadtalker-256": tmp_path}
    assert store_for(settings, older, or_folder="sadtalker-256").path("sadtalker-256") == tmp_path
    with pytest.raises(FileNotFoundError, match="does not exist"):
        store_for(settings, older)


@pytest.mark.parametrize("name", ["face_det_batch_size", "wav2lip_batch_size"])
def test_a_batch_holds_something(name: str, picture: Path, settings: Settings) -> None:
    sizes: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=f"{name} is 0"):
        Wav2LipTalkingHead(picture, "cpu", settings=settings, **sizes)


def test_wrong_sound_is_told_and_nothing_is_written(head: Wav2LipTalkingHead, tmp_path: Path) -> None:
    long, text, output = tmp_path / "long.wav", tmp_path / "text.wav", tmp_path / "talk.mp4"
    write_sound(long, 301.0)
    text.write_text("This is not a sound.")
    with pytest.raises(FileNotFoundError, match=r"none\.wav does not exist"):
        head.generate(tmp_path / "none.wav", output)
    with pytest.raises(ValueError, match=r"at most 5"):
        head.generate(long, output)
    with pytest.raises(ValueError, match=r"text\.wav"):
        head.generate(text, output)
    with pytest.raises(ValueError, match="not a frame rate"):
        head.generate(text, output, fps="quick")
    assert not output.exists()


@pytest.mark.parametrize("kind", [Wav2LipTalkingHead, SadTalkerTalkingHead])
def test_a_checkpoint_that_is_not_there_is_named_with_its_cure(kind: Any, picture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for file in CHECKPOINTS.iterdir():
        (folder / file.name).symlink_to(file)
    settings = Settings(checkpoints_dir=folder, data_dir=tmp_path, allow_noncommercial_weights=True)
    head = kind(picture, device="cpu", settings=settings)
    with pytest.raises(RuntimeError, match="models download"):
        head.preprocess_avatar()
    head.cleanup()

from pathlib import Path

import av
import numpy as np

from avatar.types import Size
from live.contract import SOUND_RATE_HZ, TimedFrame, TimedSound
from live.messages import Speaking
from live.viewers.film import TAIL_SECONDS, FilmViewer

FPS = 10
SIZE = Size(64, 64)
NOTHING = np.zeros(52, np.float32), np.zeros(6, np.float32)


def show(viewer: FilmViewer, first: int, stop: int, *, loud: bool = False, leave_out: tuple[int, ...] = ()) -> None:
    """Frames as a stage gives them: the sound of each before it."""
    length = SOUND_RATE_HZ // FPS
    tone = (8_000 * np.sin(2 * np.pi * 440 * np.arange(length) / SOUND_RATE_HZ)).astype(np.int16)
    for index in range(first, stop):
        viewer.sound(TimedSound(index / FPS, tone if loud else np.zeros(length, np.int16)))
        if index not in leave_out:
            image = np.full((64, 64, 3), 20 + index, np.uint8)
            viewer.frame(TimedFrame(index, index / FPS, image, *NOTHING))


def read(path: Path) -> tuple[list[float], np.ndarray]:
    with av.open(str(path)) as film:
        times = [float(frame.time or 0.0) for frame in film.decode(video=0)]
    with av.open(str(path)) as film:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
    return times, sound


def test_a_file_holds_all_that_was_shown(tmp_path: Path) -> None:
    told: list[Path] = []
    viewer = FilmViewer(tmp_path / "all.mp4", SIZE, FPS, told.append)
    show(viewer, 3, 13)
    viewer.close()
    times, _ = read(tmp_path / "all.mp4")
    assert times == [index / FPS for index in range(10)]
    assert told == [tmp_path / "all.mp4"]


def test_a_folder_gets_a_film_of_each_answer(tmp_path: Path) -> None:
    viewer = FilmViewer(tmp_path / "films", SIZE, FPS)
    for number, begin in enumerate((5, 30)):
        show(viewer, begin - 5, begin)
        viewer.sound(TimedSound(begin / FPS, np.full(SOUND_RATE_HZ // FPS, 5_000, np.int16)))
        viewer.tell(Speaking(on=True, at=begin / FPS, utterance=f"u{number}"))
        viewer.frame(TimedFrame(begin, begin / FPS, np.zeros((64, 64, 3), np.uint8), *NOTHING))
        show(viewer, begin + 1, begin + 6, loud=True)
        viewer.tell(Speaking(on=False, at=(begin + 6) / FPS, utterance=f"u{number}"))
        show(viewer, begin + 6, begin + 20)
    viewer.close()
    films = sorted((tmp_path / "films").iterdir())
    assert [film.name for film in films] == ["answer-001.mp4", "answer-002.mp4"]
    for film in films:
        times, sound = read(film)
        assert times[0] == 0.0
        assert 0.6 + TAIL_SECONDS - 0.01 <= times[-1] <= 0.6 + TAIL_SECONDS + 0.11
        assert np.abs(sound[: SOUND_RATE_HZ // FPS]).max() > 0.05
        assert np.abs(sound[round((times[-1] - 0.3) * SOUND_RATE_HZ) :]).max() < 0.01


def test_a_frame_that_was_left_out_leaves_no_hole_in_time(tmp_path: Path) -> None:
    viewer = FilmViewer(tmp_path / "all.mp4", SIZE, FPS)
    show(viewer, 0, 10, leave_out=(4, 5))
    viewer.close()
    times, _ = read(tmp_path / "all.mp4")
    assert times == [index / FPS for index in range(10) if index not in (4, 5)]

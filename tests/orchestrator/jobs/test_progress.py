"""The whole of a job, from what its stages tell."""

import pytest

from orchestrator.context import Progress
from orchestrator.jobs.progress import SHARES, ProgressTrack
from orchestrator.jobs.record import JobProgress

BEFORE_CHUNKS = ("audio_processing", "portrait_analysis", "emotion_detection", "mistral_controller", "motion_synthesis")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def run_through(track: ProgressTrack, clock: Clock, chunks: int) -> list[JobProgress]:
    seen = []
    events = [Progress(stage, done, 1) for stage in BEFORE_CHUNKS for done in (0, 1)]
    events += [Progress("video_generation", 0, chunks), Progress("soundtrack", 0, 1), Progress("soundtrack", 1, 1)]
    events += [Progress("video_generation", done, chunks) for done in range(1, chunks + 1)]
    events += [Progress("assemble", 0, 1), Progress("assemble", 1, 1)]
    for event in events:
        clock.now += 1
        track.saw(event)
        seen.append(track.now())
    return seen


def test_the_fraction_only_grows_and_ends_near_one() -> None:
    clock = Clock()
    fractions = [progress.fraction for progress in run_through(ProgressTrack(JobProgress(), clock), clock, 5)]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == pytest.approx(sum(SHARES.values()))
    assert 0.95 < sum(SHARES.values()) < 1.0


def test_stages_are_shown_in_their_order() -> None:
    clock = Clock()
    seen = run_through(ProgressTrack(JobProgress(), clock), clock, 2)
    assert list(dict.fromkeys(progress.stage for progress in seen)) == [*BEFORE_CHUNKS, "video_generation", "assemble"]


def test_a_job_that_goes_on_does_not_fall_back() -> None:
    clock = Clock()
    track = ProgressTrack(JobProgress(stage="video_generation", done=3, total=10, fraction=0.41), clock)
    assert track.now().fraction == 0.41
    track.saw(Progress("video_generation", 2, 10))
    assert track.now().fraction == 0.41
    track.saw(Progress("video_generation", 6, 10))
    assert (track.now().done, track.now().total) == (6, 10)
    assert track.now().fraction == pytest.approx(0.16 + 0.8 * 0.6)


def test_seconds_left_come_from_the_speed_of_this_turn() -> None:
    clock = Clock()
    track = ProgressTrack(JobProgress(), clock)
    track.saw(Progress("video_generation", 10, 50))
    assert track.now().seconds_left is None
    clock.now += 8
    track.saw(Progress("video_generation", 14, 50))
    assert track.now().seconds_left == 72
    clock.now += 1
    assert track.now().seconds_left == 71
    clock.now += 500
    assert track.now().seconds_left == 0


def test_waiting_for_another_run_is_told() -> None:
    track = ProgressTrack(JobProgress())
    track.saw(Progress("waiting", 0, 1))
    assert (track.now().stage, track.now().fraction) == ("waiting", 0.0)

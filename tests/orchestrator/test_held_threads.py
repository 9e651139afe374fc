"""A thread that is held against others, in each store of checkpoints."""

from pathlib import Path

import pytest

from avatar.settings import load_settings
from orchestrator.checkpoints import held_thread, open_checkpoints
from tests.orchestrator.jobs.databases import private_postgres


def is_held_by_one_at_a_time(folder: Path, url: str | None) -> None:
    settings = load_settings(data_dir=folder, database_url=url)
    with open_checkpoints(settings) as one, open_checkpoints(settings) as other:
        with held_thread(one, settings, "ada") as first:
            with held_thread(other, settings, "ada") as second, held_thread(other, settings, "bob") as third:
                assert (first, second, third) == (True, False, True)
            with held_thread(other, settings, "ada") as again:
                assert not again
        with held_thread(other, settings, "ada") as after:
            assert after


def test_a_thread_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    is_held_by_one_at_a_time(tmp_path, None)


def test_a_thread_is_held_by_one_at_a_time_in_postgres(tmp_path: Path) -> None:
    pytest.importorskip("langgraph.checkpoint.postgres")
    with private_postgres() as url:
        is_held_by_one_at_a_time(tmp_path, url)

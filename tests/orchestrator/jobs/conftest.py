"""The same queue on an SQLite file and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from avatar.settings import Settings, load_settings
from orchestrator.database import open_database
from orchestrator.jobs.names import new_id
from orchestrator.jobs.record import NewJob
from orchestrator.jobs.table import SqlJobs
from tests.orchestrator.jobs.databases import private_postgres

MakeJob = Callable[..., NewJob]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty database."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def queue_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load_settings(data_dir=tmp_path / "data", database_url=url, max_queue=50, max_attempts=3)


@pytest.fixture
def jobs(queue_settings: Settings) -> Iterator[SqlJobs]:
    yield from open_jobs(queue_settings)


def open_jobs(settings: Settings) -> Iterator[SqlJobs]:
    engine = open_database(settings)
    try:
        yield SqlJobs(engine, settings)
    finally:
        engine.dispose()


@pytest.fixture
def new_job() -> MakeJob:
    def make(label: str = "a job", batch: str | None = None, character: str | None = None, **request: Any) -> NewJob:
        return NewJob(id=new_id(), request=request, label=label, batch=batch, character=character)

    return make

"""`python main.py schema` prints what a performance may hold."""

import json

from typer.testing import CliRunner

from api.cli.app import app
from avatar.performance_schema import performance_schema

run = CliRunner()


def test_it_prints_the_schema_of_a_performance() -> None:
    done = run.invoke(app, ["schema", "performance"])

    assert done.exit_code == 0
    assert json.loads(done.stdout) == performance_schema()


def test_another_schema_is_refused_with_what_there_is() -> None:
    done = run.invoke(app, ["schema", "portrait"])

    assert done.exit_code == 2
    assert "performance" in done.output

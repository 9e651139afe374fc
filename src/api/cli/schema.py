"""`python main.py schema`: the JSON Schema of what a person may write."""

import json
from enum import Enum
from typing import Annotated

import typer


class Kind(str, Enum):
    """What there is a schema of."""

    PERFORMANCE = "performance"


def schema(kind: Annotated[Kind, typer.Argument(help="What to describe.")]) -> None:
    """Print a JSON Schema: every field with its meaning, range and default."""
    from avatar.performance_schema import performance_schema

    schemas = {Kind.PERFORMANCE: performance_schema}
    typer.echo(json.dumps(schemas[kind](), ensure_ascii=False, indent=2))

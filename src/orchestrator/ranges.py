"""What became of numbers that were out of range: they are brought to the nearest end, and whoever gave them is told."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

TOLERANCE: Final = 1e-9
MOST_NAMED: Final = 6


def range_notes(given: Any, played: Any, what: str) -> tuple[str, ...]:
    """One sentence that names the numbers of `given` which `played`, the same as JSON, has otherwise; else nothing.

    `what` begins it, such as `The performance`.
    """
    changed = [f"{where} {before:g} to {after:g}" for where, before, after in _changes(given, played, "")]
    if not changed:
        return ()
    more = f"; and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
    return (f"{what} had numbers out of range, which were brought into it: {'; '.join(changed[:MOST_NAMED])}{more}.",)


def _changes(given: Any, played: Any, where: str) -> Iterator[tuple[str, float, float]]:
    if isinstance(given, Mapping) and isinstance(played, Mapping):
        for name, value in given.items():
            yield from _changes(value, played.get(name), f"{where}.{name}" if where else str(name))
    elif isinstance(given, list | tuple) and isinstance(played, list | tuple):
        for number, (before, after) in enumerate(zip(given, played, strict=False)):
            yield from _changes(before, after, f"{where}.{number}" if where else str(number))
    elif _is_number(given) and _is_number(played) and abs(given - played) > TOLERANCE:
        yield where, given, played


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

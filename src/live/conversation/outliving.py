"""Loops of threads that go on after a failure."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from live.messages import Problem

CLOSE_SECONDS: Final = 1.0
"""How long the end of a conversation waits for its threads. Each ends by itself when its work is done."""

_log = logging.getLogger(__name__)


@contextmanager
def outlived(code: str, what: str, tell: Callable[[Problem], None]) -> Iterator[None]:
    """What fails inside is logged and told, and ends nothing else. `what` begins a sentence: "The turn"."""
    try:
        yield
    except Exception as error:
        _log.exception("%s failed", what)
        message = f"{what} failed ({type(error).__name__})."
        with suppress(Exception):  # it may be the telling that failed
            tell(Problem(code=code, message=message, cure="Try again; the service's log has more.", retryable=True))

"""What the service's terminal and its log file show."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.logs import CUT_OFF_MESSAGE, log_to


@pytest.fixture(autouse=True)
def _own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = before, level


def fail(error: BaseException, text: str) -> None:
    try:
        raise error
    except BaseException:
        logging.getLogger("uvicorn.error").exception(text)


def test_a_failure_is_one_line_here_and_a_traceback_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_to(tmp_path, "server.log")
    fail(ValueError("odd"), "it\nbroke")
    logging.getLogger("uvicorn.access").info("a request")
    assert capsys.readouterr().err == "Error: it broke (ValueError)\n"
    written = log.read_text()
    assert "Traceback" in written
    assert written.count("a request") == 1


def test_streams_that_are_cut_off_at_the_end_are_no_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_to(tmp_path, "server.log")
    fail(asyncio.CancelledError(), "Exception in ASGI application\n")
    logging.getLogger("uvicorn.error").error(CUT_OFF_MESSAGE, 3)
    logging.getLogger("uvicorn.error").error("Something else")
    assert capsys.readouterr().err == "Error: Something else\n"
    assert "Cancel" not in log.read_text()


def test_a_token_in_an_address_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_to(tmp_path, "server.log")
    logging.getLogger("uvicorn.error").warning(
        '%s - "WebSocket %s" [accepted]', "127.0.0.1", "/ws?a=1&token=s3cret&b=2"
    )
    text = log.read_text() + capsys.readouterr().err
    assert text.count("/ws?a=1&token=...&b=2") == 2
    assert "s3cret" not in text

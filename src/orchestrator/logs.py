"""Where the service's processes write what happens: warnings to the terminal in a line each, all else to a file."""

import asyncio
import logging
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from orchestrator.artifacts import usable_folder

MOST_BYTES: Final = 5_000_000
KEPT_FILES: Final = 3
FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CUT_OFF_MESSAGE: Final = "Cancel %s running task(s), timeout graceful shutdown exceeded"
TOKEN: Final = re.compile(r"([?&]token=)[^&\s\"']*", re.IGNORECASE)
TALKATIVE: Final = ("httpx", "httpcore", "langfuse", "matplotlib", "PIL", "sqlalchemy", "multipart")


class OneLine(logging.Formatter):
    """The message without its traceback, which is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        text = " ".join(record.getMessage().split())
        return f"{record.levelname.capitalize()}: {text}{f' ({kind})' if kind else ''}"


def is_news(record: logging.LogRecord) -> bool:
    """False for event streams that the server cuts off when it ends, which uvicorn reports as failures."""
    kind = record.exc_info[0] if record.exc_info else None
    cut_off = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not (cut_off or record.msg == CUT_OFF_MESSAGE)


def hide_tokens(record: logging.LogRecord) -> bool:
    """Takes tokens out of addresses: a WebSocket's handshake may have its own in the query. Always True."""
    text = record.getMessage()
    if TOKEN.search(text):
        record.msg, record.args = TOKEN.sub(r"\1...", text), None
    return True


def log_to(folder: Path, name: str) -> Path:
    """Sends this process's log to `name` in the folder, and warnings to standard error too. Raises `AvatarError`."""
    path = usable_folder(folder) / name
    file = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True)
    file.setFormatter(logging.Formatter(FORM))
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(OneLine())
    for handler in (file, terminal):
        handler.addFilter(is_news)
        handler.addFilter(hide_tokens)
    logging.basicConfig(level=logging.INFO, handlers=[file, terminal], force=True)
    for talkative in TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
    return path

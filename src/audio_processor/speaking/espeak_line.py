"""An espeak-ng process that stays up, so that a sentence is heard within milliseconds.

espeak-ng is GPL-3.0 and its state is global: it runs in that process alone, one request at a time.
"""

import atexit
import json
import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from avatar.errors import SynthesisError

COMMAND: Final = (sys.executable, "-m", "audio_processor.espeak_process", "--stay")
START_TIMEOUT_SECONDS: Final = 30.0
TIMEOUT_SECONDS: Final = 10.0
TIMEOUT_SECONDS_PER_CHARACTER: Final = 0.01
CURE: Final = "Try again; if it stays, reinstall with `pip install --force-reinstall espeakng-loader`."


class EspeakLine:
    """The way to the process, which starts with the first request and after each of its deaths. Safe for threads."""

    def __init__(self, command: tuple[str, ...] = COMMAND, *, patience: float = 1.0) -> None:
        self._command, self._patience = command, patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that is up; None where none is."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The reply and the sound, as `espeak_process` describes them.

        A process that does not answer in time is ended. Raises `SynthesisError`.
        """
        with self._lock:
            seconds = TIMEOUT_SECONDS + TIMEOUT_SECONDS_PER_CHARACTER * len(request.get("text", ""))
            process = self._process
            if process is None or process.poll() is not None:
                self._put_away()
                process = self._process = self._started()
                seconds += START_TIMEOUT_SECONDS
            reply, sound = self._exchanged(process, request, seconds * self._patience)
        if "error" in reply:
            raise SynthesisError(f"{reply['error']}.", cure=CURE)
        return reply, sound

    def close(self) -> None:
        """End the process; another request starts a new one."""
        with self._lock:
            self._put_away()

    def _started(self) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise SynthesisError(f"espeak-ng could not be started: {error}.", cure=CURE) from error

    def _exchanged(
        self, process: "subprocess.Popen[bytes]", request: dict[str, Any], seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        patience = _Patience(process, seconds)
        answered = False
        try:
            reply, sound = _exchange(process, request)
            answered = True
        except (OSError, EOFError, ValueError):
            what = (
                f"did not answer within {seconds:.1f} s and was ended" if patience.is_over else "ended while it spoke"
            )
            raise SynthesisError(f"espeak-ng {what}.", cure=CURE) from None
        finally:
            patience.cancel()
            if not answered:
                self._put_away()
        return reply, sound

    def _put_away(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


class _Patience(threading.Timer):
    """Ends the process after so many seconds, unless it is cancelled."""

    def __init__(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        super().__init__(seconds, self._end)
        self._ended = process
        self.is_over = False
        self.daemon = True
        self.start()

    def _end(self) -> None:
        self.is_over = True
        self._ended.kill()


def _exchange(process: "subprocess.Popen[bytes]", request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Raises `OSError`, `EOFError` or `ValueError` where the process is gone or writes something else."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    reply: dict[str, Any] = json.loads(process.stdout.readline())
    sound = process.stdout.read(reply.get("bytes", 0))
    if len(sound) < reply.get("bytes", 0):
        raise EOFError
    return reply, sound


@lru_cache(maxsize=1)
def espeak_line() -> EspeakLine:
    """The one that this program shares; its process ends with the program."""
    line = EspeakLine()
    atexit.register(line.close)
    return line

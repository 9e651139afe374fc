"""Downloads of model files that go on while the service answers: each file once, however many ask for it."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from api.rest.transfers import Fetching, GivenUpError
from avatar.errors import AvatarError, WeightsError
from avatar.settings import Settings
from models.downloads import download_command
from models.weights import WeightStore

AT_ONCE: Final = 2
"""Downloads side by side: one that stalls does not keep the others waiting."""

WAIT_SECONDS: Final = 0.1
CLOSING_SECONDS: Final = 2.0
LOG: Final = logging.getLogger(__name__)


class ModelDesk:
    """Brings model files in threads of its own. Safe for threads; other processes are waited for by file locks.

    What arrived is kept when a download is cancelled, fails, or dies with the process: the next one goes on there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fetching: dict[str, Fetching] = {}
        self._threads: list[threading.Thread] = []
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._is_closed = False

    def start(self, keys: Iterable[str]) -> None:
        """Begins to bring those of the files that are not there, and that nobody brings yet.

        Raises `LicenceError`, before anything is begun, where one of them may not be used here.
        """
        store = WeightStore.of(self._settings)
        missing = [key for key in dict.fromkeys(keys) if not store.is_present(key)]
        for key in missing:
            store.require_licence(key)
        with self._lock:
            if self._is_closed:
                return
            for batch in store.by_source(key for key in missing if not self._goes_on(key)):
                self._begin(batch)

    def cancel(self, keys: Iterable[str]) -> None:
        """Ends the downloads of these files; what comes from the same place ends too."""
        with self._lock:
            for fetching in {id(found): found for key in keys if (found := self._fetching.get(key))}.values():
                fetching.given_up.set()

    def fetching(self, key: str) -> Fetching | None:
        """The download of that file, the last where it has ended; None where there was none, or it was cancelled."""
        found = self._fetching.get(key)
        return None if found is None or found.given_up.is_set() else found

    def close(self) -> None:
        """Ends every download within some seconds; a thread that a silent server holds dies with the process."""
        with self._lock:
            self._is_closed = True
            for fetching in self._fetching.values():
                fetching.given_up.set()
        deadline = time.monotonic() + CLOSING_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _goes_on(self, key: str) -> bool:
        """Whether somebody brings the file; one who was told to stop and has not yet goes on after all."""
        found = self._fetching.get(key)
        if found is None or found.has_ended:
            return False
        found.given_up.clear()
        return True

    def _begin(self, keys: tuple[str, ...]) -> None:
        fetching = Fetching(keys)
        self._fetching |= dict.fromkeys(keys, fetching)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._bring, args=(fetching,), name=f"fetch-{keys[0]}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _bring(self, fetching: Fetching) -> None:
        while True:
            failure = self._failure(fetching)
            with self._lock:
                if failure is not None or fetching.given_up.is_set() or self._has_come(fetching):
                    fetching.failure = failure
                    fetching.has_ended = True
                    return

    def _has_come(self, fetching: Fetching) -> bool:
        store = WeightStore.of(self._settings)
        return all(store.is_present(key) for key in fetching.keys)

    def _failure(self, fetching: Fetching) -> AvatarError | None:
        """Why the files could not be brought; None where they were, or nobody wants them any more."""
        if not self._has_place(fetching):
            return None
        try:
            WeightStore.of(self._settings).fetch(fetching.keys, fetching.tell)
        except GivenUpError:
            return None
        except AvatarError as error:
            LOG.warning("%s", error)
            return error
        except Exception as error:
            LOG.exception("the model files %s could not be brought", ", ".join(fetching.keys))
            what = f"{', '.join(fetching.keys)} could not be brought ({type(error).__name__}: {error})."
            return WeightsError(what, cure=f"Run {download_command(fetching.keys)}; the service's log has the cause.")
        finally:
            self._places.release()
        return None

    def _has_place(self, fetching: Fetching) -> bool:
        while not fetching.given_up.is_set():
            if self._places.acquire(timeout=WAIT_SECONDS):
                return True
        return False

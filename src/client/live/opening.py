"""Where a live session is opened, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from client.errors import AvatarServiceError
from client.live.events import Ended, LiveProblem, Speaking
from client.live.messages import message

SPEAKERS: Final = ("character", "image_path", "image")


@dataclass(frozen=True, slots=True)
class Opening:
    """`url` of the WebSocket; `headers` may bear a token. `path_of` brings a picture of this machine to the service."""

    url: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    path_of: Callable[[Path], str]

    def message(self) -> str:
        """`start_stream`. Raises `AvatarServiceError`."""
        given = [name for name in SPEAKERS if self.fields.get(name) is not None]
        if len(given) != 1:
            raise AvatarServiceError(
                f"A live session needs one of {', '.join(SPEAKERS)}; it got {' and '.join(given) or 'none'}.",
                kind="InputError",
                cure='Say who speaks: character="nova".',
            )
        who = self.fields[given[0]]
        image = self.path_of(Path(who)) if given[0] == "image" else str(who)
        rest = {name: value for name, value in self.fields.items() if name not in SPEAKERS}
        return message("start_stream", {"image": image, **rest})


def ends(event: object, utterance: str) -> bool:
    """Whether nothing more of that utterance comes. Raises an error that comes meanwhile."""
    if isinstance(event, LiveProblem):
        raise event.error()
    return isinstance(event, Ended) or (isinstance(event, Speaking) and not event.on and event.utterance == utterance)

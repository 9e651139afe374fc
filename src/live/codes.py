"""The codes of errors that a client is told: one table for what the service raises and what HTTP alone knows of."""

from collections.abc import Mapping
from typing import Final

from avatar.errors import AvatarError

FAILED: Final = "failed"
"""Of what nobody foresaw; the log has its cause."""

TOO_FAST, TOO_SLOW, TOO_LARGE, WORKER_LOST = "too_fast", "too_slow", "too_large", "worker_lost"

CODES: Final[Mapping[str, str]] = {
    "AvatarError": FAILED,
    "InputError": "input",
    "PortraitError": "portrait",
    "AudioError": "audio",
    "ConfigurationError": "configuration",
    "DiskSpaceError": "disk_space",
    "WeightsError": "weights",
    "MissingExtraError": "missing_extra",
    "QueueFullError": "busy",
    "BusyError": "busy",
    "TooFastError": TOO_FAST,
    "TooManyLinesError": "too_many_lines",
    "TooManyQuestionsError": "too_many_questions",
    "ThreadInUseError": "thread_in_use",
    "NotFoundError": "not_found",
    "ConflictError": "conflict",
    "SynthesisError": "synthesis",
    "NoSpeakerError": "no_speaker",
    "TranscriptionError": "transcription",
    "RenderError": "render",
    "EncodingError": "encoding",
    "WorkerLostError": WORKER_LOST,
    "TooLarge": TOO_LARGE,
    "UnsupportedMediaType": "unsupported_media",
    "TooManyRequests": "too_many_requests",
    "Unauthorized": "unauthorized",
    "ForeignOrigin": "foreign_origin",
    "ForeignHost": "foreign_host",
}
"""By the name of an error's class, or the `kind` of a problem of HTTP. A class that is missing has its parent's."""

OWN_CODES: Final = frozenset(
    {TOO_SLOW, "stage_failed", "no_connection", "client_silent", "coding_failed"},
)
"""Of what live sessions tell without an error behind it."""

ALL_CODES: Final = frozenset(CODES.values()) | OWN_CODES


def code_of(error: AvatarError) -> str:
    return next((CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in CODES), FAILED)


def error_named(kind: str) -> type[AvatarError]:
    """The class of an error that another process has told by its name; `AvatarError` for one that is not known."""
    return next((known for known in _all(AvatarError) if known.__name__ == kind), AvatarError)


def code_of_kind(kind: str) -> str:
    """Of a problem of HTTP, whose `kind` is its own or the name of an error's class."""
    return CODES.get(kind) or code_of(error_named(kind)(""))


def _all(kind: type[AvatarError]) -> list[type[AvatarError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _all(child))]

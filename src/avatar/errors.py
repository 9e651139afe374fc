"""One error root. Each error says what was wrong, with which input, and what to do."""


class AvatarError(Exception):
    """Something failed in a known way.

    `message` names the input and what is wrong with it, `cure` says what the reader can do.
    `retryable` is True where the same call may succeed when tried again.
    """

    retryable = False

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.cure)


def _rebuild(kind: type[AvatarError], message: str, cure: str) -> AvatarError:
    return kind(message, cure=cure)


class InputError(AvatarError):
    """What the user gave cannot be used: a file, an option, a text. The user can mend it."""


class PortraitError(InputError):
    """The picture cannot be animated."""


class NoSuchFaceError(PortraitError):
    """The picture has fewer faces than the one that was asked for needs."""


class AudioError(InputError):
    """The sound cannot be used."""


class ConfigurationError(InputError):
    """A setting has a wrong value; the message names its key and where it came from."""


class DiskSpaceError(InputError):
    """Too little room on the disk for what was asked."""


class WeightsError(AvatarError):
    """A model file is missing, cannot be fetched, or is not the file it should be."""


class MissingWeightsError(WeightsError):
    """A model file is not here that what was asked for needs; the cure is the command that brings it."""


class LicenceError(WeightsError):
    """A model file's licence does not allow its use here; the message names the licence."""


class DownloadError(WeightsError):
    """A source could not be reached or broke off; what arrived is kept and goes on later."""

    retryable = True


class MissingExtraError(InputError):
    """An optional dependency that was asked for is not installed; the cure is the install command."""


class QueueFullError(AvatarError):
    """As many jobs wait as may; one more is accepted when some have ended."""

    retryable = True


class BusyError(AvatarError):
    """As many callers wait for this as may."""

    retryable = True


class TooFastError(AvatarError):
    """The caller asks for more than is taken in so short a time."""

    retryable = True


class NotFoundError(InputError):
    """What was asked for by its name or number does not exist, or exists no more."""


class ConflictError(InputError):
    """What was asked for does not fit the state that the thing is in."""


class ChangedError(ConflictError):
    """The thing is no more as the caller has read it: somebody else has changed it since."""


class SupersededError(ConflictError):
    """The same caller has asked for something newer in the meantime."""


class SynthesisError(AvatarError):
    """Text could not be turned into speech."""


class NoSpeakerError(InputError):
    """No engine here can speak the language, or with the voice, that was asked for; captions can stand in for it."""


class TranscriptionError(AvatarError):
    """The words of a sound could not be recognised; the video can be made without them."""


class RenderError(AvatarError):
    """A renderer failed on a chunk; another engine may manage it."""


class EnhancementError(AvatarError):
    """Frames could not be enhanced as was chosen; the classical pass can take over."""


class EncodingError(AvatarError):
    """A video or sound stream could not be written or joined."""


class QualityError(AvatarError):
    """A finished video is not fit to be handed out; the message says what is wrong with it, and where."""


class EvaluationError(AvatarError):
    """A finished video could not be measured."""

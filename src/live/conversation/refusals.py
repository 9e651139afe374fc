"""What a conversation does not take."""

from avatar.errors import ConflictError, InputError


class TooManyLinesError(InputError):
    """As many texts wait to be said as may."""

    retryable = True


class TooManyQuestionsError(InputError):
    """As many questions wait to be answered as may."""

    retryable = True


class ThreadInUseError(ConflictError):
    """Another session, of this or another live worker, goes on with the same memory."""

    retryable = True

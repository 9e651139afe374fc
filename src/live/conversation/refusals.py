"""What a conversation does not take."""

from avatar.errors import InputError


class TooManyLinesError(InputError):
    """As many texts wait to be said as may."""

    retryable = True


class TooManyQuestionsError(InputError):
    """As many questions wait to be answered as may."""

    retryable = True


class ThreadInUseError(InputError):
    """Another session goes on with the same memory."""

    retryable = True

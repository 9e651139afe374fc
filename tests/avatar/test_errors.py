import copy
import pickle

import pytest

from avatar import errors
from avatar.errors import AvatarError

KINDS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AvatarError)),
    key=lambda kind: kind.__name__,
)


def test_all_errors_are_looked_at() -> None:
    assert len(KINDS) >= 12


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickling_and_copying(kind: type[AvatarError]) -> None:
    error = kind("me.jpg is a cat.", cure="Give a person.")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is kind
        assert (other.message, other.cure, str(other)) == (error.message, error.cure, str(error))


def test_the_text_is_the_message_and_then_the_cure() -> None:
    assert str(AvatarError("It failed.", cure="Try again.")) == "It failed. Try again."
    assert str(AvatarError("It failed.")) == "It failed."


def test_only_what_may_succeed_when_tried_again_is_retryable() -> None:
    retryable = ["BusyError", "DownloadError", "QueueFullError", "TooFastError"]
    assert [kind.__name__ for kind in KINDS if kind.retryable] == retryable

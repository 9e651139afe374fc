"""The messages in the documentation."""

import re

import pytest

from avatar.errors import AvatarError, ChangedError, DownloadError, NoSuchFaceError
from avatar.settings import PROJECT_ROOT
from live.codes import ALL_CODES, code_of, code_of_kind
from live.place import WorkerLostError
from live.protocol_page import BEGIN, with_messages


def test_the_page_has_the_messages_of_the_code() -> None:
    page = (PROJECT_ROOT / "docs" / "live-protocol.md").read_text(encoding="utf-8")
    assert with_messages(page) == page, "run `python scripts/write_protocol.py`"
    assert "**`start_stream`**" in page


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_messages("# A page")
    with pytest.raises(ValueError, match="marks"):
        with_messages(f"# A page\n{BEGIN}")


def test_the_page_has_the_codes_of_all_errors() -> None:
    page = (PROJECT_ROOT / "docs" / "live-protocol.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| code | means |\n")
    rows = table.partition("\n\n")[0].splitlines()[1:]
    listed = [code for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(ALL_CODES)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in listed)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WorkerLostError, "worker_lost"),
        (NoSuchFaceError, "portrait"),
        (ChangedError, "conflict"),
        (DownloadError, "weights"),
        (AvatarError, "failed"),
    ],
)
def test_an_error_has_the_code_of_its_nearest_kind(error: type[AvatarError], code: str) -> None:
    assert code_of(error("x")) == code_of_kind(error.__name__) == code


def test_problems_of_http_have_codes_too() -> None:
    assert code_of_kind("ForeignOrigin") == "foreign_origin"
    assert code_of_kind("Teapot") == "failed"

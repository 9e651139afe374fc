"""The messages in the documentation."""

import pytest

from avatar.settings import PROJECT_ROOT
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

"""Writes the messages of live sessions, as they are in the code, into docs/live-protocol.md."""

from pathlib import Path

from avatar.settings import PROJECT_ROOT
from live.protocol_page import with_messages

PAGE = PROJECT_ROOT / "docs" / "live-protocol.md"


def main(page: Path = PAGE) -> None:
    page.write_text(with_messages(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

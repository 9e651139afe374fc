"""Draws the orchestrator's graph into docs/architecture.md."""

from pathlib import Path

from avatar.settings import PROJECT_ROOT
from orchestrator.drawing import with_graph

PAGE = PROJECT_ROOT / "docs" / "architecture.md"


def main(page: Path = PAGE) -> None:
    page.write_text(with_graph(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

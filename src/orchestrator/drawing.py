"""The graph as a picture in a page of documentation."""

from typing import Final

from orchestrator.graph_builder import build_graph

BEGIN: Final = "<!-- graph: begin -->\n"
END: Final = "<!-- graph: end -->"


def with_graph(page: str) -> str:
    """The Markdown page with the graph, as LangGraph exports it to Mermaid, between its two marks.

    Raises ValueError where a mark is missing.
    """
    before, rest = _cut(page, BEGIN)
    _, after = _cut(rest, END)
    mermaid = build_graph().compile().get_graph().draw_mermaid().strip()
    return f"{before}{BEGIN}\n```mermaid\n{mermaid}\n```\n\n{END}{after}"


def _cut(text: str, mark: str) -> tuple[str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise ValueError(f"the page lacks the mark {mark.strip()}")
    return before, after

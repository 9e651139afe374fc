"""Where the request asks for it, a person sees the performance before anything is drawn."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from avatar.performance import Performance
from orchestrator.context import RunContext
from orchestrator.nodes.mistral_controller import GIVEN, performance_update
from orchestrator.state import AvatarState, ChoiceRecord, Update


def review(state: AvatarState, _runtime: Runtime[RunContext]) -> Update:
    """Waits for the performance that the person sends back; passes by where nobody asked or they brought their own."""
    if not state["request"]["review"] or state["director"]["name"] == GIVEN:
        return {}
    answer = interrupt({"performance": state["performance"]})
    return {**performance_update(Performance.model_validate(answer)), "director": _reviewed(state, answer)}


def _reviewed(state: AvatarState, answer: dict[str, Any]) -> ChoiceRecord:
    director = state["director"]
    verdict = "approved" if answer == state["performance"] else "edited"
    return {**director, "why": f"{director['why']}; {verdict} in review"}

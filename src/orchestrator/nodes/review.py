"""Where the request asks for it, a person sees the performance before anything is drawn."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from avatar.performance import Performance
from orchestrator.context import RunContext
from orchestrator.nodes.mistral_controller import GIVEN, performance_update
from orchestrator.state import AvatarState, ChoiceRecord, Update


def review(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Waits for the performance that the person sends back; passes by where nobody asked or they brought their own."""
    if not state["request"]["review"] or state["director"]["name"] == GIVEN:
        return {}
    handed_in = runtime.context.job.performance
    answer = interrupt({"performance": state["performance"]}) if handed_in is None else handed_in
    return {**performance_update(Performance.model_validate(answer)), "director": _reviewed(state, answer)}


def _reviewed(state: AvatarState, answer: dict[str, Any]) -> ChoiceRecord:
    director = state["director"]
    verdict = "approved" if answer == state["performance"] else "edited"
    return {**director, "why": f"{director['why']}; {verdict} in review"}

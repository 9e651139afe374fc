"""Where the request asks for it, a person sees the performance before anything is drawn."""

from pathlib import Path

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from audio_processor.analysis import load_speech
from avatar.performance import Performance
from orchestrator.context import RunContext
from orchestrator.director.placing import placed
from orchestrator.nodes.mistral_controller import GIVEN, performance_update
from orchestrator.state import AvatarState, ChoiceRecord, Update


def review(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Waits for the performance that the person sends back; passes by where nobody asked or they brought their own.

    What comes back is laid onto the speech.
    """
    job = runtime.context.job
    if not state["request"]["review"] or state["director"]["name"] == GIVEN:
        return {}
    answer = interrupt({"performance": state["performance"]}) if job.performance is None else job.performance
    performance, moved = placed(Performance.model_validate(answer), load_speech(Path(state["artifacts"]["speech"])))
    update = performance_update(performance)
    news = [note for note in (*job.given_notes, *moved) if note not in state.get("notes", ())]
    is_edited = update["performance"] != state["performance"]
    return {**update, "director": _reviewed(state, is_edited=is_edited), "edited": is_edited, "notes": news}


def _reviewed(state: AvatarState, *, is_edited: bool) -> ChoiceRecord:
    director = state["director"]
    return {**director, "why": f"{director['why']}; {'edited' if is_edited else 'approved'} in review"}

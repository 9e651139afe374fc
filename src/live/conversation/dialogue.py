"""A dialogue as a LangGraph thread: each turn is asked of a model, said, and then remembered as far as it was heard.

    START -> answer -> deliver -> END

`answer` streams what the model writes. `deliver` is an interrupt: the run waits there until it is known how much of the
answer was heard, which is what the thread keeps. A turn of which nothing was heard leaves no trace in it.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt
from langsmith import tracing_context
from typing_extensions import TypedDict

from avatar.settings import Settings
from live.conversation.acting import TOOLS
from live.conversation.halt import Halt
from live.conversation.model import Part, TalkModel
from live.conversation.persona import Acting, Persona
from live.conversation.refusals import ThreadInUseError
from live.conversation.traces import DAY_SECONDS
from orchestrator.checkpoints import forget_history, forget_locks, forget_threads, held_thread, open_checkpoints
from orchestrator.director.chat import Message

DELIVERY: Final = "how much of the answer was heard"
LASTING: Final = "talk:"
"""How the names of all conversations' threads begin."""


class Remembered(TypedDict):
    """A turn: what the person said, and what was heard of the answer."""

    person: str
    avatar: str


class DialogueState(TypedDict, total=False):
    """The thread's memory, the oldest turn first, and what is being answered."""

    turns: list[Remembered]
    heard: str


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What a run works with."""

    model: TalkModel
    persona: Persona
    acting: Acting
    most_turns: int
    halt: Halt


def answer(state: DialogueState, runtime: Runtime[DialogueContext]) -> DialogueState:
    """Streams the parts of the answer. Raises `ChatError`."""
    write, context = get_stream_writer(), runtime.context
    messages = [Message("system", context.persona.prompt(context.acting)), *_history(state)]
    tools = TOOLS if context.acting == "tools" else ()
    for part in context.model.answer(messages, tools, context.halt):
        write(part)
    return {}


def deliver(state: DialogueState, runtime: Runtime[DialogueContext]) -> DialogueState:
    """Waits for what was heard of the answer, and remembers the turn."""
    spoken = cast(str, interrupt(DELIVERY))
    turn = Remembered(person=state["heard"], avatar=spoken)
    return {"turns": [*state.get("turns", []), turn][-runtime.context.most_turns :], "heard": ""}


def dialogue_graph() -> StateGraph[DialogueState, DialogueContext, DialogueState, DialogueState]:
    graph = StateGraph(DialogueState, context_schema=DialogueContext)
    graph.add_node("answer", answer)
    graph.add_node("deliver", deliver)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", "deliver")
    graph.add_edge("deliver", END)
    return graph


class Talker(Protocol):
    """Who thinks of answers."""

    @property
    def model(self) -> TalkModel: ...

    def answer(self, text: str, halt: Halt) -> Iterator[Part]:
        """The parts of the answer to what a person said, as they come. Raises `AvatarError`."""
        ...

    def keep(self, spoken: str) -> None:
        """Remembers the last answer as far as it was heard, or else that the turn is not to be remembered."""
        ...

    def messages(self) -> list[Message]:
        """What the thread remembers."""
        ...

    def close(self) -> None: ...


class Dialogue:
    """One thread, for one conversation at a time. `memory` keeps it, and is closed with `files`; without one the thread
    ends with the conversation.
    """

    def __init__(
        self,
        model: TalkModel,
        persona: Persona,
        settings: Settings,
        *,
        thread: str,
        memory: BaseCheckpointSaver[Any] | None = None,
        files: ExitStack | None = None,
    ) -> None:
        self.model = model
        self._persona, self._settings = persona, settings
        self._files = files or ExitStack()
        self._memory = memory or InMemorySaver()
        self._graph = dialogue_graph().compile(checkpointer=self._memory)
        self._thread = thread

    @property
    def _config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": self._thread}}

    def answer(self, text: str, halt: Halt) -> Iterator[Part]:
        parts = self._graph.stream(
            DialogueState(heard=text),
            self._config,
            context=self._context(halt),
            stream_mode="custom",
            durability="exit",
        )
        apart = copy_context()
        apart.run(_untraced)
        while (part := apart.run(next, parts, None)) is not None:
            yield cast(Part, part)

    def keep(self, spoken: str) -> None:
        if spoken:
            with tracing_context(enabled=False):
                self._graph.invoke(
                    Command(resume=spoken), self._config, context=self._context(Halt()), durability="exit"
                )
        self._forget()

    def messages(self) -> list[Message]:
        return _remembered(cast(Mapping[str, Any], self._graph.get_state(self._config).values))

    def close(self) -> None:
        self.model.close()
        self._files.close()

    def _context(self, halt: Halt) -> DialogueContext:
        return DialogueContext(self.model, self._persona, self._acting(), self._settings.dialogue_turns, halt)

    def _acting(self) -> Acting:
        if self._settings.dialogue_cues == "none":
            return "none"
        return "tools" if self.model.takes_tools else "marks"

    def _forget(self) -> None:
        """A thread's past is in its state: older checkpoints serve nobody."""
        if not isinstance(self._memory, InMemorySaver):
            forget_history(self._memory, self._thread)
            return
        turns = self._graph.get_state(self._config).values.get("turns", [])
        self._memory.delete_thread(self._thread)
        with tracing_context(enabled=False):
            self._graph.update_state(self._config, DialogueState(turns=turns, heard=""), as_node="deliver")


def open_dialogue(settings: Settings, model: TalkModel, persona: Persona, *, thread: str, lasting: bool) -> Dialogue:
    """A `lasting` thread goes on with what was said under its name before, unless that is older than RETENTION_DAYS.

    Raises `ThreadInUseError` while another conversation has it open, of whatever process, and `AvatarError`.
    """
    if not lasting:
        return Dialogue(model, persona, settings, thread=thread)
    oldest = time.time() - DAY_SECONDS * settings.retention_days
    forget_locks(settings, oldest)
    with ExitStack() as files:
        memory = files.enter_context(open_checkpoints(settings))
        if not files.enter_context(held_thread(memory, settings, thread)):
            raise ThreadInUseError(
                "Another session is in a conversation under this name.",
                cure="End that one, or give another name for the thread.",
            )
        forget_threads(memory, LASTING, oldest)
        return Dialogue(model, persona, settings, thread=thread, memory=memory, files=files.pop_all())


def _untraced() -> None:
    """For the rest of the context it is called in."""
    tracing_context(enabled=False).__enter__()


def _history(state: DialogueState) -> list[Message]:
    return [*_remembered(state), Message("user", state["heard"])]


def _remembered(state: Mapping[str, Any]) -> list[Message]:
    messages = []
    for turn in state.get("turns", []):
        messages += [Message("user", turn["person"]), Message("assistant", turn["avatar"])]
    return messages

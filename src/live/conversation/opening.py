"""What a session converses with: chosen by the settings, the client's wishes and the character's."""

import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from audio_processor.speaking.base import Voice
from avatar.errors import AvatarError, ConfigurationError, InputError
from avatar.settings import Settings
from avatar.types import Floats
from live.conversation.conversation import Conversation
from live.conversation.dialogue import LASTING, Dialogue, Talker, open_dialogue
from live.conversation.endpoint_model import EndpointModel
from live.conversation.faculties import Faculties
from live.conversation.meters import build_meter
from live.conversation.persona import Persona
from live.conversation.recognising import no_recogniser, open_recogniser
from live.conversation.traces import TurnTraces, forget_old_sessions
from live.conversation.voices import SPOKEN, Voices
from live.messages import Chosen, Notice, Say
from live.own_thread import in_own_thread
from live.plan import SessionPlan
from live.stage import Stage
from models.threads import limit_speech_threads
from orchestrator.director import endpoints

AUTO, NONE = "auto", "none"
NO_RECOGNISER, NO_DIALOGUE = "no_recogniser", "no_dialogue"
HOW_TO_ANSWER = (
    "Set MISTRAL_API_KEY, GROQ_API_KEY, or MISTRAL_BASE_URL to a server of your own; docs/conversation.md says how."
)
HOW_TO_TYPE = "What is typed to be said is said all the same; docs/conversation.md says how to bring an answer."
HOW_TO_HEAR = "docs/conversation.md says what to bring. What is typed is answered all the same."


MOST_SPEECH_THREADS: Final = 2
"""Of a network that speaks or recognises speech, in a process that also draws."""


class _Notes:
    """What is told while a session opens, when nobody watches yet; afterwards the stage tells it."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._kept = stage, list[str]()
        self._is_open = False

    def __call__(self, notice: Notice) -> None:
        if self._is_open:
            self._stage.tell(notice)
        else:
            self._kept.append(f"{notice.message} {notice.cure}".rstrip())

    def opened(self) -> tuple[str, ...]:
        """What has been told so far."""
        self._is_open = True
        return tuple(self._kept)


class TalkingPartner:
    """A conversation as a session speaks to it; none of it waits in the event loop."""

    def __init__(
        self,
        conversation: Conversation,
        speaker: Chosen,
        recogniser: Chosen,
        dialogue: Chosen,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.conversation, self.notes = conversation, notes
        self.speaker, self.recogniser, self.dialogue = speaker, recogniser, dialogue

    async def say(self, message: Say) -> None:
        self.conversation.say(
            message.text, id=message.id, language=message.language, voice=message.voice, interrupt=message.interrupt
        )

    async def ask(self, text: str) -> None:
        self.conversation.ask(text)

    async def hear(self, samples: Floats, rate: int) -> None:
        self.conversation.hear(samples, rate)

    async def clear(self) -> None:
        self.conversation.clear()

    async def close(self) -> None:
        await in_own_thread(self.conversation.close, "close-conversation")


async def open_partner(plan: SessionPlan, stage: Stage, settings: Settings) -> TalkingPartner:
    """Raises `AvatarError` for what the session may not begin with: a receiver of traces that is not installed."""
    return await in_own_thread(partial(open_conversation, plan, stage, settings), f"conversation-{plan.session}")


def open_conversation(plan: SessionPlan, stage: Stage, settings: Settings) -> TalkingPartner:
    """Raises as `open_partner` does. What the first turn needs is loaded in a thread of its own."""
    start = plan.start
    language = start.language or plan.language or AUTO
    spoken = None if language == AUTO else language
    limit_speech_threads(MOST_SPEECH_THREADS)
    notes = _Notes(stage)
    wish = start.speaker or plan.speaker or settings.default_speaker
    voices = Voices(
        settings,
        wish=wish,
        voice=start.voice or plan.voice,
        sample=_sample(plan),
        language=start.language or AUTO,
        first=plan.language or settings.default_language,
        tell=notes,
    )
    forget_old_sessions(settings)
    traces = TurnTraces(settings, plan.session)
    recogniser = open_recogniser(settings, _fixed(start.language))
    hearing = recogniser.chosen if recogniser is not None else no_recogniser(settings)
    engaged = voices.engage(voices.language("", None), None)
    speaker = Chosen(name=engaged.speaker.capabilities.name if engaged.audible else None, why=engaged.choice.why)
    meter = build_meter(settings)
    dialogue, answering = _dialogue(plan, settings)
    faculties = Faculties(
        cast=voices,
        recogniser=recogniser,
        dialogue=dialogue,
        traces=traces,
        no_recogniser=Notice(code=NO_RECOGNISER, message=f"Nobody understands speech. {hearing.why}", cure=HOW_TO_HEAR),
        no_dialogue=Notice(code=NO_DIALOGUE, message=f"Nobody answers. {answering.why}", cure=HOW_TO_TYPE),
        language=_fixed(start.language),
        among=tuple(dict.fromkeys((*filter(None, (spoken,)), *SPOKEN))),
    )
    with ExitStack() as failing:
        if dialogue is not None:
            failing.callback(dialogue.close)
        conversation = Conversation(stage, faculties, meter)
        failing.callback(conversation.close)
        threading.Thread(target=conversation.warm, name="warm-conversation", daemon=True).start()
        failing.pop_all()
    return TalkingPartner(conversation, speaker, hearing, answering, notes.opened())


def _sample(plan: SessionPlan) -> Voice | None:
    return None if plan.voice_sample is None else Voice(plan.name, (), sample=Path(plan.voice_sample))


def choose_dialogue(settings: Settings) -> Chosen:
    """Who answers, and why; or what to configure where nobody does."""
    wanted = settings.default_dialogue
    if wanted == NONE:
        return Chosen(name=None, why="DEFAULT_DIALOGUE is none.")
    if wanted == AUTO:
        ready = endpoints.configured(settings)
        if not ready:
            return Chosen(name=None, why=f"No language model is set up. {HOW_TO_ANSWER}")
        return Chosen(name=ready[0], why="its endpoint is set up")
    try:
        endpoints.endpoint(settings, wanted)
    except (ConfigurationError, InputError) as error:
        return Chosen(name=None, why=f"{error.message} {error.cure}")
    return Chosen(name=wanted, why="it was asked for")


def _dialogue(plan: SessionPlan, settings: Settings) -> tuple[Talker | None, Chosen]:
    chosen = choose_dialogue(settings)
    if chosen.name is None:
        return None, chosen
    model = EndpointModel(settings, chosen.name)
    persona = Persona(plan.name, plan.start.persona or plan.direction)
    given = plan.start.thread
    names = (plan.caller, plan.character or plan.name, given) if given else (plan.session,)
    thread = LASTING + ":".join(quote(name, safe="") for name in names)
    try:
        dialogue: Dialogue = open_dialogue(settings, model, persona, thread=thread, lasting=given is not None)
    except AvatarError:
        model.close()
        raise
    return dialogue, Chosen(name=f"{chosen.name}: {model.model}", why=chosen.why)


def _fixed(language: str | None) -> str | None:
    return None if language in (None, AUTO) else language

"""The engine of a run: chosen once for what has failed so far, so that all of its stages mean the same one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.telemetry import tell
from avatar.types import Choice, Size
from orchestrator.request import Job
from orchestrator.result import JobResult
from video_processor.estimates.estimate import Estimate, estimate_generation_time
from video_processor.footage.film import is_film
from video_processor.hybrid_generator import AUTO, Wants, choose

if TYPE_CHECKING:
    from orchestrator.context import RunContext

ANY_SECONDS: Final = 10.0
"""Memory does not go by the length of the sound."""


def wants_of(job: Job) -> Wants:
    """What the job's video asks of its engine, but for memory."""
    return Wants(job.transparent, is_film(Path(job.image)), begin_with=job.begin_with)


def chosen_engine(context: "RunContext", size: Size, failed: Mapping[str, str] | None = None) -> Choice:
    """As `choose`; engines that this process has not loaded are passed over where too little memory is free."""
    known = context.renders.choices
    key = frozenset(failed or {})
    if key not in known:
        wants = replace(wants_of(context.job), needs=_needs(context, size))
        known[key] = choose(
            context.job.renderer, context.engines, context.weights, failed, wants=wants, hardware=context.hardware
        )
    choice = known[key]
    tell(
        engine=choice.name,
        engine_why=choice.why,
        engine_passed_over="; ".join(choice.passed_over),
        device=context.hardware.device.label,
        gpu_profile=context.hardware.profile_name,
    )
    return choice


def draws_better_now(result: JobResult, context: "RunContext") -> bool:
    """Whether `auto` finds a better engine than the one that drew, such as one whose files have come since.

    Not where engines failed: they might fail again.
    """
    drawn = result.renderer.name if result.renderer else ""
    names = list(context.engines)
    if context.job.renderer != AUTO or result.errors or drawn not in names:
        return False
    best = chosen_engine(context, Size(result.width, result.height)).name
    return names.index(best) < names.index(drawn)


def _needs(context: "RunContext", size: Size) -> dict[str, Estimate]:
    """Of the engines with networks that are still to be loaded; the puppet and the still picture always fit."""
    return {
        name: estimate_generation_time(
            ANY_SECONDS, name, size, context.job.rate, hardware=context.hardware, past=context.past
        )
        for name, engine in context.engines.items()
        if engine.capabilities.weights and not context.renders.has_loaded(name)
    }

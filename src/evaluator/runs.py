"""Each scenario is made, watched, and measured."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from audio_processor.transcription.transcriber import Transcriber
from avatar.errors import AvatarError
from avatar.settings import Settings
from evaluator.bounds import Verdict, judge
from evaluator.faces import FaceCurves, face_curves, follow
from evaluator.lips import LipCurves, against_film, against_reference, bilabials, closed_gap, lips
from evaluator.making import Made, make
from evaluator.metrics import METRICS, NO_REFERENCE, Values, known, unknown
from evaluator.movement import movement
from evaluator.optional import Evidence, judged
from evaluator.pictures import pictures
from evaluator.reference import read_reference
from evaluator.scenarios import Scenario
from evaluator.statistics import Curve, on_grid
from evaluator.voice import video_sound, voice
from evaluator.words import heard
from models.face_mesh.tracker import FaceTracker
from models.weights import WeightStore
from orchestrator.context import OnProgress

COMPARED: Final = ("reference_", "track_", "correlation_", "film_")
"""How the names of figures begin that need real lips."""


@dataclass(frozen=True, slots=True)
class Curves:
    """What the plots of a run show: the tracked face, the speech's opening at its frames, what real lips did (if it is
    known), the bilabials in seconds, and the correlation at each lag with the speech and with the real lips.
    """

    face: FaceCurves
    speech: Curve
    real: Curve | None
    bilabials: Curve
    lips: LipCurves
    real_lips: LipCurves | None


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario and what came of it: every figure of `METRICS`, or the `error` that ended it.

    `seconds` by stage, as in `JobResult`; `duration` of the video.
    """

    scenario: Scenario
    values: Values = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    duration: float = 0.0
    renderer: str = ""
    quality: tuple[Any, ...] = ()
    curves: Curves | None = None
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.error and all(verdict.met is not False for verdict in self.verdicts)


class Bench:
    """What all runs share."""

    def __init__(self, settings: Settings, transcriber: Transcriber | None = None) -> None:
        self.settings = settings
        self.store = WeightStore.of(settings)
        self.tracker = FaceTracker(self.store)
        self.transcriber = transcriber


def run_one(scenario: Scenario, bench: Bench, folder: Path, on_progress: OnProgress | None = None) -> Run:
    """Makes and measures the scenario's video in `folder`. What goes wrong is the run's `error`."""
    try:
        return measured(scenario, bench, make(scenario, bench.settings, folder, on_progress), folder)
    except AvatarError as error:
        return Run(scenario, error=str(error))


def measured(scenario: Scenario, bench: Bench, made: Made, folder: Path) -> Run:
    """Raises `AvatarError` where the video cannot be measured."""
    tracked = follow(made.video, bench.tracker)
    face = face_curves(tracked)
    seen, curves = _lips(scenario, face, made, bench)
    sound = video_sound(made.video, folder / "sound", bench.settings)
    result = made.result
    values: Values = {
        "real_time_factor": known(result.seconds.get("total", 0.0) / result.duration),
        **seen,
        **movement(face),
        **pictures(made.video, tracked, made.portrait),
        **voice(sound),
        **heard(sound, made.text, scenario.language, bench.transcriber),
        **judged(Evidence(made.video, tracked, sound, made.portrait), bench.store),
    }
    values = {name: values[name] for name in METRICS}
    return Run(
        scenario,
        values,
        judge(values, scenario.thresholds),
        result.seconds,
        result.duration,
        result.renderer.name if result.renderer else "",
        result.quality,
        curves,
    )


def _lips(scenario: Scenario, face: FaceCurves, made: Made, bench: Bench) -> tuple[Values, Curves]:
    """Against the speech; and with real lips, those of a reference, and of a film that the same tracker follows."""
    values: Values = {name: unknown(NO_REFERENCE) for name in METRICS if name.startswith(COMPARED)}
    speech, measures = made.speech, made.portrait.measures
    own, with_speech = lips(face, speech, closed_gap(measures.mouth_gap if measures else 0.0))
    values |= own
    real, with_real = None, None
    if scenario.reference is not None:
        reference = read_reference(scenario.reference, scenario.reference_offset)
        found, with_real = against_reference(face, speech, reference)
        values |= found
        real = reference.at(face.times)
    if scenario.film is not None:
        film = face_curves(follow(scenario.film, bench.tracker))
        values |= against_film(face, speech, film, scenario.reference_offset)
    spoken = on_grid(speech.visemes.opening)(face.times)
    return values, Curves(face, spoken, real, bilabials(speech.visemes), with_speech, with_real)

"""Plots of a run as SVG, to stand in a page."""

import io
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.errors import MissingExtraError
from evaluator.movement import blinks
from evaluator.runs import Curves, Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_SECONDS: Final = 12.0
"""The curves' first seconds are shown: more would be a blur."""

MOUTH, SPEECH, REAL, QUIET = "#c2410c", "#0f766e", "#4338ca", "#94a3b8"
ANGLES: Final = (("pitch", "#0f766e"), ("yaw", "#c2410c"), ("roll", "#4338ca"))
CHUNK_STAGES: Final = ("video_generation", "total")
STYLE: Final = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#94a3b8",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e2e8f0",
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "avatar",
}


def require_matplotlib() -> None:
    """Raises `MissingExtraError` where it is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtraError(
            "The HTML report needs matplotlib, which is not installed.",
            cure=f'Run: {sys.executable} -m pip install -e ".[evaluate]"; or leave out --html.',
        ) from None


def run_plots(run: Run) -> dict[str, str]:
    """SVG by title; none of a run that failed."""
    if run.curves is None:
        return {}
    curves = run.curves
    return {
        "Mouth and speech": _svg(lambda axes: _mouth(axes, curves), (9.2, 2.5)),
        "Correlation by lag": _svg(lambda axes: _lags(axes, curves), (4.4, 2.3)),
        "Seconds by stage": _svg(lambda axes: _stages(axes, run), (4.4, 2.3)),
        "Head": _svg(lambda axes: _head(axes, curves), (9.2, 2.1)),
        "Eyes and blinks": _svg(lambda axes: _eyes(axes, curves), (9.2, 1.8)),
    }


def _svg(draw: Any, inches: tuple[float, float]) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure.add_subplot())
        file = io.StringIO()
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'role="img"', text[text.index("<svg") :], count=1)


def _mouth(axes: "Axes", curves: Curves) -> None:
    face = curves.face
    shown = face.times <= SHOWN_SECONDS
    times = face.times[shown]
    scale = float(np.percentile(face.opening, 95)) / max(float(np.nanpercentile(curves.speech, 95)), 1e-6)
    if curves.real is not None:
        axes.plot(times, curves.real[shown], color=REAL, lw=1, alpha=0.8, label="real lips")
    axes.plot(times, curves.speech[shown] * scale, color=SPEECH, lw=1, label="speech (scaled)")
    axes.plot(times, face.opening[shown], color=MOUTH, lw=1.6, label="video, tracked")
    heard = curves.bilabials[curves.bilabials <= SHOWN_SECONDS]
    axes.plot(heard, np.zeros_like(heard), "v", color=QUIET, ms=5, label="p, b, m", clip_on=False)
    axes.set(xlabel="s", ylabel="opening, eye distances", ylim=(0, None), xlim=(0, float(times[-1])))
    _legend(axes)


def _lags(axes: "Axes", curves: Curves) -> None:
    axes.axvspan(-40, 40, color="#f1f5f9", lw=0)
    axes.plot(1000 * curves.lips.lags, curves.lips.r, color=SPEECH, lw=1.6, label="with the speech")
    if curves.real_lips is not None:
        axes.plot(1000 * curves.real_lips.lags, curves.real_lips.r, color=REAL, lw=1.6, label="with real lips")
    axes.set(xlabel="lips after the sound, ms", ylabel="r")
    _legend(axes)


def _stages(axes: "Axes", run: Run) -> None:
    parts = sorted(((s, name) for name, s in run.seconds.items() if name not in CHUNK_STAGES), reverse=True)[:9]
    names = [name.replace("_", " ") for _, name in parts]
    axes.barh(names[::-1], [s for s, _ in parts][::-1], color=SPEECH, height=0.65)
    axes.set(xlabel="s, summed over threads")
    axes.grid(visible=False, axis="y")


def _head(axes: "Axes", curves: Curves) -> None:
    face = curves.face
    for (name, colour), angle in zip(ANGLES, face.angles.T, strict=True):
        axes.plot(face.times, angle - np.median(angle), color=colour, lw=1.2, label=name)
    axes.set(xlabel="s", ylabel="degrees", xlim=(0, float(face.times[-1])))
    _legend(axes)


def _eyes(axes: "Axes", curves: Curves) -> None:
    face = curves.face
    for begin, end in blinks(face):
        axes.axvspan(begin, end, color="#fed7aa", lw=0)
    axes.plot(face.times, face.eyes, color=MOUTH, lw=1.2)
    axes.set(xlabel="s", ylabel="height / width", xlim=(0, float(face.times[-1])), ylim=(0, None))


def _legend(axes: "Axes") -> None:
    """In a line above the plot."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderaxespad=0.1)

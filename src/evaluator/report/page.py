"""An evaluation as one HTML page that needs nothing beside it."""

from html import escape
from pathlib import Path
from typing import Final

from avatar.files import atomic_file
from evaluator.bounds import Verdict
from evaluator.evaluation import Evaluation
from evaluator.metrics import METRICS, NO_REFERENCE, Values
from evaluator.report.plots import require_matplotlib, run_plots
from evaluator.runs import Run

OVERVIEW: Final = (
    "real_time_factor",
    "lip_correlation",
    "lip_offset_ms",
    "reference_correlation",
    "reference_spread",
    "closed_at_bilabials",
    "blink_rate",
    "head_speed",
    "flicker",
    "identity_ssim",
)

STYLE: Final = """
:root { color-scheme: light; --line: #e2e8f0; --quiet: #64748b; --good: #15803d; --bad: #b91c1c; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: #0f172a; background: #f8fafc; margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: .85rem; margin: 1rem 0 .25rem; color: var(--quiet); font-weight: 600; }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
section { padding: 1.1rem 1.25rem; margin-top: 1.25rem; }
header { display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .32rem .7rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; font-size: .8rem; } td.n { white-space: nowrap; }
.quiet { color: var(--quiet); font-size: .85rem; } .good { color: var(--good); } .bad { color: var(--bad); }
.mark { font-size: .78rem; font-weight: 700; padding: .1rem .5rem; border-radius: 99px; border: 1px solid; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; } svg { width: 100%; height: auto; display: block; }
@media (max-width: 760px) { .pair { grid-template-columns: 1fr; } }
"""


def write_page(path: Path, evaluation: Evaluation, title: str) -> None:
    """Written under a temporary name and renamed. Raises `MissingExtraError` without matplotlib."""
    require_matplotlib()
    text = page(evaluation, title)
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def page(evaluation: Evaluation, title: str) -> str:
    """The whole page; matplotlib must be there."""
    runs = evaluation.runs
    head = f"<h1>{escape(title)}</h1><span>{_mark(evaluation.passed)}</span>"
    said = f"{len(runs)} videos, {sum(run.duration for run in runs):.0f} s; {sum(run.passed for run in runs)} passed"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><header>{head}</header><p class="quiet">{said}</p>'
        f"{_overview(evaluation)}{''.join(_run(run) for run in runs)}</main></body></html>\n"
    )


def _overview(evaluation: Evaluation) -> str:
    names = [name for name in OVERVIEW if evaluation.together[name].value is not None]
    head = "".join(f"<th>{escape(METRICS[name].title)}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{escape(run.scenario.name)}</td>{_cells(run.values, names)}<td>{_mark(run.passed)}</td></tr>"
        for run in evaluation.runs
    )
    mean = f"<tr><th>mean</th>{_cells(evaluation.together, names)}<td></td></tr>"
    table = f'<div class="scroll"><table><tr><th>run</th>{head}<th></th></tr>{rows}{mean}</table></div>'
    return f"<section><h2>Overview</h2>{table}{_verdicts(evaluation.verdicts, evaluation.together)}</section>"


def _cells(values: Values, names: list[str]) -> str:
    return "".join(f'<td class="n">{_number(values, name)}</td>' for name in names)


def _number(values: Values, name: str) -> str:
    value = values[name].value if name in values else None
    return "–" if value is None else f"{value:.4g}"


def _verdicts(verdicts: tuple[Verdict, ...], values: Values) -> str:
    if not verdicts:
        return ""
    rows = "".join(
        f"<tr><td>{escape(METRICS[v.metric].title)}</td><td>{_number(values, v.metric)}</td>"
        f"<td>{escape(v.bound)}</td><td>{_mark(v.met)}</td></tr>"
        for v in verdicts
    )
    return (
        f"<h3>All runs together</h3><table><tr><th>figure</th><th>value</th><th>bound</th><th></th></tr>{rows}</table>"
    )


def _run(run: Run) -> str:
    about = f"{run.duration:.1f} s, {escape(run.renderer)}" if not run.error else ""
    head = f"<header><h2>{escape(run.scenario.name)}</h2>{_mark(run.passed)}"
    if run.error:
        return f'<section>{head}</header><p class="bad">{escape(run.error)}</p></section>'
    plots = run_plots(run)
    titles = list(plots)
    figures = [f"<div><h3>{escape(title)}</h3>{plots[title]}</div>" for title in titles]
    drawn = f'{figures[0]}<div class="pair">{figures[1]}{figures[2]}</div>{"".join(figures[3:])}'
    return f'<section>{head}<span class="quiet">{about}</span></header>{drawn}{_figures(run)}{_quality(run)}</section>'


def _figures(run: Run) -> str:
    bounds = {verdict.metric: verdict for verdict in run.verdicts}
    rows = []
    for name, value in run.values.items():
        metric, verdict = METRICS[name], bounds.get(name)
        if verdict is None and value.why == NO_REFERENCE:
            continue
        shown = (
            f"{value.value:.4g} {metric.unit}" if value.value is not None else f'<span class="quiet">{value.why}</span>'
        )
        judged = f"{escape(verdict.bound)} {_mark(verdict.met)}" if verdict else ""
        rows.append(f"<tr><td>{escape(metric.title)}</td><td>{shown}</td><td>{judged}</td></tr>")
    return f"<h3>Figures</h3><table><tr><th>figure</th><th>value</th><th>bound</th></tr>{''.join(rows)}</table>"


def _quality(run: Run) -> str:
    rows = "".join(
        f"<tr><td>{escape(check['name'])}</td><td>{'checked' if check['done'] else 'not checked'}</td>"
        f"<td>{escape(check['detail'])}</td></tr>"
        for check in run.quality
    )
    return f"<h3>Quality gate</h3><table>{rows}</table>"


def _mark(met: bool | None) -> str:
    if met is None:
        return '<span class="mark quiet">not measured</span>'
    return '<span class="mark good">pass</span>' if met else '<span class="mark bad">fail</span>'

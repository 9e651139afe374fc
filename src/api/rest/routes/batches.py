"""Many videos at once, from JSON or CSV: all of them are queued, or none."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.rest.intake import Looks, new_job
from api.rest.openapi import body, json_body
from api.rest.problems import PROBLEMS, FieldError, HttpProblem, invalid
from api.rest.receiving import JSON_TYPE, content_kind, decoded, parse_json, parse_texts, wrong_content_type
from api.rest.schemas import MOST_IN_A_BATCH, BatchRequest, BatchRows, JobSpec
from api.rest.service import Current, Service
from api.rest.views import EXAMPLE_ID, JobView, job_view
from avatar.errors import NotFoundError
from orchestrator.jobs.names import new_id
from orchestrator.jobs.record import JobFilter, JobRecord, NewJob

CSV_TYPE: Final = "text/csv"
ROW_PROBLEMS: Final = (413, 415, 422)
PAGE_ROWS: Final = 200
CSV_EXAMPLE: Final = (
    'character,text,language,controls\ngrace-hopper,Good morning!,en,"{""smile"": 0.4}"\nastronaut,Guten Morgen!,de,\n'
)
JSON_EXAMPLE: Final = {
    "two": {
        "jobs": [
            {"character": "grace-hopper", "text": "Good morning!"},
            {"image_path": "inputs/me.png", "audio_path": "inputs/speech.wav"},
        ]
    }
}
MANY: Final = body(
    json=json_body(BatchRequest, JSON_EXAMPLE),
    csv={
        "schema": {"type": "string", "description": "A header of the same field names; an empty cell is left out."},
        "examples": {"two": {"value": CSV_EXAMPLE}},
    },
)

router = APIRouter(prefix="/api/v1/batches", tags=["videos"], responses=PROBLEMS)


class BatchView(BaseModel):
    """A batch, its jobs in the order they were asked for."""

    batch_id: str = Field(examples=[EXAMPLE_ID])
    jobs: list[JobView]


@router.post("", status_code=202, openapi_extra=MANY)
async def queue_batch(request: Request, response: Response, service: Current) -> BatchView:
    """Queue many videos, at most 1000. Where one cannot be used none is queued, and `errors` names every bad row."""
    kind = content_kind(request)
    if kind not in (JSON_TYPE, CSV_TYPE):
        raise wrong_content_type(request, JSON_TYPE, CSV_TYPE)
    content = await request.body()
    batch = new_id()
    records = await to_thread.run_sync(_queue_all, service, content, kind, batch, limiter=service.heavy)
    response.headers["Location"] = f"/api/v1/batches/{batch}"
    return _view(batch, records, request)


@router.get("/{batch_id}")
def get_batch(
    batch_id: Annotated[str, Path(description="The batch's number.", examples=[EXAMPLE_ID])],
    request: Request,
    service: Current,
) -> BatchView:
    """A batch and all its jobs as they stand."""
    records = sorted(service.board.every(JobFilter(batch=batch_id)), key=lambda record: record.created_at)
    if not records:
        raise NotFoundError(f"There is no batch '{batch_id[:40]}'.", cure="Its jobs may have been removed.")
    return _view(batch_id, records, request)


def _view(batch: str, records: Sequence[JobRecord], request: Request) -> BatchView:
    return BatchView(batch_id=batch, jobs=[job_view(record, request) for record in records])


def _queue_all(service: Service, content: bytes, kind: str, batch: str) -> list[JobRecord]:
    wrong: list[FieldError] = []
    new: list[NewJob] = []
    looks = Looks(faces=False)
    for place, spec in _specs(content, kind, wrong):
        _require_room(len(new), service)
        try:
            new.append(new_job(service, spec, batch=batch, looks=looks))
        except HttpProblem as problem:
            wrong += _of_row(problem, place)
    if wrong:
        raise invalid(sorted(wrong, key=lambda error: error.row or 0))
    return service.dispatch.submit(new)


def _require_room(queued: int, service: Service) -> None:
    """Raises a 422 problem for a batch that would never fit."""
    most = service.settings.max_queue
    if queued >= most:
        message = f"has more than {most} jobs, and no more can wait; split it into several batches"
        raise invalid([FieldError(field="body", message=message)])


def _specs(content: bytes, kind: str, wrong: list[FieldError]) -> Iterator[tuple[int | str, JobSpec]]:
    """Each job with its row in the CSV file, or its place in the JSON; what cannot be read goes to `wrong`."""
    if kind == JSON_TYPE:
        for index, given in enumerate(parse_json(BatchRows, content).jobs):
            place = f"jobs.{index}."
            try:
                yield place, parse_json(JobSpec, json.dumps(given).encode())
            except HttpProblem as problem:
                wrong += _of_row(problem, place)
        return
    for row, texts in _rows(decoded(content)):
        try:
            yield row, parse_texts(JobSpec, texts)
        except HttpProblem as problem:
            wrong += _of_row(problem, row)


def _of_row(problem: HttpProblem, place: int | str) -> list[FieldError]:
    """The problem's errors, told by their row; a problem that is not the row's is raised."""
    if problem.status_code not in ROW_PROBLEMS or not problem.errors:
        raise problem
    if isinstance(place, str):
        return [error.model_copy(update={"field": place + error.field}) for error in problem.errors]
    return [error.model_copy(update={"row": place}) for error in problem.errors]


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows that hold anything, with the line that each begins in. Raises a 422 problem."""
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, begins = 0, 1
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            row, begins = begins + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            _check_row(row, cells, columns, count)
            yield row, {name: cell for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    except csv.Error as error:
        raise invalid([FieldError(field="body", message=f"is no CSV: {error}", row=reader.line_num)]) from None
    if not count:
        raise invalid([FieldError(field="body", message="the file has no row below its header")])


def _columns(header: Sequence[str]) -> list[str]:
    columns = [name.strip() for name in header]
    known = ", ".join(JobSpec.model_fields)
    wrong = [name for name in columns if name not in JobSpec.model_fields]
    errors = [
        FieldError(field=name[:40] or "header", message=f"is no column; there are: {known}", row=1) for name in wrong
    ]
    errors += [
        FieldError(field=name, message="the column is there twice", row=1)
        for name in sorted({name for name in columns if columns.count(name) > 1} - set(wrong))
    ]
    if not columns:
        errors.append(FieldError(field="header", message=f"the header is missing; columns are: {known}", row=1))
    if errors:
        raise invalid(errors)
    return columns


def _check_row(row: int, cells: Sequence[str], columns: Sequence[str], count: int) -> None:
    if len(cells) > len(columns):
        message = f"has {len(cells)} cells, and the header {len(columns)} columns"
        raise invalid([FieldError(field="row", message=message, row=row)])
    if count > MOST_IN_A_BATCH:
        raise invalid([FieldError(field="body", message=f"has more than {MOST_IN_A_BATCH} rows", row=row)])

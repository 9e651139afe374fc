"""Model files: which there are, under which licences, what uses them, and bringing them with their progress."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from api.rest.model_desk import ModelDesk
from api.rest.model_uses import model_uses
from api.rest.problems import PROBLEMS
from api.rest.service import Current, Service
from api.rest.views import API
from avatar.errors import AvatarError, InputError, LicenceError, NotFoundError
from models.sources import WeightFile
from models.weights import FileState, WeightStore

ModelState = Literal["present", "missing", "damaged", "unchecked", "waiting", "downloading"]

UNTOLD: Final = "null where its server alone knows."

router = APIRouter(prefix=API, tags=["models"], responses=PROBLEMS)


class TransferView(BaseModel):
    """A download under way. Files of one package arrive together and share their figures."""

    done_bytes: int
    total_bytes: int | None = Field(description=f"Of what is brought; {UNTOLD}")
    bytes_per_second: float | None = Field(description="Of the last seconds; null before it is known.")
    seconds_left: float | None = Field(description="null where that cannot be told.")


class ModelProblem(BaseModel):
    """Why the last download failed."""

    kind: str = Field(examples=["DownloadError"])
    message: str
    cure: str
    retryable: bool = Field(description="Whether trying again may help as things are.")


class ModelView(BaseModel):
    """A model file."""

    key: str = Field(examples=["whisper-base"])
    group: str = Field(description="What belongs together.", examples=["whisper-base"])
    purpose: str
    file: str = Field(description="Its name in CHECKPOINTS_DIR.", examples=["whisper-base.pt"])
    size_bytes: int | None = Field(description=f"Of the whole file; {UNTOLD}")
    arrived_bytes: int = Field(description="What is here of it, a download that broke off included.")
    required: bool = Field(description="Whether no video can be made without it.")
    licence: str
    commercial: bool = Field(description="Whether its licence allows commercial use.")
    allowed: bool = Field(description="Whether it may be used here, as ALLOW_NONCOMMERCIAL_WEIGHTS stands.")
    refusal: ModelProblem | None = Field(description="Why it may not; null where it may.")
    used_by: list[str] = Field(description="Engines and parts of the program.", examples=[["faster-whisper"]])
    state: ModelState = Field(
        description="`damaged`: of another size than it should be; `unchecked`: not looked at yet."
    )
    transfer: TransferView | None = Field(description="While its state is `downloading`.")
    problem: ModelProblem | None = Field(description="Of the last download; null where it went well.")


class ModelsView(BaseModel):
    """Model files, and the room that there is for them."""

    models: list[ModelView]
    free_bytes: int = Field(description="Of the disk that they are kept on.")


Named = Annotated[str, InPath(max_length=100, description="A file's key, else a group's name, else `all`.")]
AsGroup = Annotated[bool, Query(description="Take the name as a group's, where a file has it too.")]


@router.get("/models")
async def models(service: Current) -> ModelsView:
    """Every model file of the registry, with the state of its download."""
    return await run_sync(_view, service, None)


@router.post("/models/{name}/download", status_code=202)
async def download(name: Named, service: Current, group: AsGroup = False) -> ModelsView:
    """Begin to bring files that are missing or damaged; what is here, or is being brought, is left alone.

    What a broken-off download has left is gone on with. `GET /api/v1/models` tells the progress. `all` leaves out what
    may not be used here; naming such a file is refused with 403.
    """
    return await run_sync(_download, service, name, group)


@router.delete("/models/{name}/download")
async def cancel(name: Named, service: Current, group: AsGroup = False) -> ModelsView:
    """End downloads; what has arrived is kept for the next one. Where there are none, nothing changes."""
    return await run_sync(_cancel, service, name, group)


def _download(service: Service, name: str, group: bool) -> ModelsView:
    store = WeightStore.of(service.settings)
    keys = _keys(store, name, group)
    service.models.start(keys if name != "all" else [key for key in keys if store.may_use(key)])
    return _view(service, keys)


def _cancel(service: Service, name: str, group: bool) -> ModelsView:
    keys = _keys(WeightStore.of(service.settings), name, group)
    service.models.cancel(keys)
    return _view(service, keys)


def _keys(store: WeightStore, name: str, group: bool) -> list[str]:
    """Raises `NotFoundError`."""
    if not group and any(file.key == name for file in store.files):
        return [name]
    try:
        return store.select([name])
    except InputError as error:
        raise NotFoundError(f"There is no model file '{name[:40]}'.", cure=error.cure) from None


def _view(service: Service, keys: Sequence[str] | None) -> ModelsView:
    """Of those files; of all without `keys`."""
    store = WeightStore.of(service.settings)
    uses = model_uses(store)
    files = [file for file in store.files if keys is None or file.key in keys]
    return ModelsView(
        models=[_model(file, store, service.models, uses) for file in files], free_bytes=_free(store.folder)
    )


def _model(file: WeightFile, store: WeightStore, desk: ModelDesk, uses: Mapping[str, Sequence[str]]) -> ModelView:
    state, transfer = _standing(file.key, store, desk)
    fetching = desk.fetching(file.key)
    failure = fetching.failure if fetching is not None and state in ("missing", "damaged", "unchecked") else None
    return ModelView(
        key=file.key,
        group=file.group,
        purpose=file.purpose,
        file=file.file,
        size_bytes=file.size,
        arrived_bytes=store.arrived(file.key),
        required=file.required,
        licence=file.licence,
        commercial=file.commercial,
        allowed=store.may_use(file.key),
        refusal=_refusal(file.key, store),
        used_by=list(uses[file.key]),
        state=state,
        transfer=transfer,
        problem=None if failure is None else _problem(failure),
    )


def _standing(key: str, store: WeightStore, desk: ModelDesk) -> tuple[ModelState, TransferView | None]:
    """What the disk tells, but for what is under way."""
    fetching = desk.fetching(key)
    if fetching is None or not fetching.is_under_way or store.state(key) is FileState.PRESENT:
        return store.state(key).value, None
    standing = fetching.standing
    if not standing.begun:
        return "waiting", None
    return "downloading", TransferView(
        done_bytes=standing.done,
        total_bytes=standing.total or None,
        bytes_per_second=standing.rate,
        seconds_left=standing.seconds_left,
    )


def _refusal(key: str, store: WeightStore) -> ModelProblem | None:
    try:
        store.require_licence(key)
    except LicenceError as error:
        return _problem(error)
    return None


def _problem(error: AvatarError) -> ModelProblem:
    kind = next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_"))
    return ModelProblem(kind=kind, message=error.message, cure=error.cure, retryable=error.retryable)


def _free(folder: Path) -> int:
    """Of a folder that need not exist yet."""
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(existing).free

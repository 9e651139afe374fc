"""`python main.py demo`: Grace Hopper says hello."""

from pathlib import Path
from typing import Annotated, Final

import typer

from avatar.errors import InputError

PORTRAIT: Final = "portrait-grace-hopper"
VOICE: Final = "f3"
TEXT: Final = (
    "Hello! I am Grace Hopper, and this is an old photograph of me. "
    "A program heard these words and moved my lips. Now give it a picture of your own."
)


def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help="Make it again from the beginning.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make data/outputs/demo.mp4, in which Grace Hopper says hello; brings the models it needs."""
    from api.cli.making import bring_models, make_video, tell
    from api.cli.progress import progress_display
    from avatar.settings import load_settings
    from models.weights import WeightStore
    from orchestrator.request import JobRequest

    settings = load_settings()
    store = WeightStore.of(settings)
    with progress_display() as display:
        bring_models(store, [PORTRAIT], display)
    output = _folder(settings.data_dir / "outputs") / "demo.mp4"
    request = JobRequest(image=store.path(PORTRAIT), text=TEXT, language="en", voice=VOICE, output=output)
    tell(make_video(request, settings, fresh=fresh), request, None, as_json=as_json)


def _folder(place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cure = "Let DATA_DIR name another folder."
        raise InputError(f"The folder {place} cannot be made: {error.strerror}.", cure=cure) from None
    return place

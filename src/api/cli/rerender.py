"""`python main.py rerender`: another version of a video that was made here."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.enhancing import Enhance, EnhanceEvery, EnhanceStrength, Upscale


def rerender(
    video: Annotated[Path, typer.Argument(help="A video that was made on this machine.", readable=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The video to write: .mp4, .webm or .mov.", readable=False)
    ],
    performance: Annotated[Path | None, typer.Option(help="JSON with another performance.", readable=False)] = None,
    controls: Annotated[
        Path | None, typer.Option(help="JSON with control parameters over those that were played.", readable=False)
    ] = None,
    direction: Annotated[str | None, typer.Option(help="Ask the director anew, with these words.")] = None,
    director: Annotated[
        str | None, typer.Option(help="Ask this director anew: auto, local, mistral, groq or rules.")
    ] = None,
    image: Annotated[str | None, typer.Option(help="Another picture or video with a face.", metavar="PATH")] = None,
    face: Annotated[int | None, typer.Option(help="Which of several faces, by size; 0 is the largest.")] = None,
    framing: Annotated[str | None, typer.Option(help="What is shown: auto, close, portrait, square or full.")] = None,
    background: Annotated[str | None, typer.Option(help="keep, blur, a colour, or a picture's path.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of a square video in pixels, even.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Width and height, such as 1280x720.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Another preset, with its size, frame rate and engine: standard or high.")
    ] = None,
    renderer: Annotated[
        str | None,
        typer.Option(help="Engine that draws: auto, sadtalker-512, sadtalker, wav2lip-gan, wav2lip, puppet or still."),
    ] = None,
    enhance: Enhance = None,
    enhance_strength: EnhanceStrength = None,
    enhance_every: EnhanceEvery = None,
    upscale: Upscale = None,
    fps: Annotated[str | None, typer.Option(help="Frames a second: 25, 29.97 or 30000/1001.")] = None,
    seed: Annotated[int | None, typer.Option(help="Other seeds blink and nod at other moments.")] = None,
    export_motion: Annotated[
        Path | None, typer.Option(help="Write the motion: .json, .csv, .npz or .glb.", readable=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make another version of a video. What is left out stays, and the speech is not analysed again."""
    from api.cli import files, making
    from avatar.errors import InputError
    from avatar.settings import load_settings
    from orchestrator.versions import another_version

    if performance is not None and (direction is not None or director is not None):
        message = "--performance needs no director, and --direction or --director was given."
        raise InputError(message, cure="Give one of them.")
    inputs: dict[str, str | Path | None] = {"VIDEO": video, "--image": image, "--performance": performance}
    inputs |= {"--controls": controls, "--background": files.picture_of(background)}
    files.check_targets(output, export_motion, inputs)
    width, height = files.sides(size, resolution)
    changes: dict[str, Any] = {"direction": direction, "director": director, "image": image, "face": face}
    changes |= {"framing": framing, "background": background, "width": width, "height": height}
    changes |= {"preset": preset, "renderer": renderer, "fps": fps, "seed": seed}
    changes |= {"enhance": enhance, "enhance_strength": enhance_strength}
    changes |= {"enhance_every": enhance_every, "upscale": upscale}
    changes |= {"controls": files.read_controls(controls), "performance": files.read_performance(performance)}
    request = another_version(video, output, changes, load_settings())
    making.make_and_tell(request, export=export_motion, fresh=False, resume=False, as_json=as_json)

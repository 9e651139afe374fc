"""The options of enhancement, which `generate` and `rerender` share."""

from typing import Annotated

import typer

Enhance = Annotated[
    str | None, typer.Option(help="What makes frames better: auto, none, detail, or gfpgan for the face.")
]
EnhanceStrength = Annotated[float | None, typer.Option(help="How strongly, from 0 to 1.")]
EnhanceEvery = Annotated[
    int | None, typer.Option(help="A network restores every frame (1), every second one (2), and so on.")
]
Upscale = Annotated[str | None, typer.Option(help="Shorter side of the file: none, 720p or 1080p.")]

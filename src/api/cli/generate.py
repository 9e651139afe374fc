"""`python main.py generate`: a picture or a character, and a sound or a text, become a video."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.enhancing import Enhance, EnhanceEvery, EnhanceStrength, Upscale


def _path(help_text: str, *names: str) -> Any:
    """An option with a path, which our own checks look at: typer's would speak in another form."""
    return typer.Option(*names, help=help_text, readable=False)


def generate(
    output: Annotated[Path, _path("The video to write: .mp4, .webm or .mov.", "--output", "-o")],
    image: Annotated[str | None, typer.Option(help="Picture or video with a face.", metavar="PATH")] = None,
    character: Annotated[str | None, typer.Option(help="Character in place of a picture: nova, or its number.")] = None,
    audio: Annotated[str | None, typer.Option(help="Sound, or a video with sound.", metavar="PATH")] = None,
    text: Annotated[str | None, typer.Option(help="Text to speak, in place of a sound.")] = None,
    expression_from: Annotated[
        str | None,
        typer.Option(help="Video of a person whose face is played, and heard without a sound.", metavar="PATH"),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the text, or of what is said: en, de or pt-br.")
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice that speaks the text, such as f3 or m1.")] = None,
    speaker: Annotated[
        str | None, typer.Option(help="Engine that speaks the text: auto, espeak or another of `speak --list`.")
    ] = None,
    fps: Annotated[str | None, typer.Option(help="Frames a second: 25, 29.97 or 30000/1001.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of a square video in pixels, even.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Width and height, such as 1280x720.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="What fills in size, frame rate and engine: standard (720p) or high (1080p).")
    ] = None,
    renderer: Annotated[
        str | None,
        typer.Option(help="Engine that draws: auto, sadtalker-512, sadtalker, wav2lip-gan, wav2lip, puppet or still."),
    ] = None,
    director: Annotated[
        str | None, typer.Option(help="Who writes the performance: auto, local, mistral, groq or rules.")
    ] = None,
    direction: Annotated[str | None, typer.Option(help="How to perform, in words: cheerful, nods a lot.")] = None,
    framing: Annotated[str | None, typer.Option(help="What is shown: auto, close, portrait, square or full.")] = None,
    background: Annotated[
        str | None, typer.Option(help="keep, blur, transparent, a colour (white, #00ff00), or a picture's path.")
    ] = None,
    face: Annotated[int | None, typer.Option(help="Which of several faces, by size; 0 is the largest.")] = None,
    transcript: Annotated[
        str | None, typer.Option(help="Words of the sound: a text, SRT or VTT file, or the text itself.")
    ] = None,
    transcriber: Annotated[
        str | None, typer.Option(help="Who recognises the words: auto, faster-whisper, whisper or none.")
    ] = None,
    transcriber_size: Annotated[
        str | None, typer.Option(help="The largest Whisper checkpoint to use: tiny to large-v3, or turbo.")
    ] = None,
    captions: Annotated[
        list[str] | None, typer.Option(help="Write captions beside the video: srt or vtt; may be given twice.")
    ] = None,
    burn_captions: Annotated[bool, typer.Option("--burn-captions", help="Draw captions into the picture.")] = False,
    enhance: Enhance = None,
    enhance_strength: EnhanceStrength = None,
    enhance_every: EnhanceEvery = None,
    upscale: Upscale = None,
    controls: Annotated[Path | None, _path("JSON with control parameters that replace others.")] = None,
    performance: Annotated[Path | None, _path("JSON with a whole performance.")] = None,
    review: Annotated[bool, typer.Option("--review", help="Stop to let the performance be edited.")] = False,
    seed: Annotated[int, typer.Option(help="Other seeds blink and nod at other moments.")] = 0,
    session: Annotated[str | None, typer.Option(help="Session that the job's trace belongs to.")] = None,
    user: Annotated[str | None, typer.Option(help="User whose work the job's trace is.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Mark of the job's trace; may be given again.")] = None,
    export_motion: Annotated[Path | None, _path("Write the motion: .json, .csv, .npz or .glb.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run; the default too.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Trust nothing that is there; make all of it again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a talking video of a picture or a character, and a sound, a text that is spoken, or another video."""
    from api.cli import casting, files, making
    from audio_processor.captions.given import transcript_argument
    from orchestrator.request import JobRequest

    inputs: dict[str, str | Path | None] = {
        "--image": image,
        "--audio": audio,
        "--expression-from": expression_from,
        "--controls": controls,
        "--performance": performance,
    }
    inputs["--background"] = files.picture_of(background)
    files.check_sound(audio, text, {"--voice": voice, "--speaker": speaker}, film=expression_from)
    forms = files.caption_forms(captions)
    files.check_targets(output, export_motion, inputs)
    files.check_captions(output, forms, inputs)
    width, height = files.sides(size, resolution)
    values: dict[str, Any] = {
        "image": image,
        "output": output,
        "audio": audio,
        "text": text,
        "expression_from": expression_from,
        "language": language,
        "voice": voice,
        "speaker": speaker,
    }
    values |= {"fps": fps, "width": width, "height": height, "preset": preset}
    values |= {"renderer": renderer, "director": director}
    values |= {"direction": direction, "framing": framing, "background": background, "face": face}
    values |= {"seed": seed, "review": review}
    values |= {"transcriber": transcriber, "transcriber_size": transcriber_size}
    values |= {"captions": forms, "burn_captions": burn_captions}
    values |= {"enhance": enhance, "enhance_strength": enhance_strength}
    values |= {"enhance_every": enhance_every, "upscale": upscale}
    values |= {"transcript": None if transcript is None else transcript_argument(transcript)}
    values |= {"session_id": session, "user_id": user, "tags": tuple(tag or ())}
    values |= {"controls": files.read_controls(controls), "performance": files.read_performance(performance)}
    request = JobRequest(**casting.cast(character, values))
    making.make_and_tell(request, export=export_motion, fresh=fresh, resume=resume, as_json=as_json)

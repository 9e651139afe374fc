"""A video's captions: an artifact beside the speech, and files beside the video."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audio_processor.captions.formats import CaptionForm, read_captions, write_captions
from audio_processor.captions.layout import captions
from avatar.captions import Cue
from avatar.files import atomic_file
from avatar.types import Transcript

CAPTIONS_FILE: Final = "captions.vtt"


def save_captions(path: Path, transcript: Transcript) -> None:
    """Under a temporary name, then renamed."""
    _write(path, write_captions(captions(transcript), "vtt"))


def load_captions(path: Path) -> tuple[Cue, ...]:
    """What `save_captions` wrote."""
    return read_captions(path.read_text(encoding="utf-8"))


def place_captions(artifact: str | None, video: Path, forms: Sequence[CaptionForm]) -> tuple[str, ...]:
    """Writes the captions in each of `forms` beside the video, with its name; the paths, none without an artifact."""
    if artifact is None:
        return ()
    cues = load_captions(Path(artifact)) if forms else ()
    written = []
    for form in forms:
        path = caption_path(video, form)
        _write(path, write_captions(cues, form))
        written.append(str(path))
    return tuple(written)


def caption_path(video: Path, form: CaptionForm) -> Path:
    """Where the captions of a video lie."""
    return video.with_suffix(f".{form}")


def _write(path: Path, text: str) -> None:
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")

"""Wav2Lip as a class: the same engine that the service draws with."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from avatar.settings import Settings, load_settings
from models.loaded import BorrowedNetworks, process_networks
from talking_heads.modes import QualityMode, checked_arguments, hardware_on
from talking_heads.talking_head import TalkingHead, store_for
from video_processor.renderers.wav2lip.renderer import Wav2LipRenderer

CHECKPOINTS: dict[str, Literal["wav2lip", "wav2lip-gan"]] = {"standard": "wav2lip", "high": "wav2lip-gan"}


class Wav2LipTalkingHead(TalkingHead):
    """Lips by Wav2Lip over a face that the puppet keeps alive.

    `quality_mode`: `standard` is 1280 x 720 with the base checkpoint, `high` is 1920 x 1080 with the GAN one; both are
    the presets of these names. `model_path` is a checkpoint to use in their place. `wav2lip_batch_size` frames go
    through the network at once, fewer where memory runs out. `face_det_batch_size` is there for callers of the
    original: the tracker looks at single frames, a millisecond each, and needs no batches. `device` is `cuda`,
    `cuda:N`, `mps` or `cpu`.

    Raises FileNotFoundError where the picture or the checkpoint is missing, ValueError where the picture shows no face
    that can be animated and for a wrong argument, RuntimeError where the device or PyTorch is not there.
    """

    def __init__(
        self,
        avatar_image_path: str | Path,
        device: str = "cuda",
        quality_mode: QualityMode = "standard",
        model_path: str | Path | None = None,
        face_det_batch_size: int = 4,
        wav2lip_batch_size: int = 128,
        *,
        settings: Settings | None = None,
    ) -> None:
        image, mode = checked_arguments(
            avatar_image_path,
            quality_mode,
            face_det_batch_size=face_det_batch_size,
            wav2lip_batch_size=wav2lip_batch_size,
        )
        settings = settings or load_settings()
        checkpoint = CHECKPOINTS[quality_mode]
        store = store_for(settings, {checkpoint: model_path})
        hardware, networks = hardware_on(device, settings), BorrowedNetworks(process_networks())
        renderer = Wav2LipRenderer(
            store, replace(hardware.computing(checkpoint), batch=wav2lip_batch_size), checkpoint, networks
        )
        super().__init__(image, renderer, mode, hardware=hardware, settings=settings, networks=networks)

"""SadTalker as a class: the same engine that the service draws with."""

from dataclasses import replace
from pathlib import Path

from avatar.settings import Settings, load_settings
from models.loaded import BorrowedNetworks, process_networks
from talking_heads.modes import QualityMode, checked_arguments, hardware_on
from talking_heads.talking_head import TalkingHead, store_for
from video_processor.footage.film import is_film
from video_processor.renderers.sadtalker.renderer import MAPPINGS, NAMES, FaceSize, SadTalkerRenderer

FACE_SIZES: dict[str, FaceSize] = {"standard": 256, "high": 512}


class SadTalkerTalkingHead(TalkingHead):
    """The whole face by SadTalker: lips and expression from the sound, head and blinks as they are directed.

    `quality_mode`: `standard` is 1280 x 720 with faces of 256 pixels, `high` is 1920 x 1080 with 512. `model_path` is a
    checkpoint to use in the registry's place, or a folder with the files of the release before it (`epoch_20.pth`,
    `facevid2vid_00189-model.pth.tar` and the others); `mapping_crop_path` and `mapping_full_path` are those of its
    mapping networks, for a face that fills the picture and for one that is pasted back. `batch_size` frames go through
    the networks at once, fewer where memory runs out. `device` is `cuda`, `cuda:N`, `mps` or `cpu`.

    Raises what `Wav2LipTalkingHead` raises.
    """

    def __init__(
        self,
        avatar_image_path: str | Path,
        device: str = "cuda",
        quality_mode: QualityMode = "standard",
        model_path: str | Path | None = None,
        batch_size: int = 8,
        *,
        mapping_crop_path: str | Path | None = None,
        mapping_full_path: str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        image, mode = checked_arguments(avatar_image_path, quality_mode, batch_size=batch_size)
        if is_film(image):
            raise ValueError(f"{image.name} is a video; SadTalker moves a picture. Give a picture, or take Wav2Lip.")
        settings = settings or load_settings()
        size = FACE_SIZES[quality_mode]
        checkpoint = f"sadtalker-{size}"
        given = {
            checkpoint: model_path,
            MAPPINGS["crop"]: mapping_crop_path,
            MAPPINGS["full"]: mapping_full_path,
        }
        hardware, networks = hardware_on(device, settings), BorrowedNetworks(process_networks())
        computing = replace(hardware.computing(NAMES[size]), batch=batch_size)
        store = store_for(settings, given, or_folder=checkpoint)
        renderer = SadTalkerRenderer(store, computing, size, networks)
        super().__init__(image, renderer, mode, hardware=hardware, settings=settings, networks=networks)

"""A portrait ready to be drawn live, and by which engine."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from avatar.errors import InputError, RenderError
from avatar.files import file_digest
from avatar.settings import Settings
from avatar.types import Choice, FaceMotion, Floats, Image, Portrait, RenderChunk, Size
from live.plan import SessionPlan
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, artifact_key
from orchestrator.portraits import face_tracker, measure_portrait, portrait_key, portrait_path
from video_processor.backgrounds import KEEP, TRANSPARENT, set_background
from video_processor.footage.film import is_film
from video_processor.framing import FRAMINGS, Framing, frame_portrait
from video_processor.portrait import load_portrait, save_portrait
from video_processor.renderers.base import Renderer, RenderSession
from video_processor.renderers.puppet import PuppetRenderer

AUTO: Final = "auto"
PUPPET: Final = "puppet"
NO_SOUND: Final[Floats] = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class LiveEngine:
    """An engine that can be drawn with live, and what is known of its pace on this machine."""

    name: str
    renderer: Renderer
    why: str


@dataclass(frozen=True, slots=True)
class SessionDrawer:
    """Draws single frames with an engine that looks at nothing around them."""

    session: RenderSession
    size: Size
    fps: Fraction

    def draw(self, index: int, shapes: Floats, pose: Floats) -> Image:
        motion = FaceMotion(self.fps, shapes[None], pose[None])
        return next(iter(self.session.render(RenderChunk(0, index, 1, motion, NO_SOUND))))


class DrawingRoom:
    """Prepares portraits for a worker's sessions, each of which has its own. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._weights = WeightStore.of(settings)
        self.artifacts = ArtifactStore(settings.data_dir / "artifacts")

    def portrait(self, plan: SessionPlan) -> Portrait:
        """The plan's picture, framed at the session's size, before its background.

        Raises `PortraitError` for a picture that cannot be animated, `InputError` for a background or framing that
        cannot be used, `WeightsError` where the face models cannot be brought.
        """
        settings, image, size = self._settings, Path(plan.image), Size(plan.start.size, plan.start.size)
        framing = self._framing(plan)
        key = portrait_key(file_digest(image), settings, plan.face)
        whole = self.artifacts.kept(
            portrait_path(self.artifacts, key),
            lambda: measure_portrait(image, face_tracker(self._weights), settings, plan.face),
            save_portrait,
            load_portrait,
        )
        background = KEEP if plan.background == TRANSPARENT or is_film(image) else plan.background

        def framed() -> Portrait:
            return set_background(
                frame_portrait(whole, size, framing),
                background,
                max_megapixels=settings.max_image_megapixels,
                max_megabytes=settings.max_upload_megabytes,
            )

        path = self.artifacts.path("framed", artifact_key(key, list(size), framing, background, "live"), ".npz")
        return self.artifacts.kept(path, framed, save_portrait, load_portrait)

    def engine(self, wanted: str) -> tuple[Renderer, Choice]:
        """The engine to draw with. Raises `InputError` for one that cannot draw live."""
        if wanted not in (AUTO, PUPPET):
            raise InputError(f"There is no live engine '{wanted[:40]}'.", cure=f"Use {AUTO} or {PUPPET}.")
        why = "asked for" if wanted == PUPPET else "it keeps up on any processor"
        return PuppetRenderer(), Choice(PUPPET, why)

    def drawer(self, portrait: Portrait, renderer: Renderer, fps: int) -> SessionDrawer:
        """Raises `RenderError` where the portrait cannot be prepared."""
        try:
            session = renderer.prepare(portrait, portrait.size)
        except RenderError:
            raise
        except Exception as error:
            raise RenderError(f"{renderer.capabilities.name} could not prepare the portrait: {error}.") from error
        return SessionDrawer(session, portrait.size, Fraction(fps))

    def _framing(self, plan: SessionPlan) -> Framing:
        wanted = plan.start.framing or plan.framing
        found: Framing | None = next((one for one in FRAMINGS if one == wanted), None)
        if found is None:
            raise InputError(f"There is no framing '{wanted[:40]}'.", cure=f"Use one of {', '.join(FRAMINGS)}.")
        return found

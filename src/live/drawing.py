"""A portrait ready to be drawn live."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from avatar.errors import AvatarError, InputError, RenderError
from avatar.files import file_digest
from avatar.settings import Settings
from avatar.types import Portrait, Size
from live.engines import LiveEngines
from live.plan import SessionPlan
from live.sounded import SessionDrawer, SoundedDrawer
from live.stage import Drawer
from models.weights import WeightStore
from orchestrator.artifacts import ArtifactStore, artifact_key
from orchestrator.portraits import face_tracker, measure_portrait, portrait_key, portrait_path
from video_processor.backgrounds import KEEP, TRANSPARENT, set_background
from video_processor.footage.film import is_film
from video_processor.framing import FRAMINGS, Framing, frame_portrait
from video_processor.portrait import load_portrait, save_portrait
from video_processor.renderers.base import Renderer


class DrawingRoom:
    """Prepares portraits for a worker's sessions, each of which has its own. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._weights = WeightStore.of(settings)
        self._artifacts = ArtifactStore(settings.data_dir / "artifacts")
        self.engines = LiveEngines(settings, self._weights)

    def portrait(self, plan: SessionPlan) -> Portrait:
        """The plan's picture, framed at the session's size, before its background.

        Raises `PortraitError` for a picture that cannot be animated, `InputError` for a background or framing that
        cannot be used, `WeightsError` where the face models cannot be brought.
        """
        settings, image, size = self._settings, Path(plan.image), Size(plan.start.size, plan.start.size)
        framing = self._framing(plan)
        key = portrait_key(file_digest(image), settings, plan.face)
        whole = self._artifacts.kept(
            portrait_path(self._artifacts, key),
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

        path = self._artifacts.path("framed", artifact_key(key, list(size), framing, background, "live"), ".npz")
        return self._artifacts.kept(path, framed, save_portrait, load_portrait)

    def drawer(
        self, portrait: Portrait, renderer: Renderer, fps: int, fell: Callable[[Exception], None] = lambda _: None
    ) -> Drawer:
        """`fell` hears what an engine failed of that another one goes on for.

        Raises `RenderError` where the portrait cannot be prepared, `WeightsError` where a checkpoint cannot be read.
        """
        known = renderer.capabilities
        try:
            session = renderer.prepare(portrait, portrait.size)
        except AvatarError:
            raise
        except Exception as error:
            raise RenderError(f"{known.name} could not prepare the portrait: {error}.") from error
        if known.live is not None and known.live.hears:
            return SoundedDrawer(session, portrait.size, Fraction(fps), known.live, fell)
        return SessionDrawer(session, portrait.size, Fraction(fps))

    def _framing(self, plan: SessionPlan) -> Framing:
        wanted = plan.start.framing or plan.framing
        found: Framing | None = next((one for one in FRAMINGS if one == wanted), None)
        if found is None:
            raise InputError(f"There is no framing '{wanted[:40]}'.", cure=f"Use one of {', '.join(FRAMINGS)}.")
        return found

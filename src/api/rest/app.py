"""The web application: routes, rules and problem details, over the parts of one `Service`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.rest.gate import Gate, HostGate, Rates, SecurityHeaders
from api.rest.methods import HeadAsGet
from api.rest.openapi import describe
from api.rest.problems import PROBLEMS, add_problem_handlers
from api.rest.routes import (
    batches,
    captions,
    character_checks,
    character_voices,
    characters,
    estimate,
    events,
    generate,
    jobs,
    live,
    media,
    metrics,
    models,
    page,
    rerender,
    review,
    schemas,
    session,
    short,
    sound,
    speech,
    stats,
    status,
    stream,
    timeline,
    trace,
    uploads,
    voices,
    webrtc,
)
from api.rest.security import policy_of
from api.rest.service import Service, open_service
from avatar import __version__
from avatar.settings import Settings
from live.webrtc.ice import ice_servers

ROUTERS: Final = (
    generate.router,
    jobs.router,
    review.router,
    rerender.router,
    batches.router,
    uploads.router,
    characters.router,
    character_checks.router,
    character_voices.router,
    events.router,
    media.router,
    captions.router,
    sound.router,
    stream.router,
    timeline.router,
    trace.router,
    session.router,
    status.router,
    models.router,
    estimate.router,
    stats.router,
    voices.router,
    speech.router,
    schemas.router,
    metrics.router,
    live.router,
    webrtc.router,
    live.socket_router,
    short.router,
    page.router,
)
DESCRIPTION: Final = """A portrait and speech become a talking video.

Queue a video with `POST /api/v1/jobs`, follow it at its `events_url`, and fetch it at its `video_url`;
or wait for it with `POST /api/v1/generate`. Every error is `application/problem+json` with a `detail` that says what
was wrong and a `cure` that says what to do.
"""
TAGS: Final = [
    {"name": "videos", "description": "Ask for a video."},
    {"name": "jobs", "description": "Look at jobs, follow, review, cancel and remove them."},
    {"name": "results", "description": "Videos, motion and thumbnails, also while a video is rendered."},
    {"name": "timeline", "description": "See what a performance does before it is rendered."},
    {"name": "files", "description": "Upload pictures and sounds for later use."},
    {"name": "characters", "description": "Portraits with a name, a voice and a manner, under one number."},
    {"name": "live", "description": "Avatars that speak and answer while you watch."},
    {"name": "speech", "description": "Text that is spoken, and who speaks it."},
    {"name": "models", "description": "The model files of this machine, and bringing them."},
    {"name": "service", "description": "State, figures and health of the service."},
    {"name": "short form", "description": "Three addresses for scripts."},
]
CORS_METHODS: Final = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")
CORS_HEADERS: Final = ("Authorization", "Content-Type", "If-Match", "Last-Event-ID", "Range")
EXPOSED_HEADERS: Final = (
    "Location",
    "Retry-After",
    "ETag",
    "Link",
    "Content-Range",
    "Content-Disposition",
    "X-Codecs",
    "X-Language",
    "X-Renderer",
    "X-Sample-Rate",
    "X-Speaker",
    "X-Speaker-Why",
    "X-Start",
    "X-Voice",
)


def create_app(settings: Settings, service: Service | None = None) -> FastAPI:
    """The application over a service that is open; without one it opens its own as it starts, and closes it at its end.

    Raises `ConfigurationError` where the tokens or the ICE servers cannot be used.
    """
    ice_servers(settings)
    app = FastAPI(
        title="Avatar Orchestrator",
        version=__version__,
        summary="A portrait and speech go in; a talking video comes out.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=None if service else _lifespan(settings),
        responses=PROBLEMS,
        redirect_slashes=False,
    )
    app.state.service = service
    add_problem_handlers(app)
    _add_rules(app, settings)
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = open_service(settings)
        app.state.service = await to_thread.run_sync(opened.__enter__)
        try:
            yield
        finally:
            await to_thread.run_sync(opened.__exit__, None, None, None)

    return lifespan


def _add_rules(app: FastAPI, settings: Settings) -> None:
    """The innermost first."""
    policy = policy_of(settings)
    app.add_middleware(HeadAsGet)
    app.state.rates = Rates(settings.rate_limit_per_minute)
    app.add_middleware(Gate, policy=policy, rates=app.state.rates, settings=settings)
    if policy.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sorted(policy.origins),
            allow_methods=CORS_METHODS,
            allow_headers=CORS_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )
    app.add_middleware(HostGate, policy=policy)
    app.add_middleware(SecurityHeaders, policy=policy)
    metrics.count_requests(app)

"""Which process runs which tests, and which come first: the longest, so that none is waited for at the end."""

from typing import Final

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

PAGE, LIVE_PAGE = "tests/web/", "tests/web/test_live_"
LONGEST: Final = (
    "tests/api/test_cli_bench.py",  # a process that is started counts its starter's memory: while that is small
    PAGE,
    LIVE_PAGE,
    "tests/live/test_live_socket.py",
    "tests/client/test_client_service.py",
    "tests/orchestrator/jobs/test_kills.py",
    "tests/video_processor/test_portrait.py",
    "tests/test_docs_snippets.py",
    "tests/api/rest/test_openapi.py",
    "tests/models/test_sadtalker_parity.py",
    "tests/orchestrator/test_resume.py",
    "tests/orchestrator/previews/test_preview_desk.py",
    "tests/api/test_cli_serve.py",
    "tests/models/test_gfpgan_parity.py",
    "tests/api/rest/test_timeline.py",
    "tests/video_processor/test_footage.py",
    "tests/test_measuring_emotion.py",
    "tests/evaluator/test_evaluate.py",
    "tests/live/test_webrtc_peer.py",
    "tests/live/conversation/test_conversation.py",
    "tests/test_load.py",
    "tests/audio_processor/transcription/test_engines.py",
    "tests/api/test_cli_whole.py",
    "tests/video_processor/test_sadtalker_seeded.py",
    "tests/talking_heads/test_talking_heads.py",
    "tests/orchestrator/test_concurrency.py",
    "tests/orchestrator/test_engine_faults.py",
    "tests/evaluator/test_selftest.py",
    "tests/video_processor/test_wav2lip_renderer.py",
    "tests/orchestrator/jobs/test_worker.py",
    "tests/api/rest/test_stream.py",
    "tests/orchestrator/director/test_malformed_answers.py",
    "tests/orchestrator/test_footage_run.py",
    "tests/orchestrator/test_quality_gate.py",
    "tests/orchestrator/director/test_llama_cpp.py",
    "tests/orchestrator/test_stopping.py",
)
"""What takes the most time, the longest first, by processor time; all others follow as they are found."""


def unit(nodeid: str) -> str:
    """What runs in one process: a file, or all tests of the page but those of live sessions, which share a service and
    a browser; or these.
    """
    return next((name for name in (LIVE_PAGE, PAGE) if nodeid.startswith(name)), nodeid.partition("::")[0])


def turn(nodeid: str) -> int:
    """The place of a test's unit among all: the lower, the earlier."""
    own = unit(nodeid)
    return LONGEST.index(own) if own in LONGEST else len(LONGEST)


class UnitScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Gives whole units to processes, in their turn."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

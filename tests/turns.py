"""Which process runs which tests, and which come first: the longest, so that none is waited for at the end."""

from typing import Final

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

PAGE: Final = "tests/web/"
LONGEST: Final = (
    PAGE,
    "tests/orchestrator/test_resume.py",
    "tests/client/test_client_service.py",
    "tests/video_processor/test_portrait.py",
    "tests/audio_processor/transcription/test_engines.py",
    "tests/talking_heads/test_talking_heads.py",
    "tests/api/test_cli_serve.py",
    "tests/models/test_gfpgan_parity.py",
    "tests/evaluator/test_evaluate.py",
    "tests/orchestrator/test_concurrency.py",
    "tests/test_load.py",
    "tests/api/rest/test_stream.py",
    "tests/orchestrator/director/test_malformed_answers.py",
    "tests/orchestrator/test_footage_run.py",
    "tests/orchestrator/test_quality_gate.py",
    "tests/orchestrator/director/test_llama_cpp.py",
    "tests/orchestrator/jobs/test_kills.py",
    "tests/orchestrator/previews/test_preview_desk.py",
    "tests/test_docs_snippets.py",
    "tests/orchestrator/test_stopping.py",
    "tests/orchestrator/jobs/test_worker.py",
    "tests/test_measuring_emotion.py",
)
"""What takes the most time, the longest first, by processor time; all others follow as they are found."""


def unit(nodeid: str) -> str:
    """What runs in one process: a file, or all tests of the page, which share a service and a browser."""
    return PAGE if nodeid.startswith(PAGE) else nodeid.partition("::")[0]


def turn(nodeid: str) -> int:
    """The place of a test's unit among all: the lower, the earlier."""
    own = unit(nodeid)
    return LONGEST.index(own) if own in LONGEST else len(LONGEST)


class UnitScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Gives whole units to processes, in their turn."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

"""What docs/python.md shows runs, and its table names the arguments that there are."""

import inspect
import re
import shutil
from pathlib import Path

import pytest

from avatar.settings import PROJECT_ROOT
from talking_heads import SadTalkerTalkingHead, Wav2LipTalkingHead
from tests.checkpoint_files import write_checkpoint
from tests.face_models import CHECKPOINTS, FACE_MODELS, GRACE_HOPPER, face_store
from tests.orchestrator.pipeline_fakes import write_sound
from tests.seeded_weights import seeded_state
from video_processor.encoding import video_info

PAGE = PROJECT_ROOT / "docs" / "python.md"


def test_the_example_makes_its_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER), tmp_path / "me.jpg")
    write_sound(tmp_path / "speech.wav", 0.4)
    write_checkpoint(tmp_path / "wav2lip.pth", seeded_state("wav2lip", "generator"), "parallel")
    monkeypatch.setenv("CHECKPOINTS_DIR", str(CHECKPOINTS))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    exec(compile(example[1], str(PAGE), "exec"), {})
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "(1280, 720)"
    assert told[1].startswith("about ")
    assert video_info(Path(told[-1])).frames == 10


@pytest.mark.parametrize("kind", [Wav2LipTalkingHead, SadTalkerTalkingHead])
def test_the_table_names_every_argument(kind: type) -> None:
    row = next(
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{kind.__name__}(")
    )
    shown = row.split("`")[1]
    arguments = [name for name in inspect.signature(kind).parameters if name != "settings"]
    assert re.findall(r"(\w+)(?==|[,)])(?:=[^,)]+)?", shown.split("(", 1)[1].replace("*, ", "")) == arguments

"""Files of this machine are uploaded as what they are, and named by what the service answers."""

from pathlib import Path

from client.job_fields import uploaded


def test_a_video_that_lends_its_expression_is_uploaded_as_a_video() -> None:
    brought: list[tuple[str, Path]] = []

    def path_of(kind: str, file: Path) -> str:
        brought.append((kind, file))
        return f"inputs/{file.name}"

    fields = uploaded({"image": "me.png", "expression": "actor.mp4", "seed": 3}, path_of)
    assert fields == {
        "image_path": "inputs/me.png",
        "expression_path": "inputs/actor.mp4",
        "seed": 3,
        "label": "me.png · actor.mp4",
    }
    assert brought == [("image", Path("me.png")), ("video", Path("actor.mp4"))]

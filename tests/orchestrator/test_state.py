"""How updates of parallel tasks come together."""

from orchestrator.state import ChunkRecord, with_chunks


def chunk(index: int, engine: str = "puppet", path: str = "a") -> ChunkRecord:
    return {"index": index, "engine": engine, "path": path}


def test_a_chunk_that_comes_twice_is_kept_once() -> None:
    assert with_chunks([chunk(0), chunk(1)], [chunk(1, path="b"), chunk(2)]) == [
        chunk(0),
        chunk(1, path="b"),
        chunk(2),
    ]


def test_another_engines_chunk_is_another_chunk() -> None:
    assert with_chunks([chunk(0)], [chunk(0, "still")]) == [chunk(0), chunk(0, "still")]

"""Face motion and a portrait's head as an animated glTF 2.0 file.

One node, `head`, carries the mesh `face` with 52 morph targets that bear ARKit's names; one animation moves
its rotation, its translation and its weights. Units and axes are those of `animation`.
"""

from pathlib import Path
from typing import Any, Final

from avatar import __version__
from avatar.blendshapes import BLENDSHAPES
from avatar.types import FaceMotion, Portrait
from video_processor.gltf.animation import keyframe_times, rotations, translations
from video_processor.gltf.container import ARRAY_BUFFER, Buffer
from video_processor.gltf.head import build_head

UNLIT: Final = "KHR_materials_unlit"
"""The picture holds its own light."""

MATERIAL: Final = {
    "name": "portrait",
    "doubleSided": True,
    "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0, "roughnessFactor": 1},
    "extensions": {UNLIT: {}},
}


def write_gltf(portrait: Portrait, motion: FaceMotion, path: Path) -> None:
    """A binary glTF at `path`: the portrait's head, which plays `motion`."""
    buffer = Buffer()
    mesh, picture = _head(portrait, buffer)
    content = {
        "asset": {"version": "2.0", "generator": f"Avatar Orchestrator {__version__}"},
        "extensionsUsed": [UNLIT],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "head", "mesh": 0}],
        "meshes": [mesh],
        "materials": [MATERIAL],
        "textures": [{"source": 0}],
        "images": [{"bufferView": picture, "mimeType": "image/jpeg"}],
        "animations": [_animation(motion, buffer)],
    }
    buffer.write(path, content)


def _head(portrait: Portrait, buffer: Buffer) -> tuple[dict[str, Any], int]:
    """The mesh, and the view that holds its texture."""
    head = build_head(portrait)
    primitive = {
        "attributes": {
            "POSITION": buffer.floats(head.points, ARRAY_BUFFER, bounds=True),
            "TEXCOORD_0": buffer.floats(head.places, ARRAY_BUFFER),
        },
        "indices": buffer.indices(head.triangles),
        "material": 0,
        "targets": [{"POSITION": accessor} for accessor in buffer.displacements(head.moves)],
    }
    mesh = {"name": "face", "primitives": [primitive], "extras": {"targetNames": list(BLENDSHAPES)}}
    return mesh, buffer.view(head.jpeg)


def _animation(motion: FaceMotion, buffer: Buffer) -> dict[str, Any]:
    times = buffer.floats(keyframe_times(motion), bounds=True)
    curves = {
        "rotation": rotations(motion),
        "translation": translations(motion),
        "weights": motion.blendshapes.ravel(),
    }
    return {
        "name": "performance",
        "samplers": [
            {"input": times, "interpolation": "LINEAR", "output": buffer.floats(curve)} for curve in curves.values()
        ],
        "channels": [{"sampler": i, "target": {"node": 0, "path": path}} for i, path in enumerate(curves)],
    }

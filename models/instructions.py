"""The processor's own instructions for bfloat16, as far as this process may use them; PyTorch is not loaded."""

import ctypes
import os
import platform
from typing import Final

AMX: Final = "amx_bf16"
"""Products of whole tiles: a matrix at a time."""

AVX512: Final = "avx512_bf16"
"""Products of vectors."""

LIMITS: Final = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
"""By which whoever starts the process keeps oneDNN, which computes for PyTorch, from newer instructions."""

WITHOUT_BF16: Final = frozenset({"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"})
WITHOUT_AMX: Final = WITHOUT_BF16 | {"AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512"}

ARCH_PRCTL: Final = 158
ARCH_GET_XCOMP_SUPP: Final = 0x1021
TILE_DATA: Final = 1 << 18
"""Of Linux on x86-64: the call, what it is asked, and the part of a thread's state that tiles lie in."""


def usable(flags: list[str]) -> tuple[str, ...]:
    """Which of AMX and AVX-512 BF16 are among `flags`, and not kept back by the kernel or by a limit on oneDNN."""
    limit = next((os.environ[name].upper() for name in LIMITS if os.environ.get(name)), "")
    found = []
    if AMX in flags and limit not in WITHOUT_AMX and kernel_keeps_tiles():
        found.append(AMX)
    if AVX512 in flags and limit not in WITHOUT_BF16:
        found.append(AVX512)
    return tuple(found)


def kernel_keeps_tiles() -> bool:
    """Whether the kernel would let this process have tiles, whose state it has to keep. Nothing is asked for yet."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    supported = ctypes.c_uint64(0)
    call = ctypes.CDLL(None, use_errno=True).syscall
    refused = call(ctypes.c_long(ARCH_PRCTL), ctypes.c_long(ARCH_GET_XCOMP_SUPP), ctypes.byref(supported))
    return refused == 0 and bool(supported.value & TILE_DATA)

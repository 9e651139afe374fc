"""Clients on the service's own machine leave the processor to it."""

import ctypes
import os
import sys
from typing import Final

NICENESS: Final = 10
PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23
"""Of Linux's `prctl.h` and `capability.h`."""


def yield_processor() -> None:
    """Lowers this process's priority, and keeps what it starts from raising its own, as a browser does for root."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)

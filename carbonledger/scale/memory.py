"""Memory that a batch frees serves the next one, in whatever process batches are worked."""

from __future__ import annotations

import ctypes
import os
import sys

import numpy as np
import pyarrow as pa

ARENAS = -8
"""What glibc calls M_ARENA_MAX."""


def settle_memory() -> None:
    """Keep what is freed.

    The C library of Linux gives freed blocks back to the system, which must blank them again, until
    a larger one was freed; that took a fifth of the time. It also makes heaps for threads, eight a
    core, and what one of them freed serves no other: with one a core a run takes a fifth less.
    Arrow's own pool keeps a fifth more memory and is no faster.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    np.empty(8 << 20, np.int8)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not every C library has it
        if mallopt is not None:
            mallopt(ARENAS, os.cpu_count() or 1)

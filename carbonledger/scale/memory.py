"""Memory that a batch frees serves the next one, in whatever process batches are worked."""

from __future__ import annotations

import ctypes
import os
import sys

import pyarrow as pa

TRIM, MMAP, ARENAS = -1, -3, -8
"""What glibc calls M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX."""
LARGE = 8 << 20
"""Bytes: more than a column of a batch takes."""


def settle_memory() -> None:
    """Keep what is freed.

    The C library of Linux gives freed blocks back to the system, which must blank them again; that
    took a fifth of the time, and half of it in workers of Dask, which ask for it. It also makes
    heaps for threads, eight a core, and what one of them freed serves no other: with one a core a
    run takes a fifth less. Arrow's own pool keeps a fifth more memory and is no faster.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not every C library has it
        if mallopt is not None:
            for what, value in ((MMAP, LARGE), (TRIM, 2 * LARGE), (ARENAS, os.cpu_count() or 1)):
                mallopt(what, value)

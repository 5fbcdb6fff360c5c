"""Memory between batches: what one frees serves the next, and in the end goes back."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

TRIM, MMAP, ARENAS = -1, -3, -8
"""What glibc calls M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX."""
LARGE = 4 << 20
"""Bytes: more than a column of a batch takes."""


def settle_memory() -> None:
    """Keep what is freed.

    The C library of Linux gives freed blocks back to the system, which must blank them again; that
    took a fifth of the time, and half of it in workers of Dask, which ask for it. It also makes
    heaps for threads, eight a core, and what one of them freed serves no other: with one a core a
    run takes a fifth less.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        for what, value in ((MMAP, LARGE), (TRIM, 4 * LARGE), (ARENAS, os.cpu_count() or 1)):
            mallopt(what, value)


def give_back() -> None:
    """Give what is free back, once millions of entities were read or worked out."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    """A function of the C library, None where it has none of the name."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None

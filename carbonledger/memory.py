"""What was freed and will not be asked for again goes back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give what is free back, once millions of entities were read or worked out."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not every C library has it
        if trim is not None:
            trim(0)

"""pandas, which Arrow imports to ask whether a list is a frame: a quarter of a second for a no."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, cast


class _Hidden:
    """Arrow does without pandas where it finds none, and asks again where a frame is wanted."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)


_HIDDEN = cast(Any, _Hidden())


def hide_pandas() -> None:
    """Nothing finds pandas from now on."""
    sys.meta_path.insert(0, _HIDDEN)


def show_pandas() -> None:
    """For the one command that makes a frame."""
    with suppress(ValueError):
        sys.meta_path.remove(_HIDDEN)

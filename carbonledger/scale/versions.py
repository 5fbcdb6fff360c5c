"""What a process is made of that works units: its code, its Python and the libraries it counts by.

Figures are the same under any versions (law 4); but what one version packs another need not
unpack, and a sealed run names the versions of one machine. pandas touches no unit, and a later
repair of one Python (3.11.7 for 3.11.2) reads what the other wrote: neither is compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from carbonledger.scale.waiting import line_of

Code = Callable[[], str]
"""Says which code a process runs."""
LIBRARIES = ("numpy", "pyarrow", "pydantic", "python-calamine")
OWN = "carbonledger"


class OtherVersion(Exception):
    """A process that would work a unit is made of other versions."""


def made_of(code: Code) -> dict[str, str]:
    """The versions of this process."""
    python = "{}.{}".format(*sys.version_info)
    return {OWN: code()[:12], "python": python, **{name: _version(name) for name in LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def differing(theirs: Mapping[str, str] | Exception, own: Mapping[str, str]) -> str:
    """Where the versions of a process are others, as a person reads it; '' where they are ours.

    A process that is too far from ours to say them gives what went wrong instead.
    """
    if not isinstance(theirs, Mapping):
        return f"{OWN} {line_of(theirs)}"
    return ", ".join(f"{name} {theirs.get(name, '-')} != {mine}"
                     for name, mine in own.items() if theirs.get(name) != mine)  # fmt: skip

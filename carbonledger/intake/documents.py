"""Files beside the books that steer how they are read: mappings, decisions, corrections.

Whatever changes a figure is an input: each such file is named with its hash in the run's manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carbonledger.digests import sha256_of


@dataclass(frozen=True, order=True)
class Document:
    """One such file: what it is, the name it goes by, the hash of its bytes."""

    kind: str
    file: str
    sha256: str


def document(kind: str, folder: Path, name: str) -> Document:
    """The file ``name`` of the working folder as an input of the run."""
    return Document(kind, name, sha256_of(folder / name))

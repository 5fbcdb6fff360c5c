"""The manifest of a run: its inputs and the hash of every file, as an in-toto Statement.

The subjects are the files of the run, the predicate says what they were made from. Statement:
in-toto attestation framework v1, https://in-toto.io/Statement/v1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from carbonledger.digests import Digest, sha256_of

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:carbonledger:run:2"
FILE = "manifest.json"
LIBRARIES = ("numpy", "pyarrow", "pydantic", "python-calamine", "xlsxwriter", "jinja2")
"""What a byte of a run's files may depend on beside the inputs and the code."""


def canonical(value: object) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: object) -> str:
    """The hash of a value in canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def hashes(folder: Path, known: Mapping[str, Digest]) -> dict[str, str]:
    """The hash of every file of a run, by its path inside the run; some are known already."""
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    held = {name: known[name] for name, path in files.items()
            if name in known and known[name].holds(path)}  # fmt: skip
    return {n: held[n].text if n in held else sha256_of(path) for n, path in files.items()}


def environment() -> dict[str, str]:
    """The versions under which every byte of a run repeats; its figures repeat under any."""
    return {"python": sys.version.split()[0], **{name: version(name) for name in LIBRARIES}}


def sm3_hashes(folder: Path) -> dict[str, str]:
    """The same by SM3 (GB/T 32905-2016), for those who must have it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {path.relative_to(folder).as_posix(): sm3_of(path) for path in files}


def sm3_of(path: Path) -> str:
    """The SM3 hash of a file's bytes; ``ValueError`` where this Python's OpenSSL lacks it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new("sm3")).hexdigest()


def statement(
    files: Mapping[str, str], predicate: Mapping[str, Any], sm3: Mapping[str, str] | None = None
) -> bytes:
    """The manifest as it is written."""
    digests = {n: {"sha256": h} | ({"sm3": sm3[n]} if sm3 else {}) for n, h in files.items()}
    document = {
        "_type": STATEMENT,
        "subject": [{"name": n, "digest": d} for n, d in sorted(digests.items())],
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=dict).encode() + b"\n"

"""A table packed as ``.gz`` or as the one file of a ``.zip``: unpacked beside, under guard."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from carbonledger.issues import Refusal
from carbonledger.reading.zip_guard import DAMAGE as ZIP_DAMAGE
from carbonledger.reading.zip_guard import (
    MOST_BYTES,
    MOST_RATIO,
    SMALL_BYTES,
    member_names,
    members,
    unpacked,
)

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
ARCHIVES = (GZIP, b"Rar!", b"7z\xbc\xaf\x27\x1c", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""First bytes of what may not lie inside an archive; a workbook, which is a zip, may."""
CHUNK = 1 << 18
DAMAGE = (*ZIP_DAMAGE, EOFError)


def is_packed(path: Path, head: bytes) -> bool:
    """Whether the file is an archive and no workbook."""
    return head.startswith(GZIP) or (head.startswith(ZIP) and not is_workbook(path))


def is_workbook(path: Path) -> bool:
    """Whether a zip is a workbook, by its members; a damaged one is one by its name."""
    names = member_names(path)
    if not names:
        return path.suffix.lower() != ".zip"
    return any(n.startswith("xl/") or n in ("[content_types].xml", "mimetype") for n in names)


def unpack(path: Path, name: str, head: bytes) -> tuple[Path, str]:
    """The packed file in a temporary place, and its own name; the caller removes it."""
    if head.startswith(GZIP):
        inner = PurePosixPath(name).name
        own = inner[:-3] if inner.lower().endswith(".gz") else inner
        return _kept(lambda: _gunzipped(path)), own
    listed = [info for info in members(path) if not info.filename.endswith("/")]
    files = [info for info in listed if not info.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        names = ", ".join(info.filename for info in files[:5])
        raise Refusal("archive_several", count=str(len(files)), names=names or "-")
    parts = PurePosixPath(files[0].filename.replace("\\", "/")).parts
    if not parts or ".." in parts or files[0].filename.startswith("/") or ":" in files[0].filename:
        raise Refusal("file_hostile", reason=f"path {files[0].filename[:60]!r}")
    return _kept(lambda: unpacked(path, files[0])), parts[-1]


def _kept(chunks: Callable[[], Iterator[bytes]]) -> Path:
    handle, place = tempfile.mkstemp(prefix="carbonledger-")
    try:
        with os.fdopen(handle, "wb") as file:
            for at, chunk in enumerate(chunks()):
                if at == 0 and (chunk.startswith(ARCHIVES) or chunk.startswith(ZIP)):
                    _check_nested(chunk)
                file.write(chunk)
    except BaseException:
        os.unlink(place)
        raise
    return Path(place)


def _check_nested(start: bytes) -> None:
    """A workbook inside is one: its first member is named as in no other archive."""
    first = start[30:60].lower()
    if not start.startswith(ZIP) or not first.startswith(
        (b"[content_types].xml", b"xl/", b"_rels/", b"docprops/", b"mimetype")
    ):
        raise Refusal("archive_nested")


def _gunzipped(path: Path) -> Iterator[bytes]:
    """The bytes of one or several gzip members, refused where they grow out of proportion."""
    packed = path.stat().st_size
    most = min(MOST_BYTES, max(SMALL_BYTES, MOST_RATIO * packed))
    done = 0
    with path.open("rb") as file:
        inflate = zlib.decompressobj(wbits=31)
        data = file.read(CHUNK)
        while data:
            part = inflate.decompress(data, CHUNK)
            done += len(part)
            if done > most:
                raise Refusal("file_hostile", reason=f"> {most:,} bytes unpacked")
            if part:
                yield part
            data = inflate.unconsumed_tail
            if inflate.eof:
                data = inflate.unused_data or file.read(CHUNK)
                if not data.strip(b"\0"):
                    return
                inflate = zlib.decompressobj(wbits=31)
            elif not data:
                data = file.read(CHUNK)
    if not inflate.eof:
        raise EOFError("the file ends too early")

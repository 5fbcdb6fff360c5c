"""A run as one file: a zip that repeats its bytes, and its safe unpacking."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading.zip_guard import MOST_RATIO, SMALL_BYTES, unpacked

DAY = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip can name; no file in it has a time of its own."""
SEAL = b"sha256:"
HEX = 64
"""Hex digits of the digest with which a zip ends: readers of zip ignore many of its bytes."""
CHUNK = 1 << 20


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Write the files under their names, in order of names, and a digest of all of it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.comment = SEAL + b"0" * HEX
        for name, path in sorted(files.items()):
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as out, path.open("rb") as source:
                while part := source.read(CHUNK):
                    out.write(part)
    digest = _digest(target)
    with target.open("r+b") as file:
        file.seek(-HEX, 2)
        file.write(digest)


def _digest(path: Path) -> bytes:
    """Of every byte but the last ones, which hold the digest itself."""
    found, left = hashlib.sha256(), path.stat().st_size - HEX
    with path.open("rb") as file:
        while part := file.read(min(left, CHUNK)):
            found.update(part)
            left -= len(part)
    return found.hexdigest().encode()


def unpack(path: Path, folder: Path) -> list[Issue]:
    """The files of a zip in a folder; a zip that may do harm refuses as a whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed, seal = archive.infolist(), archive.comment
        _guard(listed)
        if seal != SEAL + _digest(path):
            raise Refusal("bundle_unreadable", reason="sha256")
        for info in listed:
            place = folder / info.filename
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as out:
                for part in unpacked(path, info):
                    out.write(part)
    except Refusal as refusal:
        return [Issue("bundle_unreadable", Place(path.name), "", refusal.details)]
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as problem:
        return [Issue("bundle_unreadable", Place(path.name), "", (("reason", str(problem)),))]
    return []


def _guard(listed: Sequence[zipfile.ZipInfo]) -> None:
    """Names that stay inside, none twice, and no more bytes than their packing can explain."""
    for info in listed:
        name = PurePosixPath(info.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in info.filename:
            raise Refusal("bundle_unreadable", reason=f"{info.filename}: outside of the folder")
        if info.flag_bits & 1 or info.compress_type not in (0, 8):
            raise Refusal("bundle_unreadable", reason=f"{info.filename}: compression")
        if info.file_size > SMALL_BYTES and info.file_size > MOST_RATIO * info.compress_size:
            raise Refusal("bundle_unreadable", reason=f"{info.filename}: {info.file_size:,} bytes")
    if len({info.filename.lower() for info in listed}) < len(listed):
        raise Refusal("bundle_unreadable", reason="a file twice")

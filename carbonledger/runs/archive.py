"""A run as one file: a zip that repeats its bytes, and its safe unpacking."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading.zip_guard import MOST_RATIO, SMALL_BYTES, unpacked

DAY = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip can name; no file in it has a time of its own."""


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Write the files under their names, in order of names."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in sorted(files.items()):
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as out, path.open("rb") as source:
                while part := source.read(1 << 20):
                    out.write(part)


def unpack(path: Path, folder: Path) -> list[Issue]:
    """The files of a zip in a folder; a zip that may do harm refuses as a whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
        _guard(listed)
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

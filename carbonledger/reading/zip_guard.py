"""What a zip file declares and really holds, checked before a reader that trusts it sees it."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from carbonledger.issues import Refusal

MOST_MEMBERS = 5_000
MOST_BYTES = 1 << 30
"""Declared size of all members together; a million rows of 24 columns stay below."""
MOST_RATIO = 200
SMALL_BYTES = 16 << 20
"""Below this size a ratio says nothing."""
LOCAL_HEADER = struct.Struct("<26x2H")
CHUNK = 1 << 18
DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError)
"""What a damaged zip raises."""


def member_names(path: Path) -> list[str]:
    """The names in the directory of a zip in small letters; none where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.lower() for name in archive.namelist()]
    except (*DAMAGE, UnicodeDecodeError, ValueError, EOFError):
        return []


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The members of the file, none of them suspicious by what it declares."""
    with zipfile.ZipFile(path) as archive:
        listed = archive.infolist()
    total = sum(info.file_size for info in listed)
    if len(listed) > MOST_MEMBERS:
        raise Refusal("file_hostile", reason=f"{len(listed):,} members")
    if total > MOST_BYTES:
        raise Refusal("file_hostile", reason=f"{total:,} bytes unpacked")
    for info in listed:
        if info.file_size > SMALL_BYTES and info.file_size > MOST_RATIO * info.compress_size:
            raise Refusal("file_hostile", reason=f"{info.filename}: {info.file_size:,} bytes")
        if info.flag_bits & 1:
            raise Refusal("file_encrypted")
        if info.compress_type not in (0, 8):
            raise Refusal("file_hostile", reason=f"{info.filename}: compression")
    if len({info.filename.lower() for info in listed}) < len(listed):
        raise Refusal("file_hostile", reason="a member twice")
    return listed


def unpacked(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member; more of them than it declares are refused."""
    done = 0
    for part in _inflated(path, info):
        done += len(part)
        if done > info.file_size:
            raise Refusal("file_hostile", reason=f"{info.filename}: > {info.file_size:,} bytes")
        yield part


def _inflated(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type else None
    left = info.compress_size
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
        file.seek(info.header_offset + LOCAL_HEADER.size + name + extra)
        while left and (packed := file.read(min(left, CHUNK))):
            left -= len(packed)
            if inflate is None:
                yield packed
                continue
            while packed:
                yield inflate.decompress(packed, CHUNK)
                packed = inflate.unconsumed_tail

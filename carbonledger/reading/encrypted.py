"""Whether a workbook is locked by a password: it is then an OLE file around the encrypted one."""

from __future__ import annotations

from pathlib import Path

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DIRECTORY_BYTES = 4_096


def is_encrypted(path: Path, head: bytes) -> bool:
    """Whether the directory of the OLE file names an encrypted package ([MS-CFB] 2.2, 2.6)."""
    if not head.startswith(OLE) or len(head) < 512:
        return False
    sector_bytes = 1 << min(int.from_bytes(head[30:32], "little"), 12)
    first = int.from_bytes(head[48:52], "little")
    with path.open("rb") as file:
        file.seek((first + 1) * sector_bytes)
        return ENCRYPTED in file.read(DIRECTORY_BYTES)

"""Bytes that a process puts aside for itself, in a file that never has a name.

The file is gone with the process, however that ends. What might name a natural person is written
under a key that the process alone has.
"""

from __future__ import annotations

import secrets
import tempfile
import weakref
from threading import Lock

import pyarrow as pa


class PrivateFile:
    """Pieces of bytes, each written once and read again by its place."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (gone with its owner)
        weakref.finalize(self, self._file.close)
        self._key = secrets.token_bytes(32)
        self._lock = Lock()
        self._end = 0

    def add(self, data: memoryview, hidden: bool = False) -> int:
        """Write bytes behind the others; where they begin."""
        with self._lock:
            start, self._end = self._end, self._end + len(data)
        rest = memoryview(self._mixed(data, start)) if hidden else data
        with self._lock:
            self._file.seek(start)
            while rest:
                rest = rest[self._file.write(rest) :]
        return start

    def read(self, start: int, size: int, hidden: bool = False) -> pa.Buffer:
        """Some bytes again."""
        buffer = pa.allocate_buffer(size)
        rest = memoryview(buffer)
        with self._lock:
            self._file.seek(start)
            while rest:
                got = self._file.readinto(rest)
                if not got:
                    raise OSError(f"{size - len(rest)} of {size} bytes")
                rest = rest[got:]
        return pa.py_buffer(self._mixed(memoryview(buffer), start)) if hidden else buffer

    def _mixed(self, data: memoryview, start: int) -> bytes:
        """The bytes under the key, or again without it; no place in the file is written twice."""
        # 70 ms that a small book need not pay; ten times as fast as XOR with a hash of hashlib,
        # which also held up all other threads.
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES256
        from cryptography.hazmat.primitives.ciphers.modes import CTR

        counter = start.to_bytes(8, "big") + bytes(8)
        return Cipher(AES256(self._key), CTR(counter)).encryptor().update(data.cast("B"))

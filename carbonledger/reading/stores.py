"""Files on a store: what a URL names (S3, HDFS, any that fsspec knows), read where it lies.

Addresses, keys and certificates of a store are its library's own matter: AWS_*, FSSPEC_* and the
like in the environment. None of them passes here, so none can reach a message or a sealed run.
"""

from __future__ import annotations

import glob
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from carbonledger.issues import Unavailable
from carbonledger.reading.native import Changed
from carbonledger.reading.store_answers import asked, first_line

SHORT = "it gave other bytes than were asked for"
CHUNK = 1 << 24
ANSWERS_WITHIN = 60
"""Seconds in which a store must say something, where its library has no such limit."""
VERSION = ("ETag", "etag", "generation", "md5Hash", "mtime", "modified", "LastModified",
           "last_modified", "modificationTime", "modification_time", "created")  # fmt: skip
"""By what stores tell one version of a file from another, the surest first."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SECRET = re.compile(
    r"://[^/@]*:[^/]*@|[?&;][\w.-]*(sig|token|key|secret|passw|pwd|credential)[\w.-]*=",
    re.IGNORECASE,
)


def is_url(text: str) -> bool:
    """Whether a name is that of a file on a store."""
    return _URL.match(text) is not None


def holds_secret(url: str) -> bool:
    """Whether a URL carries a password or a signature, which would be sealed with it."""
    return is_url(url) and _SECRET.search(url) is not None


def store_of(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    try:
        import fsspec

        fsspec.get_filesystem_class(url.partition("://")[0])
    except (ImportError, ValueError) as problem:
        words = str(problem).split("\n")[0][:200]
        raise Unavailable("store_not_installed", url, reason=words) from problem
    try:
        found: tuple[Any, str] = asked(url, fsspec.url_to_fs, url)
    except OSError as problem:
        raise Unavailable("store_unavailable", url, reason=first_line(problem)) from problem
    _impatient(found[0])
    return found


def _impatient(store: Any) -> None:
    """WebHDFS would wait for ever for a machine that takes a connection and says nothing."""
    session: Any = getattr(store, "session", None)
    if type(session).__module__ == "requests.sessions" and "request" not in vars(session):
        session.request = partial(session.request, timeout=ANSWERS_WITHIN)


@dataclass(frozen=True)
class Stored:
    """A file on a store, in the version in which it was found; any process can read it by this."""

    url: str
    version: str
    """What the store says by which it would notice another content; '' where nothing was found."""

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return PurePosixPath(self.url).name

    def resolve(self) -> Stored:
        """Itself: a URL is the same everywhere."""
        return self

    def exists(self) -> bool:
        """Whether there is anything of that name."""
        try:
            return bool(self.version) or bool(_said_of(self.url))
        except FileNotFoundError:
            return False

    def is_file(self) -> bool:
        """Whether it is a file."""
        return bool(self.version)

    def is_parquet(self) -> bool:
        """Whether it is a Parquet file, which can be read by parts."""
        with self.open() as file:
            return bool(file.read(4) == b"PAR1")

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Its bytes; whoever reads them to the end knows that they are those of one version."""
        store, path = store_of(self.url)
        try:
            file = asked(self.url, store.open, path, "rb", cache_type="none")
        except FileNotFoundError:
            self._check()
            raise
        _uncached(file)
        try:
            yield _Reading(self.url, file)
        except Exception:
            self._check()  # what looks like damage may be another file by now
            raise
        finally:
            file.close()
        self._check()

    def _check(self) -> None:
        try:
            version = _version(_said_of(self.url))
        except FileNotFoundError as problem:
            raise Changed from problem
        if version != self.version:
            raise Changed

    def sha256(self) -> str:
        """The hash of its bytes."""
        if self not in _hashes:
            found = hashlib.sha256()
            with self.open() as stream:
                while chunk := stream.read(CHUNK):
                    found.update(chunk)
            _hashes[self] = found.hexdigest()
        return _hashes[self]

    def fetched(self) -> Path:
        """A copy in a folder of its own, for formats that are read from one end to the other."""
        folder = Path(tempfile.mkdtemp(prefix="carbonledger-"))
        try:
            found = hashlib.sha256()
            with self.open() as source, (folder / self.name).open("wb") as target:
                while chunk := source.read(CHUNK):
                    found.update(chunk)
                    target.write(chunk)
            _hashes[self] = found.hexdigest()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder / self.name


def _uncached(file: Any) -> None:
    """WebHDFS reads five megabytes ahead after every seek, whatever it is told."""
    from fsspec.caching import BaseCache

    if getattr(file, "cache", None) is not None and type(file.cache) is not BaseCache:
        file.cache = BaseCache(file.blocksize, file._fetch_range, file.size)


class _Reading:
    """An open file as Arrow and hashes read it; what its store says comes out in our words."""

    def __init__(self, url: str, file: Any) -> None:
        self._url, self._file = url, file

    def read(self, size: int = -1) -> bytes:
        at = self.tell()
        found = bytes(asked(self._url, self._file.read, *([size] if size >= 0 else [])))
        whole = getattr(self._file, "size", None)
        # WebHDFS gives the words of a machine that failed for the bytes of the file.
        if isinstance(whole, int) and size and len(found) != _due(at, size, whole):
            raise Unavailable("store_unavailable", self._url, reason=SHORT)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        asked(self._url, self._file.seek, offset, whence)
        return self.tell()

    def tell(self) -> int:
        return int(asked(self._url, self._file.tell))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    @property
    def closed(self) -> bool:
        return bool(self._file.closed)

    def close(self) -> None:
        """Left to who opened it."""

    def flush(self) -> None:
        """Nothing is written."""


def _due(at: int, size: int, whole: int) -> int:
    """How many bytes a file has for who asks for so many."""
    left = max(whole - at, 0)
    return left if size < 0 else min(size, left)


_hashes: dict[Stored, str] = {}
"""Of what was read from one end to the other: nobody need fetch it again for its hash."""
Located = Path | Stored
"""Where a file lies: on this machine, or on a store."""


def opened(file: Located) -> AbstractContextManager[Any]:
    """The bytes of a file."""
    return file.open("rb") if isinstance(file, Path) else file.open()


@contextmanager
def readable(file: Located) -> Iterator[Any]:
    """What Arrow reads: the path itself, or the bytes on the store."""
    if isinstance(file, Path):
        yield file
        return
    with file.open() as opened:
        yield opened


def files_at(pattern: str) -> list[Stored]:
    """The files that a URL or a pattern stands for; one that is none stands for itself."""
    urls = _matching(pattern) if glob.has_magic(pattern) else []
    return [Stored(url, _found(url)) for url in urls or [pattern]]


def _matching(pattern: str) -> list[str]:
    store, path = store_of(pattern)
    store.invalidate_cache()
    try:
        found = asked(pattern, store.glob, path)
    except OSError:  # said by who opens it
        return []
    head = pattern.removesuffix(path) if pattern.endswith(path) else None
    return [store.unstrip_protocol(p) if head is None else head + p for p in sorted(found)]


def _found(url: str) -> str:
    try:
        return _version(_said_of(url))
    except OSError:  # said by who opens it
        return ""


def _said_of(url: str) -> dict[str, Any]:
    store, path = store_of(url)
    store.invalidate_cache(path)
    return dict(asked(url, store.info, path))


def _version(said: dict[str, Any]) -> str:
    """What a store says of a file by which another content would show; '' of a folder."""
    if said["type"] != "file":
        return ""
    mark = next((said[k] for k in VERSION if said.get(k) is not None), "")
    return f"{said.get('size')} {mark}"

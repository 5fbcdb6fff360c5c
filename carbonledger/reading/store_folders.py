"""Folders on a store: brought to this machine to be worked on, and put back."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from carbonledger.issues import Held, Unavailable
from carbonledger.reading.store_answers import asked
from carbonledger.reading.stores import CHUNK, Stored, store_of

T = TypeVar("T")
LOCK = ".lock"
ASIDE = ".new"


def _told(url: str, call: Callable[..., T], *given: Any, **how: Any) -> T:
    """What a store answers; its errors have a number and a name, as those of a disk do."""
    try:
        return asked(url, call, *given, **how)
    except FileNotFoundError as problem:
        raise FileNotFoundError(errno.ENOENT, _line(problem), url) from problem
    except PermissionError as problem:
        raise PermissionError(errno.EACCES, _line(problem), url) from problem
    except FileExistsError:
        raise
    except OSError as problem:
        raise OSError(errno.EIO, _line(problem), url) from problem


def _line(problem: OSError) -> str:
    return (problem.strerror or str(problem)).strip().split("\n")[0][:200]


def names_in(url: str) -> list[str]:
    """The files below a folder, by their names from there; none where there is no folder.

    On a store a name may be anything; one that would lead out of a folder of this machine is none.
    """
    store, path = store_of(url)
    store.invalidate_cache()
    try:
        found = _told(url, store.find, path)
    except FileNotFoundError:
        return []
    names = (p.removeprefix(path.rstrip("/") + "/") for p in found if p != path)
    return sorted(n for n in names if ".." not in re.split(r"[/\\]", n))


def is_there(url: str) -> bool:
    """Whether there is a file of that name."""
    return Stored(url, "").exists()


def content_at(url: str) -> bytes:
    """The bytes of a file."""
    store, path = store_of(url)
    return bytes(_told(url, store.cat_file, path))


def put(url: str, content: bytes) -> None:
    """A file, whole."""
    store, path = store_of(url)
    place = f"{path}{ASIDE}" if _is_hadoop(store) else path
    _into(url, {path.rpartition("/")[0]}, store.pipe_file, place, content)
    if place != path:
        _told(url, _swapped, store, place, path)


def _is_hadoop(store: Any) -> bool:
    """Whether a file is written in steps there, and a rename is one that takes nobody's place."""
    named = store.protocol if isinstance(store.protocol, tuple) else (store.protocol,)
    return not {"hdfs", "webhdfs", "viewfs"}.isdisjoint(named)


def _swapped(store: Any, new: str, path: str) -> None:
    if store.exists(path):
        store.rm(path)
    store.mv(new, path)


def taken_up(url: str) -> None:
    """A file whose writer was killed after the old one went and before the new one came."""
    store, path = store_of(url)
    if _is_hadoop(store) and is_there(url + ASIDE) and not is_there(url):
        _told(url, store.mv, path + ASIDE, path)


def put_all(folder: Path, names: Collection[str], url: str) -> None:
    """Files of a folder, by their names from there."""
    store, path = store_of(url)
    small = [n for n in names if (folder / n).stat().st_size <= CHUNK]
    folders = {f"{path}/{n}".rpartition("/")[0] for n in names}
    for name in set(names).difference(small):  # put would hold half a gigabyte of each
        _into(url, folders, partial(_streamed, store), folder / name, f"{path}/{name}")
    if small:
        here, there = [str(folder / n) for n in small], [f"{path}/{n}" for n in small]
        _into(url, folders, store.put, here, there)


def _streamed(store: Any, here: Path, there: str) -> None:
    with here.open("rb") as source, store.open(there, "wb", block_size=CHUNK) as target:
        shutil.copyfileobj(source, target, CHUNK)


def brought(url: str, folder: Path, names: Collection[str]) -> None:
    """The same back."""
    store, path = store_of(url)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    if names:
        _told(url, store.get, [f"{path}/{n}" for n in names], [str(folder / n) for n in names])


def cleared(url: str) -> None:
    """Leave nothing of a folder or file."""
    store, path = store_of(url)
    store.invalidate_cache()
    try:
        _told(url, store.rm, path, recursive=True)
    except FileNotFoundError:
        pass
    except (OSError, Unavailable):  # Hadoop's library has one word for all that it cannot delete
        if _told(url, store.exists, path):
            raise


def _into(url: str, folders: Collection[str], call: Callable[..., Any], *given: Any) -> None:
    """Write files; their folders are made where the store misses them."""
    try:
        _told(url, call, *given)
    except FileNotFoundError:
        for folder in sorted(folders):
            _told(url, _made, store_of(url)[0], folder)
        _told(url, call, *given)


def _made(store: Any, path: str) -> None:
    """A folder, where a store has any; a bucket is never made here, for its name may be wrong."""
    above = path.rpartition("/")[0]
    if above.strip("/") and not store.exists(path):
        _made(store, above)
        store.mkdir(path, create_parents=False)


@contextmanager
def held(url: str) -> Iterator[None]:
    """One writer at a time: a file that only one can make, gone in the end."""
    store, path = store_of(f"{url}/{LOCK}")
    try:
        _into(url, {path.rpartition("/")[0]}, partial(_made_alone, store), path)
    except FileExistsError as problem:
        raise Held(f"{url}/{LOCK}") from problem
    try:
        yield
    except BaseException:
        with suppress(OSError, Unavailable):  # the store may be gone; why counts, and is said
            cleared(f"{url}/{LOCK}")
        raise
    cleared(f"{url}/{LOCK}")


def _made_alone(store: Any, path: str) -> None:
    if _is_hadoop(store):
        _named_alone(store, path)
        return
    try:
        store.open(path, "xb").close()
    except (ValueError, NotImplementedError) as unknown:  # no file that only one can make
        if store.exists(path):
            raise FileExistsError(path) from unknown
        store.open(path, "wb").close()


def _named_alone(store: Any, path: str) -> None:
    """A folder that only one can give this name: on Hadoop a second one comes into the first."""
    with tempfile.TemporaryDirectory() as by_chance:
        own = f"{path}-{Path(by_chance).name}"
    store.mkdir(own)
    with suppress(OSError, ValueError, RuntimeError):
        store.mv(own, path)
    left = [p for p in (own, f"{path}/{own.rpartition('/')[2]}") if store.exists(p)]
    for folder in left:
        store.rm(folder, recursive=True)
    if left:
        raise FileExistsError(path)

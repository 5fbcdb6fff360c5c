"""Output files, whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def write_whole(content: bytes, output: Path | None) -> None:
    """Write to a file beside its place and rename it, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(content)
        return
    if output.exists() and not output.is_file() and not output.is_dir():
        output.write_bytes(content)  # a device or pipe can't be replaced, only written to
        return
    with beside(output) as unfinished:
        unfinished.write_bytes(content)


@contextmanager
def beside(output: Path) -> Iterator[Path]:
    """A file beside the place of ``output`` that takes it at the end, or leaves nothing."""
    output = output.resolve()
    if output.is_dir():
        raise click.UsageError(f"{output.name} is a folder; name a file")
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=output.suffix, dir=output.parent or ".")
    except FileNotFoundError as missing:
        raise click.UsageError(f"there is no folder {output.parent}") from missing
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o644)
        os.replace(name, output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

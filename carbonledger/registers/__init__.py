"""The registers: public code lists and the texts of messages, one file each, read when asked."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one register, every value as text."""
    source = resources.files(__name__) / f"{name}.csv"
    header, *records = csv.reader(source.read_text(encoding="utf-8").splitlines())
    return tuple(dict(zip(header, record, strict=True)) for record in records)

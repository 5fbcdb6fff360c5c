"""What is wrong, where, and what to do about it: every problem of the user's data is a value.

A data problem never raises past its door: it becomes an :class:`Issue`, all of them are collected,
and each prints as one line in Chinese or English. The texts live in ``registers/messages.yaml``,
one entry a code, so that a translator needs no Python.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml

from carbonledger.persons import masked

Language = Literal["zh", "en"]
Severity = Literal["error", "warning"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

LONGEST_VALUE = 60
_MESSAGE = re.compile(r"^(\w+):\n((?: +.*\n)+)", re.MULTILINE)


class Unavailable(Exception):
    """What the work needs of other machines is not there; it stops with this one issue."""

    def __init__(self, code: str, value: str = "", **details: str) -> None:
        super().__init__(code)
        self.issue = Issue(code, Place(), value, tuple(sorted(details.items())))


class Held(OSError):
    """Somebody else writes there; on a store, or was killed while writing."""


class Refusal(ValueError):
    """A cell that can't be read: carries the code of the issue it becomes, never a traceback."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = tuple(sorted(details.items()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, in the user's own terms; rows count from 1, title rows included."""

    file: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        sheet = f"[{self.sheet}]" if self.sheet else ""
        row = f":{self.row}" if self.row is not None else ""
        column = f": {self.column}" if self.column else ""
        return f"{self.file}{sheet}{row}{column}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: its code, its place, the value as read and what the message names."""

    code: str
    place: Place = Place()
    value: str = ""
    details: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # Whatever quotes a cell passes here, so no identity number or phone can reach an output.
        object.__setattr__(self, "value", masked(self.value))
        details = tuple((name, masked(text)) for name, text in self.details)
        object.__setattr__(self, "details", details)

    @property
    def severity(self) -> Severity:
        """Whether the problem refuses the book (error) or is only noted (warning)."""
        severity: Severity = _message(self.code)["severity"]  # type: ignore[assignment]
        return severity

    def text(self, language: Language) -> str:
        """The one line a person reads: place, problem, what to do."""
        message = _message(self.code)[language]
        words = dict(self.details) | {"value": _shown(self.value)}
        line = message.format_map(words)
        place = str(self.place)
        return f"{place}: {line}" if place else line


@cache
def _written() -> dict[str, str]:
    """The message of each code as the register writes it: few of so many are ever said."""
    source = resources.files("carbonledger") / "registers" / "messages.yaml"
    return dict(_MESSAGE.findall(source.read_text(encoding="utf-8")))


@cache
def _message(code: str) -> dict[str, str]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: dict[str, str] = yaml.load(_written()[code], Loader=loader)
    return read


def codes() -> tuple[str, ...]:
    """Every code a message exists for."""
    return tuple(_written())


def _shown(value: str) -> str:
    """A value fit for one line: control characters as escapes, long ones shortened."""
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in value[: LONGEST_VALUE + 1])
    return printable if len(value) <= LONGEST_VALUE else printable[:LONGEST_VALUE] + "…"


def errors(issues: Iterable[Issue]) -> list[Issue]:
    """Those that refuse the book."""
    return [issue for issue in issues if issue.severity == "error"]


def in_order(issues: Iterable[Issue]) -> list[Issue]:
    """Errors before warnings, then by file, sheet, row, column and code: always the same list."""
    return sorted(
        issues,
        key=lambda i: (
            i.severity, i.place.file, i.place.sheet or "", i.place.row or 0,
            i.place.column or "", i.code, i.value, i.details,
        ),
    )  # fmt: skip


def as_csv(issues: Sequence[Issue]) -> bytes:
    """Issues in the rows of the input, for Excel: one a line, zh and en, UTF-8 with BOM."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["severity", "code", "file", "sheet", "row", "column", "value", "zh", "en"])
    for i in issues:
        place = i.place
        cells = [i.severity, i.code, place.file, place.sheet or "", place.row or "",
                 place.column or "", _shown(i.value), i.text("zh"), i.text("en")]  # fmt: skip
        writer.writerow([guarded(str(c)) for c in cells])
    return out.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """A CSV cell that a spreadsheet will not take for a formula; numbers stay as they are."""
    if not cell or cell[0] not in "=+-@\t\r＝＋－＠":
        return cell
    body = cell[1:].replace(",", "").replace(".", "", 1)
    return cell if cell[0] in "+-" and body.isdigit() else "'" + cell

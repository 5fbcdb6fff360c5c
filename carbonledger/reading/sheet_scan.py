"""The cells of a sheet's XML before its reader: how far they reach, their errors, bare formulas.

A workbook of 5 KB with one cell at XFD1048576 aborts the process of a reader that lays out the
whole rectangle, so the rectangle is measured first, in a stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from carbonledger.issues import Refusal

SMALL_AREA = 5_000_000
MOST_SPARSE = 10
"""A rectangle larger than SMALL_AREA must hold a value in one of so many cells."""
LONGEST_REFERENCE = 10
DIGITS = "0123456789"


@dataclass(frozen=True)
class Scan:
    """What a sheet holds: its error cells by (row, column) from 1, formulas without a value."""

    is_sheet: bool
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    bare_formulas: tuple[tuple[int, str], ...] = ()


def scanned(chunks: Iterable[bytes]) -> Scan:
    """The scan of one member; one that is not a worksheet is left after its first element."""
    return _Scanner().work(chunks)


class _Scanner:
    """Handlers of one parse; a cell counts only where it has a value, as its reader counts."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.row, self.height, self.cells = 0, 0, 0
        self.letters, self.previous, self.reference, self.type = "", 0, "", ""
        self.columns: set[str] = set()
        self.width = 0
        self.has_formula = False
        self.value: list[str] = []
        self.errors: dict[tuple[int, int], str] = {}
        self.bare: list[tuple[int, str]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def work(self, chunks: Iterable[bytes]) -> Scan:
        for chunk in chunks:
            self.parser.Parse(chunk)
            if self.root not in (None, "worksheet"):
                return Scan(is_sheet=False)
        self.parser.Parse(b"", True)
        self._close()
        area = self.height * max([self.width, *map(column_number, self.columns)])
        if area > max(SMALL_AREA, MOST_SPARSE * self.cells):
            far = f"{max(self.columns, key=column_number, default='')}{self.height}"
            raise Refusal("file_hostile", reason=f"{self.cells:,} cells in A1:{far}")
        return Scan(True, self.errors, tuple(self.bare))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "v" or tag == "is":
            self._count()
        elif tag == "c":
            self._close()
            self.reference = attributes.get("r", "")
            self.type = attributes.get("t", "n")
            if not self.reference:
                self.previous += 1
        elif tag == "f":
            self.has_formula = True
            if self.type != "str":
                self.parser.CharacterDataHandler = None
        elif tag == "row":
            self._close()
            self.row = _whole(attributes.get("r", "")) or self.row + 1
            self.previous = 0
        elif self.root is None:
            self.root = tag

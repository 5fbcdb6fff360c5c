"""The cells of a sheet's XML before its reader: how far they reach, their errors, bare formulas.

A workbook of 5 KB with one cell at XFD1048576 aborts the process of a reader that lays out the
whole rectangle, so the rectangle is measured first, in a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from carbonledger.issues import Refusal
from carbonledger.reading.layout import NO_LAYOUT, Layout
from carbonledger.reading.sheet_layout import Range, column_number, plain_layout, too_sparse

LONGEST_REFERENCE = 10
DIGITS = "0123456789"
TRUE = ("1", "true")


NO_VALUE = "#NO-VALUE!"
"""Stands in a cell whose formula was saved without its result, as some programs do."""


@dataclass(frozen=True)
class Scan:
    """Cells of a sheet that its reader takes for empty: text by row, then column, both from 1.

    They are its error cells, and formulas without a value, which ``bare_formulas`` names.
    """

    texts: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    bare_formulas: tuple[tuple[int, str], ...] = ()
    layout: Layout = NO_LAYOUT


def scanned(unpack: Callable[[], Iterator[bytes]]) -> Scan | None:
    """The scan of one XML member, or None if it is no worksheet; its bytes are all unpacked."""
    layout = plain_layout(unpack())
    if layout is not None:
        return Scan(layout=layout)
    scanner = _Scanner()
    try:
        for chunk in unpack():
            if scanner.root in (None, "worksheet"):
                scanner.parser.Parse(chunk)
        if scanner.root in (None, "worksheet"):
            scanner.parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise Refusal("file_unreadable", reason=f"XML: {problem}") from problem
    return scanner.result() if scanner.root == "worksheet" else None


class _Scanner:
    """The handlers of one parse; a cell counts only where it holds a value, as for its reader."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.row, self.row_text, self.height, self.cells = 0, "", 0, 0
        self.column: str | int = 0
        self.columns: set[str | int] = set()
        self.type, self.has_formula = "n", False
        self.text: list[str] = []
        self.texts: dict[int, dict[int, str]] = {}
        self.bare: list[tuple[int, str]] = []
        self.hidden: list[int] = []
        self.columns_hidden: list[tuple[int, int]] = []
        self.merged: list[tuple[int, int, int]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def result(self) -> Scan:
        """What was found; a rectangle far larger than its content is refused."""
        self._close()
        width = max(map(_number, self.columns), default=0)
        if too_sparse(self.height, width, self.cells):
            size = f"{self.height:,} x {width:,}"
            raise Refusal("file_hostile", reason=f"{self.cells:,} cells in {size}")
        return Scan(
            self.texts, tuple(self.bare), Layout(self.hidden, self.columns_hidden, self.merged)
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "v" or tag == "is":
            self.cells += 1
            self.columns.add(self.column)
            self.height = max(self.height, self.row)
            if self.has_formula or self.type == "e":
                self.parser.CharacterDataHandler = self.text.append
        elif tag == "c":
            self._close()
            self.type = attributes.get("t", "n")
            self._place(attributes.get("r", ""))
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            self._close()
            self.row_text = attributes.get("r", "")
            self.row = _whole(self.row_text) if self.row_text else self.row + 1
            self.column = 0
            if attributes.get("hidden") in TRUE:
                self.hidden.append(self.row)
        elif self.root is None:
            self.root = tag
        elif tag == "col" and attributes.get("hidden") in TRUE:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            self.columns_hidden.append((_whole(first), _whole(last)))
        elif tag == "mergeCell":
            self.merged += Range.parse(attributes.get("ref", "")).down()

    def _place(self, reference: str) -> None:
        if not reference:
            self.column = _number(self.column) + 1
            return
        letters = reference.rstrip(DIGITS)
        digits = reference[len(letters) :]
        if len(reference) > LONGEST_REFERENCE or not (letters.isascii() and letters.isalpha()):
            raise Refusal("file_hostile", reason=f"cell {reference[:20]}")
        if digits != self.row_text:
            self.row_text, self.row = digits, _whole(digits)
        self.column = letters

    def _close(self) -> None:
        """Settle the cell before, if it is one of those whose text matters."""
        if not self.has_formula and self.type != "e":
            return
        self.parser.CharacterDataHandler = None
        text = "".join(self.text).strip()
        if self.has_formula and not text and self.type != "str":
            text = NO_VALUE
            self.bare.append((self.row, f"{self.column}{self.row_text}"))
        if text and (self.type == "e" or text == NO_VALUE):
            self.texts.setdefault(self.row, {})[_number(self.column)] = text
        self.has_formula, self.type = False, "n"
        self.text.clear()


def _number(column: str | int) -> int:
    return column if isinstance(column, int) else column_number(column)


def _whole(digits: str) -> int:
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_REFERENCE:
        raise Refusal("file_hostile", reason=f"row {digits[:20]}")
    return int(digits)


def _refuse_doctype(*_: object) -> None:
    raise Refusal("file_hostile", reason="DOCTYPE")

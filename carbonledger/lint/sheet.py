"""Tables of a workbook that anybody made: blocks of rows, their labels, units, years and notes.

A blank row ends a block. In a block, lines of one text above the numbers are its title, below them
its notes; the first row of several texts without a number is the header. Text columns before the
first number are the label; a column headed unit gives units, one headed note or source gives
remarks. The unit stands in the cell, the header, the unit column, the label or the title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from carbonledger import units
from carbonledger.issues import Place, Refusal
from carbonledger.lint.table import BETWEEN, YEAR, Figure, Table, parsed
from carbonledger.lint.words import says
from carbonledger.measures import bare_unit

Row = tuple[int, list[str]]


def tables_of(file: str, sheet: str, rows: Sequence[Row]) -> Iterator[Table]:
    """The tables of one sheet."""
    blocks = _blocks(rows)
    title: list[str] = []
    for at, block in enumerate(blocks):
        body = [r for r in block if _texts(r) > 1]
        prose = [next(filter(None, r[1])) for r in block if _texts(r) == 1]
        if not body:
            title += prose
            continue
        first = body[0][0]
        title += [next(filter(None, r[1])) for r in block if _texts(r) == 1 and r[0] < first]
        after = blocks[at + 1] if at + 1 < len(blocks) else []
        notes = prose + [c for r in after if _texts(r) == 1 for c in r[1] if c]
        yield _table(file, sheet, " ".join([sheet, *title]), body, " ".join(notes))
        title = []


def _texts(row: Row) -> int:
    return sum(1 for cell in row[1] if cell.strip())


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    blocks: list[list[Row]] = [[]]
    for row in rows:
        if _texts(row):
            blocks[-1].append(row)
        elif blocks[-1]:
            blocks.append([])
    return [b for b in blocks if b]


def is_number(cell: str) -> bool:
    """Whether the cell holds a number that is no year."""
    return parsed(cell) is not None and not (YEAR.fullmatch(units.clean(cell).removesuffix("年")))


def _counts(cell: str, label: str) -> bool:
    """Whether a cell of a column of numbers is one: 2000 may be an amount, but not of a year."""
    return is_number(cell) or (parsed(cell) is not None and not says("year", label))


def _table(file: str, sheet: str, title: str, body: list[Row], notes: str) -> Table:
    head = body[0][1] if not any(is_number(c) for c in body[0][1]) else []
    rows = body[1:] if head else body
    width = max(len(r) for _, r in body)
    head = head + [""] * (width - len(head))
    unit_at = next((i for i, h in enumerate(head) if says("unit_header", h)), None)
    remarks = [i for i, h in enumerate(head) if i and says("remark_header", h)]
    numeric = [i for i in range(width) if i != unit_at and i not in remarks
               and any(i < len(r) and is_number(r[i]) for _, r in rows)]  # fmt: skip
    labels = [i for i in range(numeric[0] if numeric else 0) if i not in (unit_at, *remarks)]
    figures = []
    for number, cells in rows:
        cells = cells + [""] * (width - len(cells))
        label = BETWEEN.join(cells[i] for i in labels if cells[i])
        remark = " ".join(cells[i] for i in remarks if cells[i])
        unit = cells[unit_at] if unit_at is not None else ""
        for i in (i for i in numeric if _counts(cells[i], label)):
            place = Place(file, sheet, number, head[i] or letter(i))
            stated = (units.header_unit(head[i])[1] or _in_brackets(head[i]), unit,
                      units.header_unit(label)[1] or _in_brackets(label),
                      _in_brackets(title))  # fmt: skip
            figures.append(figure(place, cells[i], stated, label, head[i], number, i, remark,
                                  title))  # fmt: skip
    asides = frozenset(f.row for f in figures if says("aside", f.row_label))
    return Table(sheet, title, tuple(figures), notes, asides)


def letter(index: int) -> str:
    """The letter of a column, as a spreadsheet names it."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _in_brackets(text: str) -> str:
    """What stands in the last bracket of a label, or after 单位: in a title."""
    found = [g.group(1) for g in units.BRACKET.finditer(units.clean(text))]
    after = units.clean(text).partition("单位:")[2].split(" ")[0]
    candidates = [after, *reversed([bare_unit(f) for f in found])]
    return next((c for c in candidates if c and measure(c)[0]), "")


def measure(unit: str) -> tuple[str, Fraction]:
    """What a unit measures and its multiple of tonnes, yuan, megajoules ...; "" where unknown."""
    bare = units.clean(unit)
    for yearly in ("/year", "/年", " per year", "/a", "/yr"):
        bare = bare.removesuffix(yearly)
    if bare == "%":
        return "share", Fraction(1, 100)
    if "/" in bare:
        return bare, Fraction(1)
    found = _quantity(bare)
    if found is not None:
        return found
    try:
        scale = units.money_scale(bare)
    except Refusal:
        return "", Fraction(1)
    return "money", Fraction(scale, units.FEN)


def _quantity(bare: str) -> tuple[str, Fraction] | None:
    powers = {"kw": 1, "千瓦": 1, "mw": 1000, "兆瓦": 1000, "万kw": 10_000, "万千瓦": 10_000,
              "gw": 1_000_000}  # fmt: skip
    name = bare.lower().replace(" ", "")
    if name in powers:
        return "power", Fraction(powers[name])
    for word in ("tons of co2", "tons", "ton", "tonnes of co2"):
        if bare.lower() == word:
            return "mass", Fraction(1)
    try:
        unit = units.quantity_unit(bare)
    except Refusal:
        return None
    if unit.dimension == "emissions":
        return "mass", unit.multiplier / units.GRAMS
    return unit.dimension, unit.multiplier


def figure(
    place: Place, text: str, stated: Sequence[str | None], row_label: str, column_label: str,
    row: int, column: int, remark: str = "", title: str = "",
) -> Figure:  # fmt: skip
    """One number with the first unit that is stated for it."""
    number, own = units.cell_unit(text)
    unit = own or next((u for u in stated if u), "")
    dimension, scale = measure(unit)
    plain = units.decimal(number)
    exponent = plain.as_tuple().exponent
    step = scale / 10 ** max(-int(exponent), 0)
    return Figure(place, text, Fraction(plain) * scale, step, unit, dimension, row_label,
                  column_label, row, column, remark, title)  # fmt: skip

"""A worksheet searched by its bytes: plain only where the parser would say the same of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from xml.parsers import expat

import pytest
from conftest import seeded_part

from carbonledger.issues import Refusal
from carbonledger.reading.layout import Layout
from carbonledger.reading.sheet_layout import plain_layout
from carbonledger.reading.sheet_scan import Scan, _Scanner

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}"><dimension ref="A1"/>'
COLUMNS = '<cols><col min="2" max="3" width="9" hidden="1"/></cols>'
TAIL = '<mergeCells count="1"><mergeCell ref="A2:A4"/></mergeCells></worksheet>'


def sheet(rows: int = 40, columns: int = 3) -> str:
    """Numbers, shared and inline texts; row 3 is hidden."""
    letters = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "XFD"]
    made = []
    for row in range(1, rows + 1):
        cells = "".join(
            f'<c r="{letters[k]}{row}" s="1"><v>{row * k}</v></c>' if (row + k) % 3 else
            f'<c r="{letters[k]}{row}" t="inlineStr"><is><t>it is {row}: f</t></is></c>'
            for k in range(columns)
        )  # fmt: skip
        hidden = ' hidden="1"' if row == 3 else ""
        made.append(f'<row r="{row}" spans="1:{columns}"{hidden}>{cells}</row>')
    return f"{HEAD}{COLUMNS}<sheetData>{''.join(made)}</sheetData>{TAIL}"


def chunks(text: str, size: int) -> Iterator[bytes]:
    data = text.encode()
    return (data[at : at + size] for at in range(0, len(data), size))


def parsed(text: str) -> Scan | Refusal | None:
    """The parser's word; None where the sheet is not well-formed."""
    scanner = _Scanner()
    try:
        scanner.parser.Parse(text.encode(), True)
        return scanner.result()
    except Refusal as refusal:
        return refusal
    except expat.ExpatError:
        return None


@pytest.mark.parametrize("columns", [1, 3, 27, 29])
@pytest.mark.parametrize("size", [500, 4_000, 1 << 20])
def test_a_plain_sheet_is_plain(columns: int, size: int) -> None:
    layout = plain_layout(chunks(sheet(columns=columns), size))
    assert layout == Layout([3], [(2, 3)], [(2, 4, 1)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<c r="A7"', '<c r="A8"'),  # stands in one row and names another
        ('<c r="B12"', '<c r="B1"'),
        ('<c r="B12"', '<c r="B120"'),
        ('<c r="B12"', '<c r="B012"'),
        ('<c r="B12"', '<c r="b12"'),
        ('<c r="B12"', '<c r="ABCD12"'),
        ('<c r="B12"', '<c r="12"'),
        ('<c r="B12"', '<c r="B"'),
        ('<c r="B12"', '<c t="n" r="B12"'),
        ('<c r="B12"', "<c"),
        ('<c r="B12"', "<c r='B12'"),
        ('<c r="B12" s="1"', '<c r="B12" t="e"'),
        ('<c r="B12"', '<x:c r="B12"'),
        ('<row r="9"', "<row"),
        ('<row r="9"', '<row spans="1:3" r="9"'),
        ('<row r="9"', '<row r="10000009"'),
        ('<row r="9"', '<row r=""'),
        ('<row r="9"', '<row\nr="9"'),
        ('<row r="9"', '<x:row r="9"'),
        ("<v>12</v>", "<f>1+1</f><v>12</v>"),
        ("<v>12</v>", '<f t="shared"/><v>12</v>'),
        ("<v>12</v>", "<x:v>12</x:v>"),
        ("<v>12</v>", "<!-- <v>1</v> --><v>12</v>"),
        ("<v>12</v>", "<?x <v>1</v> ?><v>12</v>"),
        ("<is><t>", "<is><t><![CDATA[x]]>"),
        ("<sheetData>", '<!DOCTYPE x><sheetData>'),
        ('encoding="UTF-8"', 'encoding="UTF-16"'),
        ("<worksheet ", "<chartsheet "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [900, 1 << 20])
def test_anything_else_is_left_to_the_parser(old: str, new: str, size: int) -> None:
    assert old in sheet()
    assert plain_layout(chunks(sheet().replace(old, new, 1), size)) is None


def test_a_rectangle_far_larger_than_its_cells_is_not_plain() -> None:
    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert plain_layout(chunks(sheet().replace("</sheetData>", last), 1 << 20)) is None
    near = '<row r="41"><c r="XFD41"><v>1</v></c></row></sheetData>'
    assert plain_layout(chunks(sheet().replace("</sheetData>", near), 1 << 20)) is not None


def test_the_search_and_the_parser_agree() -> None:
    # Oracle: expat. Random damage that leaves the sheet well-formed; what the search takes for
    # plain has no error cells, no bare formulas and the same layout for the parser.
    snippets = (
        ("1", "2"), ("A", "B"), ("B", "AB"), ("C", "XFD"), ("</c>", "</c><c/>"), ("<v>", "<v >"),
        (' s="1"', ' t="e"'), (' s="1"', ""), ("<v>", "<f>1</f><v>"), ("<v>", "<!--<v>--><v>"),
        ("<row ", "<row hidden=\"1\" "), (' hidden="1"', ' hidden="true"'), ("<t>", "<t> &lt;c "),
        ("A2:A4", "A2:B2"), ("A2:A4", "C7:C9"), ("it is", "='e' t=\"e\""), ("</row>", "</row>\n"),
    )  # fmt: skip
    taken = 0
    for seed in range(seeded_part(3_000)):
        chance = random.Random(seed)
        text = sheet(rows=chance.randint(1, 30), columns=chance.randint(1, 4))
        for old, new in chance.sample(snippets, chance.randint(0, 3)):
            first = 0 if old == "A2:A4" else text.index("<sheetData>")
            last = len(text) if old == "A2:A4" else text.index("</sheetData>")
            places = [at for at in range(first, last) if text.startswith(old, at)]
            at = chance.choice(places or [len(text)])
            text = text[:at] + text[at:].replace(old, new, 1)
        layout = plain_layout(chunks(text, chance.choice([200, 1_000, 1 << 18])))
        scan = parsed(text)
        if layout is None or scan is None:
            continue
        taken += 1
        assert isinstance(scan, Scan), text
        assert (dict(scan.texts), scan.bare_formulas, scan.layout) == ({}, (), layout), text
    assert taken > seeded_part(3_000) / 10

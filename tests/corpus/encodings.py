"""Encodings, separators and the ends of lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from corpus.book import Variant, changed, grid, loads, one_cell, refuses
from corpus.writers import text

# 0x7C, the byte of |, is the second byte of this character in GB18030.
BAR_INSIDE = b"\x84\x7c".decode("gb18030")
ENCODINGS = {
    "utf8": ("utf-8", b""),
    "utf8_bom": ("utf-8", codecs.BOM_UTF8),
    "utf16le": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf16be": ("utf-16-be", codecs.BOM_UTF16_BE),
    "gb18030": ("gb18030", b""),
    "gb18030_bom": ("gb18030", b"\x84\x31\x95\x33"),
}
SEPARATORS = {"comma": ",", "tab": "\t", "bar": "|", "control": "\x01", "semicolon": ";"}


def variants() -> Iterator[Variant]:
    yield from _every_encoding()
    yield from _line_ends()
    yield from _spoilt()


def _every_encoding() -> Iterator[Variant]:
    for name, (encoding, bom) in ENCODINGS.items():
        for word, sep in SEPARATORS.items():
            ending = {"tab": "tsv", "comma": "csv"}.get(word, "txt")
            content = text(grid(), sep, encoding=encoding, bom=bom)
            yield loads(f"{name}_{word}", {f"loans.{ending}": content})
    rare = one_cell("branch", 0, f"渝{BAR_INSIDE}支行")
    told = changed(0, branch=f"渝{BAR_INSIDE}支行")
    yield loads("gb18030_bar_byte_in_character",
                {"loans.txt": text(rare, "|", encoding="gb18030")}, told)
    four = one_cell("branch", 0, "𠮷㐀支行")
    yield loads("gb18030_four_bytes", {"loans.csv": text(four, encoding="gb18030")},
                changed(0, branch="𠮷㐀支行"))  # fmt: skip


def _line_ends() -> Iterator[Variant]:
    for name, encoding in (("utf8", "utf-8"), ("gb18030", "gb18030")):
        yield loads(f"crlf_{name}", {"loans.csv": text(grid(), newline="\r\n", encoding=encoding)})
        yield loads(f"no_last_line_end_{name}",
                    {"loans.csv": text(grid(), last=False, encoding=encoding)})
        yield loads(f"blank_lines_{name}",
                    {"loans.csv": text(grid(), newline="\n\n", encoding=encoding)})
    yield loads("crlf_and_lf", {"loans.csv": text(grid(), newline="\r\n").replace(b"\r", b"", 2)})
    yield loads("crlf_utf16", {"loans.csv": codecs.BOM_UTF16_LE + text(
        grid(), newline="\r\n", encoding="utf-16-le")})  # fmt: skip
    inside = one_cell("branch", 1, "江北\n支行")
    yield loads("line_break_in_quotes", {"loans.csv": text(inside)},
                changed(1, branch="江北\n支行"))
    headed = grid(headers={"branch": "经办\n行"})
    yield loads("line_break_in_header", {"loans.csv": text(headed)})
    quoted = one_cell("branch", 1, '江北,"新"支行')
    yield loads("quotes_and_separator_in_cell", {"loans.csv": text(quoted)},
                changed(1, branch='江北,"新"支行'))
    yield loads("every_cell_quoted", {"loans.csv": "\n".join(
        ",".join(f'"{cell}"' for cell in row) for row in grid()).encode()})  # fmt: skip
    for word, sep in (("commas", ","), ("tabs", "\t"), ("bars", "|")):
        ragged = [[*row, "", ""] for row in grid()]
        yield loads(f"trailing_{word}", {"loans.txt": text(ragged, sep)})
    body = [[*row, ""] if n else row for n, row in enumerate(grid())]
    yield loads("trailing_tab_under_no_header", {"loans.tsv": text(body, "\t")})


def _spoilt() -> Iterator[Variant]:
    plain = text(grid())
    for order in ("le", "be"):
        unmarked = plain.decode().encode(f"utf-16-{order}")
        yield loads(f"utf16{order}_without_mark", {"loans.csv": unmarked})
    taiwan = [[str(c).translate(str.maketrans("据号统贷额实际发", "據號統貸額實際發")) for c in row]
              for row in grid()]  # fmt: skip
    taiwan = [[c.encode("big5", "ignore").decode("big5") for c in row] for row in taiwan]
    yield refuses("big5_headers", {"loans.csv": text(taiwan, encoding="big5")}, "header_missing")
    bad = plain.replace("江北".encode(), b"\xff\xff")
    yield refuses("neither_utf8_nor_gb18030", {"loans.csv": bad}, "encoding_unreadable")
    lone = plain.replace("江北".encode(), b"a\rb")
    yield refuses("lone_carriage_return", {"loans.csv": lone}, "line_break_lone")
    open_quote = plain.replace("江北".encode(), b'"a')
    yield refuses("quote_in_the_middle", {"loans.csv": plain.replace(b"JJ0002,", b'"JJ0002,')},
                  "quote_broken")
    yield refuses("quote_never_closed", {"loans.csv": open_quote}, "quote_broken")
    yield refuses("nul_in_a_cell", {"loans.csv": plain.replace("江北".encode(), b"a\x00b")},
                  "text_with_nul")
    long = one_cell("branch", 0, "长" * 300_000)
    yield refuses("field_of_300000_characters", {"loans.csv": text(long)}, "field_too_long")
    extra = grid()
    extra[2] = [*extra[2], "多"]
    yield refuses("cell_under_no_header", {"loans.csv": text(extra)}, "row_ragged")
    thousands = [row[:] for row in grid()]
    thousands[1][2] = "12345600,00"
    unquoted = "\n".join(",".join(row) for row in thousands).encode()
    yield refuses("decimal_comma_splits_the_cell", {"loans.csv": unquoted}, "row_ragged")

"""A case, and the good folder that it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
from corpus import writers
from corpus.book import grid

CONFIG = """\
entity: {zh: 示例银行, en: Example Bank}
period: 2025
currency: CNY
standards: [pcaf-2025]
books:
  loans: {file: BOOK, unit: 元}
  counterparties: {file: counterparties.csv, unit: 万元}
"""
COUNTERPARTIES = """\
counterparty_id,name,sector,region,total_equity,total_debt,revenue
91350100M000100Y43,示例水泥,C3011,500103,400,600,5000
91330100799655058B,示例电力,D4411,330100,400,600,5000
"""
SECRET = "SECRET-5c1f"
"""Lies beside the folder; what shows it has followed an entity or a path out of it."""


@dataclass(frozen=True)
class Case:
    """A folder by its files; ``make`` gives them when asked, as some are large."""

    name: str
    make: Callable[[], Mapping[str, bytes]]
    command: str = "check"

    def write(self, folder: Path) -> None:
        for name, content in self.make().items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def config(book: str) -> bytes:
    return CONFIG.replace("BOOK", book).encode()


def with_book(name: str, content: bytes) -> dict[str, bytes]:
    """The good folder with this as its loans."""
    return {"carbonledger.yaml": config(name), "counterparties.csv": COUNTERPARTIES.encode(),
            name: content}  # fmt: skip


@cache
def good() -> dict[str, bytes]:
    """A good book in every format, by its file name."""
    rows = grid(header="贷款余额")
    table: pa.Table = writers.columns(rows)
    plain = writers.text(rows)
    return {
        "loans.csv": plain,
        "loans-gb.csv": writers.text(rows, encoding="gb18030", newline="\r\n"),
        "loans-16.csv": b"\xff\xfe" + writers.text(rows, encoding="utf-16-le"),
        "loans.tsv": writers.text(rows, "\t"), "loans-bar.txt": writers.text(rows, "|"),
        "loans-control.txt": writers.text(rows, "\x01"),
        "loans.xlsx": writers.xlsx(rows), "loans.xls": writers.xls(rows),
        "loans.ods": writers.ods(rows), "loans-html.xls": writers.web_page(rows),
        "loans.parquet": writers.parquet(table),
        "loans-plain.parquet": writers.parquet(table, compression="none"),
        "loans.arrow": writers.arrow_file(table), "loans-stream.arrow": writers.arrow_stream(table),
        "loans.csv.gz": writers.gz(plain), "loans.zip": writers.zipped({"loans.csv": plain}),
        "loans.xlsx.gz": writers.gz(writers.xlsx(rows)),
    }  # fmt: skip

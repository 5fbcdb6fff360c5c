"""Text that is not what it seems: Big5 among GB18030, and numbers of another custom."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from carbonledger.reading import open_table
from carbonledger.reading.big5 import smells_of_big5

REGISTERS = Path(__file__).parent.parent / "carbonledger" / "registers"
TRADITIONAL = (
    "借款人名稱,放款餘額,行業,地址\n台灣水泥股份有限公司,1234.5,水泥製造業,台北市中山區\n"
    "中國鋼鐵股份有限公司,5678,鋼鐵冶煉業,高雄市小港區\n"
    "台塑石化股份有限公司,910,石油煉製業,雲林縣麥寮鄉\n"
)


def test_a_traditional_book_in_big5_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("loan_id,borrower\n" + TRADITIONAL).encode("big5"))
    assert smells_of_big5(path)
    known = lambda text: text in ("loan_id", "borrower")
    _, issues = open_table(path, name=path.name, is_header=known)
    assert ("encoding_big5", "warning") in [(i.code, i.severity) for i in issues]


@pytest.mark.parametrize("text", [
    TRADITIONAL,
    "借据号,借款人\nL1,重庆鑫淼旺餐饮有限公司\nL2,垚鑫磊建材（集团）有限公司渝中分公司\n" * 5,
    "借据号,贷款余额（万元）\nL1,５\n", "", "a,b\n1,2\n" * 50,
    "姓名：冯骉、闫龘、喆、赟、翀、煊、昊、淼、犇、焱、垚、骞、瑄、珺\n" * 9,
])  # fmt: skip
def test_a_book_in_gb18030_raises_no_alarm(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("gb18030"))
    assert not smells_of_big5(path)


def test_no_register_of_names_raises_an_alarm(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for register in sorted(REGISTERS.glob("*.csv")):
        with register.open(encoding="utf-8", newline="") as file:
            cells = [[c for c in row if not c.isascii()] for row in csv.reader(file)]
        rows = [",".join(row) + "\n" for row in cells if row]
        for start in range(0, len(rows), 20):
            path.write_bytes("".join(rows[start : start + 20]).encode("gb18030"))
            assert not smells_of_big5(path), (register.name, start)

"""How fast books are read, in one command: python benchmarks/reading.py

A seeded loan book of 20 columns is written to a temporary folder as GB18030 and UTF-8 CSV (a
million rows) and as XLSX (100,000 rows). Each is opened, mapped and validated into typed columns
in a fresh process, which says its own wall time and peak memory; imports are counted apart.
Beside a CSV file stands what pyarrow takes only to read it, in rounds one after the other: all of
it by ``read_csv``, and in batches by ``open_csv``, which holds none; both with nothing but the
encoding said.
With ``--seal`` the GB18030 book is also accounted for, to a sealed run without reports under two
standards; every fifth row brings another borrower, described by the loans alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

HEADERS = (
    "借据号", "合同号", "统一社会信用代码", "客户名称", "项目编号", "资产类别", "贷款实际投向",
    "借款人行业", "地区代码", "币种", "贷款余额", "月均余额", "合同金额", "放款日期", "到期日期",
    "业务品种", "经办行", "客户类型", "企业规模", "五级分类",
)  # fmt: skip
FILES = ("gb18030.csv", "utf8.csv", "loans.xlsx")
CONFIG = """\
entity: {zh: 基准测试, en: Benchmark}
period: 2025
currency: CNY
known_on: 2026-03-31
standards: [pboc-2021, pcaf-2025]
books:
  loans: {file: gb18030.csv, unit: 元}
"""


CHUNK = 250_000


def rows(of_all: int, start: int) -> list[list[str]]:
    """Columns of a part of a book with many borrowers, few products and amounts in yuan."""
    count = min(CHUNK, of_all - start)
    random = np.random.default_rng([20250101, start])
    borrower = random.integers(0, max(of_all // 5, 1), count)
    sector = np.array(["C3011", "D4411", "C2614", "G5431", "E4710", "A0111", "F5112", "K7010"])
    region = np.array(["500103", "110101", "310115", "440305", "510104"])
    of = lambda names: np.array(names)[random.integers(0, len(names), count)].tolist()
    balance = random.integers(1_000_00, 90_000_000_00, count)
    money = lambda fen: [f"{v // 100}.{v % 100:02d}" for v in fen.tolist()]
    day = np.datetime64("2020-01-01") + random.integers(0, 2_000, count)
    return [
        [f"J2025{n:010d}" for n in range(start, start + count)],
        [f"HT{n // 2:09d}" for n in range(start, start + count)],
        [f"K{b:010d}" for b in borrower.tolist()],
        [f"重庆市渝中区第{b}实业有限公司" for b in borrower.tolist()],
        [""] * count,
        of(["对公贷款", "项目融资"]),
        sector[random.integers(0, len(sector), count)].tolist(),
        sector[borrower % len(sector)].tolist(),
        region[borrower % len(region)].tolist(),
        ["CNY"] * count,
        money(balance), money(balance - 100_00), money(balance * 2),
        day.astype(str).tolist(), (day + 1_000).astype(str).tolist(),
        of(["流动资金贷款", "固定资产贷款", "银团贷款"]),
        of([f"重庆{n}支行" for n in range(80)]),
        ["企业"] * count,
        of(["CS01", "CS02", "CS03", "CS04"]),
        of(["正常", "关注"]),
    ]  # fmt: skip


def write_csv(path: Path, encoding: str, count: int) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(",".join(HEADERS) + "\r\n")
        for start in range(0, count, CHUNK):
            for row in zip(*rows(count, start), strict=True):
                file.write(",".join(row) + "\r\n")


def write_xlsx(path: Path, count: int) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet("贷款")
    page.write_row(0, 0, HEADERS)
    at = 0
    for start in range(0, count, CHUNK):
        for row in zip(*rows(count, start), strict=True):
            cells = [float(c) if n in (10, 11, 12) else c for n, c in enumerate(row)]
            page.write_row(at := at + 1, 0, cells)
    book.close()


def validate(path: Path) -> dict[str, float]:
    """Open, map and type one book; what it takes and how many rows it finds."""
    from carbonledger.cli.frames import hide_pandas
    from carbonledger.config import BookConfig
    from carbonledger.intake.book import open_book

    hide_pandas()  # as the command line does
    config = BookConfig(file=(path.name,), unit="元")

    def rows_of() -> int:
        book = open_book("loans", config, path.parent, 2025, "CNY")
        count = sum(len(batch.rows) for batch in book.batches())
        severe = [i for i in book.issues if i.severity == "error"]
        assert not severe, severe[:3]
        return count

    return cost_of(rows_of)


def cost_of(rows_of: Callable[[], int]) -> dict[str, float]:
    """What a piece of work takes that says how many rows it found."""
    start, busy = time.perf_counter(), time.process_time()
    count = rows_of()
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    status = Path("/proc/self/status").read_text()  # ru_maxrss would hold the parent's peak too
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return {"rows": count, "seconds": seconds, "cpu": cpu, "megabytes": peak}


def read_whole(path: Path) -> dict[str, float]:
    """What pyarrow takes to read a CSV file into memory."""
    from pyarrow import csv

    return cost_of(lambda: csv.read_csv(path, csv.ReadOptions(encoding=path.stem)).num_rows)


def read_batches(path: Path) -> dict[str, float]:
    """What pyarrow takes to read a CSV file batch by batch."""
    from pyarrow import csv

    def rows_of() -> int:
        return sum(b.num_rows for b in csv.open_csv(path, csv.ReadOptions(encoding=path.stem)))

    return cost_of(rows_of)


WAYS = {"validated": validate, "pyarrow read_csv": read_whole, "pyarrow open_csv": read_batches}


def measured(path: Path, rounds: int) -> dict[str, dict[str, float]]:
    """The medians of fresh processes, each way in its turn."""
    said: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for way in WAYS if path.suffix == ".csv" else ("validated",):
            command = [sys.executable, __file__, "--measure", way, str(path)]
            done = subprocess.run(command, capture_output=True, check=True)
            said.setdefault(way, []).append(json.loads(done.stdout))
    return {way: {name: statistics.median(s[name] for s in found) for name in found[0]}
            for way, found in said.items()}  # fmt: skip


def seal(folder: Path) -> None:
    """The GB18030 book to a sealed run, once."""
    sys.path.insert(0, str(Path(__file__).parent))
    from compare import measured as run

    (folder / "carbonledger.yaml").write_text(CONFIG, "utf-8")
    with tempfile.TemporaryDirectory() as out:
        cost, _ = run(sys.executable, "-m", "carbonledger", "run", folder, "--no-reports",
                      "--out", out)  # fmt: skip
    print(f"gb18030.csv to a sealed run: {cost.wall:.1f} s, {cost.processors:.1f} s of processors, "
          f"{cost.peak:.0f} MB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sheet-rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for the files, kept")
    parser.add_argument("--seal", action="store_true", help="account for the GB18030 book too")
    parser.add_argument("--file", choices=FILES, action="append", help="default all of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(WAYS[asked.measure[0]](Path(asked.measure[1]))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{'file':<12} {'rows':>10} {'MB on disk':>10} {'':<16} "
              f"{'seconds':>8} {'cpu s':>8} {'peak MB':>8} {'ratio':>6}")  # fmt: skip
        for name in asked.file or FILES:
            path = folder / name
            if not path.exists() and path.suffix == ".csv":
                write_csv(path, path.stem, asked.rows)
            elif not path.exists():
                write_xlsx(path, asked.sheet_rows)
            disk = path.stat().st_size / 1e6
            found = measured(path, asked.rounds)
            for way, cost in found.items():
                ratio = found["validated"]["seconds"] / cost["seconds"]
                print(f"{name:<12} {cost['rows']:>10,.0f} {disk:>10.1f} {way:<16} "
                      f"{cost['seconds']:>8.2f} {cost['cpu']:>8.2f} {cost['megabytes']:>8.0f} "
                      f"{ratio:>6.2f}")  # fmt: skip
        if asked.seal:
            seal(folder)


if __name__ == "__main__":
    main()

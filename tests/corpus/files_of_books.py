"""Several files as one book, globs, and month-ends."""

from __future__ import annotations

from collections.abc import Iterator

from corpus import writers
from corpus.book import BOOK, Variant, grid, loads, refuses, written


def variants() -> Iterator[Variant]:
    head, *rows = grid()
    halves = {"loans-a.csv": writers.text([head, *rows[:2]]),
              "loans-b.csv": writers.text([head, *rows[2:]], encoding="gb18030")}  # fmt: skip
    yield loads("two_files", halves, file=["loans-a.csv", "loans-b.csv"])
    yield loads("glob", halves, file="loans-*.csv")
    mixed = {"loans-a.csv": halves["loans-a.csv"],
             "loans-b.xlsx": writers.xlsx([head, *rows[2:]])}  # fmt: skip
    yield loads("two_formats", mixed, file=["loans-a.csv", "loans-b.xlsx"])
    units = {"loans-a.csv": halves["loans-a.csv"],
             "loans-b.csv": writers.text([grid("万元")[0], *grid("万元")[3:]])}  # fmt: skip
    yield loads("two_files_two_units", units, file="loans-*.csv")
    other = {"loans-a.csv": halves["loans-a.csv"],
             "loans-b.csv": writers.text([head[::-1], *[r[::-1] for r in rows[2:]]])}  # fmt: skip
    yield loads("two_files_other_order_of_columns", other, file="loans-*.csv")
    yield loads("year_in_name", {"loans-2025.csv": writers.text(grid())}, file="loans-{period}.csv")
    again = halves | {"loans-b.csv": writers.text([head, *rows[1:]])}
    yield refuses("a_row_in_two_files", again, "duplicate_key", file="loans-*.csv")
    yield refuses("glob_of_nothing", halves, "file_missing", file="kredite-*.csv")
    yield refuses("no_such_file", halves, "file_missing", file="loans.csv")
    yield from _months()


def _months() -> Iterator[Variant]:
    """Twelve month-ends; the first loan owes 12 million yuan more in December, the others stay."""
    december = [str(24_345_600), *(written(r["outstanding_amount"]) for r in BOOK[1:])]
    files = {f"loans-2025{month:02}.csv": writers.text(grid()) for month in range(1, 12)}
    files["loans-202512.csv"] = writers.text(grid(outstanding_amount=december))
    told = [{**row, **{f"balance 2025-{m}": row["outstanding_amount"] for m in range(1, 13)}}
            for row in BOOK]  # fmt: skip
    told[0] |= {"outstanding_amount": 2_434_560_000, "balance 2025-12": 2_434_560_000}
    yield loads("twelve_month_ends", files, told, file=[], months="loans-2025*.csv")
    beside = {**files, "loans.csv": files["loans-202512.csv"]}
    yield loads("twelve_month_ends_beside_the_book", beside, told, file="loans.csv",
                months="loans-2025*.csv")  # fmt: skip
    renamed = {name.replace("2025", "2025-"): content for name, content in files.items()}
    yield loads("month_ends_with_dash", renamed, told, file=[], months="loans-2025-*.csv")
    chinese = {f"{n}月.csv": c for n, c in zip(range(1, 13), files.values(), strict=True)}
    yield refuses("month_ends_without_year", chinese, "month_unclear", file=[], months="*月.csv")
    yield refuses("no_month_ends", {"loans.csv": writers.text(grid())}, "file_missing",
                  file="loans.csv", months="loans-2025*.csv")  # fmt: skip
    twice = {**files, "loans-202512b.csv": files["loans-202512.csv"]}
    yield refuses("one_month_twice", {k.replace("b.csv", "-2.csv"): v for k, v in twice.items()},
                  "duplicate_key", file=[], months="loans-2025*.csv")  # fmt: skip

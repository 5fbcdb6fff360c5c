"""Units of amounts: where each may be stated, what contradicts, what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from corpus import writers
from corpus.book import BOOK, HEADERS, YUAN_PER, Variant, every, grid, loads, refuses, written

WORDS = {"元": "yuan", "千元": "thousand", "万元": "ten_thousand", "百万元": "million",
         "亿元": "hundred_million"}  # fmt: skip
ENGLISH = {
    "yuan": "元", "RMB yuan": "元", "CNY": "元", "thousand yuan": "千元", "RMB thousand": "千元",
    "10,000 yuan": "万元", "RMB million": "百万元", "CNY million": "百万元", "million yuan": "百万元",
    "100 million yuan": "亿元",
}  # fmt: skip


def _file(rows: writers.Grid) -> dict[str, bytes]:
    return {"loans.csv": writers.text(rows)}


def variants() -> Iterator[Variant]:
    assert set(WORDS) == set(YUAN_PER)
    yield from _stated()
    yield from _english()
    yield from _in_cells()
    yield from _contradictions()
    yield from _entities()


def _stated() -> Iterator[Variant]:
    for unit, word in WORDS.items():
        bare = grid(unit, "贷款余额")
        yield loads(f"{word}_in_header", _file(grid(unit)))
        yield loads(f"{word}_in_header_ascii_brackets", _file(grid(unit, f"贷款余额({unit})")))
        yield loads(f"{word}_in_title", _file([[f"单位：{unit}"], *bare]))
        yield loads(f"{word}_in_title_of_xlsx", {"loans.xlsx": writers.xlsx(
            [["贷款明细", "", "", "", "", "", ""], ["", "", "", "", "", "", f"单位：人民币{unit}"],
             *bare])})  # fmt: skip
        cells = [f"{row[2]}{unit}" for row in bare[1:]]
        yield loads(f"{word}_in_cells", _file(grid(header="贷款余额", outstanding_amount=cells)))
        yield loads(f"{word}_configured", _file(bare), unit=unit)
    yield loads("one_unit_in_header_and_configured", _file(grid("万元")), unit="万元")


def _english() -> Iterator[Variant]:
    for said, unit in ENGLISH.items():
        word = said.replace(" ", "_").replace(",", "")
        yield loads(f"english_{word}", _file(grid(unit, f"outstanding_amount ({said})")))


def _in_cells() -> Iterator[Variant]:
    def amounts(*cells: str) -> dict[str, bytes]:
        return _file(grid(header="贷款余额", outstanding_amount=cells))

    yield loads("separated_and_ten_thousand_in_cells",
                amounts("1,234.56万元", "500万元", "8 万元", "12,000.00万元"))
    yield loads("each_cell_its_own_unit", amounts("1234.56万元", "5百万元", "80千元", "1.2亿元"))
    yield loads("full_width_cells", amounts("１，２３４．５６万元", "５００万元", "８万元", "１．２亿元"))
    yield loads("mark_before_the_cell", amounts("￥12,345,600.00元", "5000000元", "80000元",
                                                "120000000元"))  # fmt: skip
    yield refuses("a_cell_without_unit", amounts("1234.56万元", "500万元", "8", "12000万元"),
                  "unit_missing_in_cell")  # fmt: skip
    yield refuses("dollars_in_a_cell", amounts("1234.56万元", "500万美元", "8万元", "12000万元"),
                  "currency_in_cell")  # fmt: skip


def _contradictions() -> Iterator[Variant]:
    # 12,345,600 called 万元 is 123 billion yuan: read as stated, and said aloud.
    unlikely = grid(header="贷款余额（万元）")
    told = every(outstanding_amount=[10_000 * row["outstanding_amount"] for row in BOOK])
    yield loads("yuan_called_ten_thousand", _file([unlikely[0], *unlikely[1:]]), told,
                warned=("unit_unlikely",))  # fmt: skip
    yield refuses("no_unit", _file(grid(header="贷款余额")), "unit_missing")
    yield refuses("no_unit_in_xlsx", {"loans.xlsx": writers.xlsx(grid(header="贷款余额"))},
                  "unit_missing")  # fmt: skip
    for unit, said in (("元", "万元"), ("万元", "元"), ("亿元", "万元"), ("千元", "百万元")):
        yield refuses(f"{WORDS[unit]}_in_header_{WORDS[said]}_configured", _file(grid(unit)),
                      "unit_contradiction", unit=said)  # fmt: skip
        yield refuses(f"{WORDS[unit]}_in_title_{WORDS[said]}_configured",
                      _file([[f"单位：{unit}"], *grid(unit, "贷款余额")]),
                      "unit_contradiction", unit=said)  # fmt: skip
        yield refuses(f"{WORDS[unit]}_in_header_{WORDS[said]}_in_title",
                      _file([[f"单位：{said}"], *grid(unit)]), "unit_contradiction")  # fmt: skip
    yield refuses("two_units_in_titles",
                  _file([["单位：元"], ["金额单位：万元"], *grid(header="贷款余额")]),
                  "unit_notes_differ")  # fmt: skip
    yield refuses("dollars_in_header", _file(grid(header="贷款余额（万美元）")),
                  "currency_contradiction")  # fmt: skip
    yield refuses("unit_of_energy_in_header", _file(grid(header="贷款余额（吨）")),
                  "unit_not_of_money")  # fmt: skip
    wan = [written(row["outstanding_amount"], "万元") for row in BOOK]
    average = [[*row, cell] for row, cell in zip(grid(), ["月均余额（万元）", *wan], strict=True)]
    told = [{**row, "average_balance": row["outstanding_amount"]} for row in BOOK]
    yield loads("two_columns_two_units", _file(average), told)
    assert HEADERS["outstanding_amount"] == "贷款余额"


def _entities() -> Iterator[Variant]:
    """Counterparties, whose columns are in several units at once."""
    rows = [
        ["统一社会信用代码", "主营业务收入（亿元）", "所有者权益合计（万元）", "范围一排放（万吨）",
         "范围二排放（kt）"],
        ["91350100M000100Y43", "12.5", "-300", "1.5", "2.25"],
        ["91330100799655058B", "0.08", "1,250.5", "", "0.0005"],
    ]  # fmt: skip
    # 12.5 x 10^8 yuan x 100 fen; -300 x 10^4 x 100; 1.5 x 10^4 t x 10^6 g; 2.25 x 10^3 x 10^6 g.
    told = [
        {"counterparty_id": "91350100M000100Y43", "revenue": 125_000_000_000,
         "total_equity": -300_000_000, "emissions_scope1_tco2e": 15_000_000_000,
         "emissions_scope2_tco2e": 2_250_000_000},
        {"counterparty_id": "91330100799655058B", "revenue": 800_000_000,
         "total_equity": 1_250_500_000, "emissions_scope1_tco2e": None,
         "emissions_scope2_tco2e": 500_000},
    ]  # fmt: skip
    for name, file, make in (("csv", "c.csv", writers.text), ("xlsx", "c.xlsx", writers.xlsx),
                             ("xls", "c.xls", writers.xls), ("ods", "c.ods", writers.ods)):
        yield loads(f"counterparties_of_four_units_{name}", {file: make(rows)}, told,
                    book="counterparties")  # fmt: skip
    wrong = [[rows[0][0], "主营业务收入（吨）"], [rows[1][0], "5"]]
    yield refuses("revenue_in_tonnes", {"c.csv": writers.text(wrong)}, "unit_not_of_money",
                  book="counterparties")  # fmt: skip

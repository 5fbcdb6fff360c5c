# Synthetic: the invented loans and holdings of make_books.py.
"""What the bank lends and holds, and how each balance runs down from month to month."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import accumulate

from draws import between, draw, isin, mostly_low, pick
from entities import Firm, Project, all_projects, assets, firms, funding, outsiders
from parameters import PRODUCTS, PROJECT_PRODUCT, REGIONS, RETIRED, SECTORS, UNKNOWN_REGION

Row = tuple[str | int | float | None, ...]
FEN = 1_000_000  # in 万元
LOANS_A_YEAR = 3000
FIRST = 2020
AMOUNT = {"CS01": (2500, 28e3), "CS02": (700, 9e3), "CS03": (60, 1100), "CS04": (15, 220),
          "CS05": (900, 6e3)}  # fmt: skip
GREEN = ("D4413", "D4415", "D4416", "D4417", "D4620", "N7721", "C3841", "G5412")
CITY_WORKS = ("E4813", "N7810", "K7010", "L7212")


@dataclass(frozen=True)
class Loan:
    """A loan note; amounts in fen of its currency, months counted from year 0."""

    number: str
    contract: str
    firm: Firm
    project: Project | None
    product: str
    account: str
    granted: int
    start: int
    term: int
    quarterly: bool
    currency: str

    @property
    def end(self) -> int:
        return self.start + self.term

    def balance(self, month: int) -> int:
        """What is owed at the end of the month."""
        held = month - self.start
        if held < 0 or held >= self.term:
            return 0
        if self.quarterly:
            return self.granted * (self.term - held // 3 * 3) // self.term
        return self.granted * (10 - 2 * (held // 12)) // 10

    def average(self, year: int) -> int:
        """The mean of the twelve month-ends of the year."""
        return (2 * sum(self.balance(12 * year + m) for m in range(12)) + 12) // 24


def _share(year: int) -> float:
    """How far new lending has moved from the sectors of 2020 to those of 2025."""
    return min(max(year - FIRST, 0) / 5, 1)


@cache
def _lenders(year: int) -> tuple[tuple[Firm, ...], tuple[float, ...]]:
    """Whom the bank may lend to in a year, and how much it likes to."""
    of_scale = {"CS01": 4.0, "CS02": 2.4, "CS03": 1.2, "CS04": 0.6}
    open_to = [f for f in firms() if f.founded <= year]
    totals = {s.code: sum(of_scale[f.scale] for f in open_to if f.sector is s) for s in SECTORS}
    moved = _share(year)
    weights = [
        of_scale[f.scale] / totals[f.sector.code]
        * (f.sector.lending_2020 * (1 - moved) + f.sector.lending_2025 * moved)
        for f in open_to
    ]  # fmt: skip
    return tuple(open_to), tuple(accumulate(weights))


def _spread(nth: int) -> tuple[float, float]:
    """Evenly spread over the unit square (R2 sequence), so that few large loans make no jumps."""
    return (0.5 + nth * 0.7548776662466927) % 1, (0.5 + nth * 0.5698402909980532) % 1


def _borrower(nth: int, year: int) -> Firm:
    if draw("loan", nth, "outside") < 0.022:
        return pick(outsiders(), "loan", nth, "outsider")
    people, reach = _lenders(year)
    return people[bisect(reach, _spread(nth)[0] * reach[-1])]


def _granted(nth: int, year: int, firm: Firm, project: Project | None) -> int:
    """The amount granted in fen: round sums, within what the borrower can carry."""
    at = _spread(nth)[1]
    if project:
        amount = min(project.cost * (0.02 + 0.06 * at), 12_000 + 18_000 * at)
    else:
        low, high = AMOUNT[firm.scale]
        curve = at * 0.6 if firm.heavy else at * at  # limits by name keep heavy tickets alike
        amount = (low + (high - low) * curve) * (1 + 0.05 * (year - FIRST))
        if firm.known and firm.special not in ("little_balance_sheet", "little_revenue"):
            amount = min(amount, 0.08 * assets(firm, FIRST))
    step = 50 if amount > 500 else 10 if amount > 100 else 1
    return max(round(amount / step) * step, 10) * FEN


def _project(key: Sequence[object], year: int) -> Project | None:
    begun = [p for p in all_projects() if p.started <= year]
    return pick(begun, *key, "which project") if draw(*key, "project") < 0.05 else None


def _loan(nth: int, year: int, alive: bool) -> Loan:
    """The nth loan; one of the first book was granted so that it is alive at the end of 2020."""
    key = ("loan", nth)
    project = _project(key, year)
    firm = _borrower(nth, year)
    # Of the loans alive on one day, long ones are more than of those granted in one year.
    weights = [p[0] * (p[1] + p[2] if alive else 1.0) for p in PRODUCTS.values()]
    name = pick(tuple(PRODUCTS), *key, "product", weights=weights)
    low, high, quarterly, account = PRODUCTS[name][1:]
    if project:
        name, low, high, quarterly, account = PROJECT_PRODUCT
        firm = pick([f for f in firms() if f.sector.code in ("L7212", "L7211", project.sector)
                     and f.founded <= year and not f.special], project.code, "owner")  # fmt: skip
    steps = (high - low) // 6
    term = low + 6 * int(between(0, steps + 1, *key, "term"))
    start = 12 * year + int(between(0, 12, *key, "month"))
    if alive:
        start = 12 * year + 11 - int(between(0, term, *key, "age"))
    granted = _granted(nth, year, firm, project)
    dollars = firm.sector.code in ("C3911", "C3974") and draw(*key, "currency") < 0.04
    begun = start // 12
    contract = f"HT{begun}{nth // 3 if draw(*key, 'contract') < 0.2 else nth:05d}"
    return Loan(f"JJ{begun}{nth:06d}", contract, firm, project, name, account,
                granted // 7 if dollars else granted, start, term, quarterly,
                "USD" if dollars else "CNY")  # fmt: skip


def _kept(loan: Loan, year: int) -> bool:
    """In the ledger of the year-end: owed, or repaid in the year and not yet taken off."""
    if loan.balance(12 * year + 11):
        return True
    return loan.end >= 12 * year and draw(loan.number, "settled") < 0.04


def ledgers(years: Sequence[int]) -> dict[int, list[Loan]]:
    """The loans of each year-end: those that are left, and new ones up to the full number."""
    nth = 0
    book: list[Loan] = []
    found: dict[int, list[Loan]] = {}
    for year in years:
        book = [loan for loan in book if _kept(loan, year)]
        while len(book) < LOANS_A_YEAR:
            nth += 1
            loan = _loan(nth, year, alive=year == FIRST)
            if loan.balance(12 * year + 11):
                book.append(loan)
        found[year] = book
    return found


def _wan(fen: int, *key: object) -> str:
    """Fen as 万元 with two to six decimals, now and then with separators, as people leave them."""
    whole, part = divmod(fen, FEN)
    digits = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{whole:,}.{digits}" if not key or draw(*key, "commas") < 0.15 else f"{whole}.{digits}"


def _day(month: int, loan: Loan) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}-{1 + int(between(0, 28, loan.number, 'day')):02d}"


def _region(loan: Loan) -> str:
    """The borrower's region, as the branch writes it: some never left the old codes."""
    firm = loan.firm
    if draw(firm.code, "old code") < 0.2 and firm.region in RETIRED:
        return RETIRED[firm.region]
    return UNKNOWN_REGION if firm.code[8:16] == "DEM00525" else firm.region


def _use(loan: Loan) -> str:
    """投向: where the money goes, by class or, as in regulatory tables, by group."""
    if loan.project:
        return loan.project.sector
    code = loan.firm.sector.code
    if code == "L7212":
        code = pick(CITY_WORKS, loan.number, "use")
    return code[:4] if draw(loan.number, "use by group") < 0.1 else code


def _branch(firm: Firm) -> str:
    name, _ = REGIONS.get(firm.region, ("国际业务", 0))
    return f"{name}{'分行' if firm.region[:2] != '50' or name in ('万州', '涪陵') else '支行'}"


def _loan_row(loan: Loan, year: int) -> Row:
    firm, number = loan.firm, loan.number
    tab = "\t" if _branch(firm) == "江津支行" else ""  # their export forces text with a tab
    average = _wan(loan.average(year), number, year, "average")
    green = _use(loan) in GREEN and draw(number, "green") < 0.85
    quality = pick(("正常", "关注", "次级", "可疑", "损失"), number, year, "quality",
                   weights=(950, 35, 9, 4, 2))  # fmt: skip
    return (
        number, loan.contract, firm.code + tab, firm.name,
        "项目融资" if loan.project else "对公贷款", _use(loan), firm.sector.code[:3], _region(loan),
        firm.country, loan.currency, _wan(loan.balance(12 * year + 11), number, year),
        "" if draw(number, "no average") < 0.01 else average, _wan(loan.granted, number),
        _day(loan.start, loan), _day(loan.end, loan), loan.project.code if loan.project else "",
        loan.product, _branch(firm), firm.customer_type, firm.scale, loan.account,
        "是" if green else "否", quality,
    )  # fmt: skip


def loans(book: Sequence[Loan], year: int) -> list[Row]:
    header = ("借据号", "合同号", "统一社会信用代码", "客户名称", "资产类别", "投向行业",
              "所属行业", "地区代码", "国别", "币种", "贷款余额（万元）", "月均余额（万元）",
              "合同金额（万元）", "放款日期", "到期日期", "项目编号", "业务品种", "经办行",
              "客户类型", "企业规模", "科目号", "绿色贷款标识", "五级分类")  # fmt: skip
    rows = [_loan_row(loan, year) for loan in book]
    total = [""] * len(header)
    total[0] = "合计"
    for column in (10, 11, 12):
        cells = [str(row[column]).replace(",", "") for row in rows]
        total[column] = _wan(int(sum(Decimal(c) for c in cells if c) * FEN))
    return [header, *rows, tuple(total)]


def _bond(nth: int, year: int) -> Row | None:
    key = ("bond", nth)
    issuers = [f for f in firms() if f.scale in ("CS01", "CS02") and f.region[:2] == "50"]
    firm = pick(issuers, *key, "issuer",
                weights=[4 if f.sector.code[0] in "LN" else 1 for f in issuers])  # fmt: skip
    issued, term = 2015 + nth % 11, 3 + 2 * (nth % 3)
    if not issued <= year < issued + term:
        return None
    amount = float(500 * round(mostly_low(1, 22, *key, "amount")))
    average = None if draw(*key, "average") < 0.05 else amount
    if issued == year:
        average = round(amount * (1 + int(between(0, 11, *key, "month"))) / 12, 2)
    kind = pick(("公司债", "中期票据", "企业债"), *key, "kind")
    return (f"ZQ{nth:04d}", "公司债券", kind, isin(nth), firm.code, firm.name, "CNY", amount,
            average, None, f"{issued + term}-06-30")  # fmt: skip


def _stake(nth: int, firm: Firm, year: int) -> Row:
    """A listed holding at market value, or a share of book equity."""
    equity = funding(firm, year)[0]
    if firm.listed:
        held = equity * between(0.8, 2.2, firm.code, "market", year)
        amount = round(held * between(0.001, 0.008, "listed", nth), 2)
        return (f"GP{nth:04d}", "上市股权", "股票", isin(500 + nth), firm.code, firm.name, "CNY",
                amount, round(amount * between(0.94, 1.05, "listed", nth, year), 2), None,
                None)  # fmt: skip
    share = round(between(0.005, 0.06, "unlisted", nth), 4)
    amount = round(equity * share, 2)
    return (f"GQ{nth:04d}", "非上市股权", "直接股权投资", None, firm.code, firm.name, "CNY", amount,
            amount, share, None)  # fmt: skip


def investments(year: int) -> list[Row]:
    header = ("持仓编号", "资产类别", "投资品种", "ISIN", "统一社会信用代码", "客户名称", "币种",
              "期末余额（万元）", "月均余额（万元）", "持股比例", "到期日期")  # fmt: skip
    bonds = [row for nth in range(1, 100) if (row := _bond(nth, year))]
    listed = [f for f in firms() if f.listed and f.founded <= 2020][:12]
    unlisted = [f for f in firms() if f.scale == "CS02" and not f.special
                and f.founded <= 2020 and draw(f.code, "stake") < 0.06][:9]  # fmt: skip
    stakes = [_stake(n, f, year) for n, f in enumerate((*listed, *unlisted), start=1)]
    return [header, *bonds, *stakes]

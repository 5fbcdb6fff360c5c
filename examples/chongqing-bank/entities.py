# Synthetic: the invented customers and projects of make_books.py.
"""Who the bank finances: companies, projects, their accounts, emissions and energy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from draws import between, credit_code, draw, mostly_low, pick
from parameters import CHARS, CITIES, ENERGY, OUTSIDERS, PROJECTS, REGIONS, SECTORS, Sector

Row = tuple[str | int | float | None, ...]
SCALES = ("CS01", "CS02", "CS03", "CS04")
REVENUE = {"CS01": (60e3, 900e3), "CS02": (6e3, 60e3), "CS03": (500, 6e3), "CS04": (40, 500)}
# The n-th company of a sector that shows what a method must cope with.
SPECIAL = {
    ("K7010", 0): "negative_equity", ("K7010", 1): "negative_equity",
    ("L7212", 0): "little_revenue", ("L7212", 1): "little_revenue",
    ("F5164", 0): "little_balance_sheet", ("D4416", 0): "no_revenue_yet",
}  # fmt: skip


@dataclass(frozen=True)
class Firm:
    """A customer; one that is not known is in no counterparties book."""

    code: str
    name: str
    sector: Sector
    region: str
    scale: str
    founded: int = 2000
    listed: bool = False
    special: str = ""
    customer_type: str = "企业"
    country: str = "CHN"
    known: bool = True

    @property
    def heavy(self) -> bool:
        """Whether it must report: large emitters and power companies."""
        return self.sector.scope1 + self.sector.scope2 >= 1.4 or self.sector.code[:3] == "D44"

    @property
    def reports_from(self) -> int:
        """The first year with reported emissions; 9999 is never."""
        odds = {"CS01": 0.15, "CS02": 0.03}.get(self.scale, 0.0)
        if self.heavy:
            odds = {"CS01": 0.96, "CS02": 0.80, "CS03": 0.25}.get(self.scale, 0.0)
        if not self.listed and draw(self.code, "reports") >= odds:
            return 9999
        return 2020 if self.heavy else int(between(2019, 2024, self.code, "reports from"))

    @property
    def metered(self) -> bool:
        """Whether the bank has all energy data of the company."""
        asked = self.sector.code in ENERGY and self.scale != "CS04" and self.reports_from == 9999
        return asked and not self.special and draw(self.code, "metered") < 0.42


@dataclass(frozen=True)
class Project:
    """A project with its own company or inside one."""

    code: str
    name: str
    sector: str
    region: str
    cost: float
    scope1: float
    scope2: float
    started: int
    commissioned: int

    @property
    def data(self) -> str:
        kinds = ("verified", "reported", "energy", "none")
        return pick(kinds, self.code, "data", weights=(35, 30, 20, 15))


def _coined(*key: object) -> str:
    return pick(CHARS[0], *key, "first") + pick(CHARS[1], *key, "second")


def _firm(sector: Sector, nth: int, number: int, taken: set[str]) -> Firm:
    key = ("firm", sector.code, nth)
    special = SPECIAL.get((sector.code, nth), "")
    large = sector.large
    weights = (large * 0.45, large * 0.55, (1 - large) * 0.65, (1 - large) * 0.35)
    scale = "CS02" if special else pick(SCALES, *key, "scale", weights=weights)
    region = pick(tuple(REGIONS), *key, "region", weights=[w for _, w in REGIONS.values()])
    city = CITIES.get(region[:2], "重庆")
    hospital = sector.code == "Q8411"
    word = pick(sector.words, *key, "word")
    code = credit_code("12" if hospital else "91", region, number)
    big = scale == "CS01" and not hospital
    listed = big and draw(code, "listed") < 0.16
    end = "股份有限公司" if listed else "集团有限公司" if big else "" if hospital else "有限公司"
    attempt = 0
    while (name := f"{city}{_coined(*key, attempt)}{word}{end}") in taken:
        attempt += 1
    taken.add(name)
    founded = 2000 if draw(*key, "young") > 0.1 else int(between(2021, 2025, *key, "founded"))
    kind = "事业单位" if hospital else "企业"
    return Firm(code, name, sector, region, scale, founded, listed, special, kind)


@cache
def firms() -> tuple[Firm, ...]:
    taken: set[str] = set()
    keys = [(sector, nth) for sector in SECTORS for nth in range(sector.firms)]
    return tuple(_firm(s, nth, n, taken) for n, (s, nth) in enumerate(keys, start=1))


@cache
def outsiders() -> tuple[Firm, ...]:
    """Borrowers that the counterparties book lacks: not yet collected, sole traders, abroad."""
    found = []
    by_code = {s.code: s for s in SECTORS}
    for number, (kind, name, sector, region) in enumerate(OUTSIDERS, start=9000):
        scale = {"企业": "CS02", "个体工商户": "CS04"}.get(kind, "CS05")
        abroad = kind == "境外"
        code = f"F50{number:07d}" if abroad else credit_code(
            "92" if kind == "个体工商户" else "91", region, number)  # fmt: skip
        found.append(
            Firm(code, name, by_code[sector], region, scale, known=False, country=region if abroad
                 else "CHN", customer_type="企业" if abroad else kind)
        )  # fmt: skip
    return tuple(found)


@cache
def all_projects() -> tuple[Project, ...]:
    found: list[Project] = []
    for sector, word, count, low, high, scope1, scope2 in PROJECTS:
        for nth in range(count):
            key = ("project", word, nth)
            region = pick(tuple(REGIONS)[:22], *key, "region")
            commissioned = int(between(2012, 2028, *key, "commissioned"))
            name = f"{REGIONS[region][0]}{_coined(*key)}{word}"
            cost = float(round(mostly_low(low, high, *key, "cost") / 100) * 100)
            started = commissioned - 3
            found.append(Project(f"XM{len(found) + 1:03d}", name, sector, region, cost,
                                 scope1, scope2, started, commissioned))  # fmt: skip
    return tuple(found)


@cache
def revenue(firm: Firm, year: int) -> float:
    if year == 2020:
        if firm.special == "little_revenue":
            return 640.0
        return mostly_low(*REVENUE[firm.scale], firm.code, "rev")
    noise = between(-0.04, 0.06, firm.code, "growth", year)
    return revenue(firm, year - 1) * (1 + firm.sector.growth + noise)


def assets(firm: Firm, year: int) -> float:
    ratio = firm.sector.assets * between(0.7, 1.3, firm.code, "assets")
    base = {"little_balance_sheet": 2_400.0, "little_revenue": 96_000.0}.get(firm.special)
    grown = base or revenue(firm, 2020) * ratio
    for later in range(2020, year):
        grown *= 1.03 + between(-0.04, 0.05, firm.code, "assets", later + 1)
    return grown


def funding(firm: Firm, year: int) -> tuple[float, float]:
    """Total equity and interest-bearing debt."""
    total = assets(firm, year)
    if firm.special == "negative_equity":
        return -0.06 * total, 0.71 * total
    equity = between(0.25, 0.6, firm.code, "equity")
    debt = between(0.15, 0.38, firm.code, "debt")
    return equity * total, debt * total


def emitted(firm: Firm, year: int) -> tuple[float, float]:
    """Scope 1 and 2 as the company would report them, tonnes."""
    own = between(0.85, 1.15, firm.code, "efficiency")
    for later in range(2021, year + 1):
        own *= 1 - firm.sector.fall + between(-0.015, 0.015, firm.code, "efficiency", later)
    sold = revenue(firm, year) * own
    return sold * firm.sector.scope1, sold * firm.sector.scope2


def _missing(firm: Firm, what: str, share: float) -> bool:
    return not firm.special and firm.scale != "CS01" and draw(firm.code, "gap", what) < share


def _sector_text(firm: Firm) -> str:
    shape = draw(firm.code, "sector text")
    code = firm.sector.code
    return code[1:] if shape < 0.08 else code[:4] if shape < 0.12 else code


def _emissions(firm: Firm, year: int) -> Row:
    """Scope 1, 2, both as one, 3, verified, year; as reported or not at all."""
    if year < firm.reports_from:
        return (None, None, None, None, None, None)
    of_year = year - (draw(firm.code, "late") < 0.08 and year > 2020)
    one, two = (round(e, 2) for e in emitted(firm, of_year))
    verified = "是" if firm.heavy and draw(firm.code, "verified") < 0.8 else "否"
    three = round((one + two) * between(0.4, 3, firm.code, "scope 3"), 2) if firm.listed else None
    shape = draw(firm.code, "shape of report")
    if shape < 0.12:
        return (None, None, round(one + two, 2), three, verified, of_year)
    return (one, None if shape > 0.94 else two, None, three, verified, of_year)


def _accounts(firm: Firm, year: int) -> Row:
    """Year, listed, revenue, assets, assets a year before, equity, debt, EVIC."""
    of_year = year - (draw(firm.code, "late accounts") < 0.05 and year > 2020)
    equity, debt = funding(firm, of_year)
    sold = 0.0 if firm.special == "no_revenue_yet" else round(revenue(firm, of_year), 2)
    bare = _missing(firm, "balance sheet", 0.06)
    split = not bare and not _missing(firm, "equity and debt", 0.06)
    worth = equity * between(0.8, 2.2, firm.code, "market", of_year) + debt
    quoted = firm.listed and draw(firm.code, "evic") < 0.9
    return (
        of_year,
        "是" if firm.listed else "否",
        None if _missing(firm, "revenue", 0.07) else sold,
        None if bare else round(assets(firm, of_year), 2),
        None if bare or _missing(firm, "prior", 0.15) else round(assets(firm, of_year) / 1.035, 2),
        round(equity, 2) if split else None,
        round(debt, 2) if split else None,
        round(worth, 2) if quoted else None,
    )


def counterparties(year: int) -> list[Row]:
    header = ("统一社会信用代码", "企业名称", "国标行业代码", "行政区划代码", "财务报表年度",
              "是否上市", "主营业务收入（万元）", "资产总额（万元）", "上年末总资产（万元）",
              "所有者权益合计（万元）", "有息负债合计（万元）", "EVIC（万元）",
              "范围一排放（tCO2e）", "范围二排放（tCO2e）", "温室气体排放总量（tCO2e）",
              "范围三排放（tCO2e）", "是否经核查", "排放数据年度")  # fmt: skip
    rows: list[Row] = []
    for firm in firms():
        if firm.founded <= year:
            region = "" if _missing(firm, "region", 0.03) else firm.region
            rows.append((firm.code, firm.name, _sector_text(firm), region,
                         *_accounts(firm, year), *_emissions(firm, year)))  # fmt: skip
    return [header, *rows]


def projects(year: int) -> list[Row]:
    header = ("项目编号", "项目名称", "国标行业代码", "行政区划代码", "项目总投资（万元）",
              "所有者权益合计（万元）", "有息负债合计（万元）", "项目状态", "范围一排放（tCO2e）",
              "范围二排放（tCO2e）", "是否经核查", "排放数据年度")  # fmt: skip
    rows: list[Row] = []
    for p in all_projects():
        if p.started > year:
            continue
        running = p.commissioned <= year
        emissions: Row = (None, None, None, None)
        if running and p.data in ("verified", "reported"):
            load = p.cost * between(0.9, 1.1, p.code, "load", year)
            emissions = (f"{load * p.scope1:.2f}", f"{load * p.scope2:.2f}",
                         "是" if p.data == "verified" else "否", year)  # fmt: skip
        equity: Row = (f"{p.cost * 0.3:.2f}", f"{p.cost * 0.55:.2f}")
        if draw(p.code, "no balance sheet") < 0.3:
            equity = ("-", "-")
        status = "已投产" if running else "在建"
        rows.append((p.code, p.name, p.sector, p.region, f"{p.cost:.2f}", *equity, status,
                     *emissions))  # fmt: skip
    return [header, *rows]


def _carriers(firm: Firm, year: int) -> list[tuple[str, str, str]]:
    power, gas, coal, diesel, heat = ENERGY[firm.sector.code]
    sold = revenue(firm, year) * between(0.85, 1.15, firm.code, "energy")
    sold *= 1 - firm.sector.fall * (year - 2020)
    in_kwh = draw(firm.code, "kWh") < 0.5
    found = [
        ("电力", f"{sold * power:.0f}", "kWh")
        if in_kwh
        else ("电力", f"{sold * power / 1e4:.4f}", "万千瓦时"),
        ("天然气", f"{sold * gas / 1e4:.4f}", "万m3"),
        ("烟煤", f"{sold * coal / 1e3:.3f}", "t"),
        ("柴油", f"{sold * diesel / 1e3:.3f}", "吨"),
        ("热力", f"{sold * heat / 1e3:.2f}", "GJ"),
    ]
    return [f for f, used in zip(found, (power, gas, coal, diesel, heat), strict=True) if used]


def activities(year: int) -> list[Row]:
    rows: list[Row] = [("统一社会信用代码", "项目编号", "能源品种", "消耗量", "计量单位", "年份")]
    for firm in firms():
        if firm.metered and firm.founded <= year:
            rows += [(firm.code, "", *carrier, year) for carrier in _carriers(firm, year)]
    for p in all_projects():
        if p.data == "energy" and p.commissioned <= year:
            load = p.cost * between(0.9, 1.1, p.code, "load", year)
            rows.append(("", p.code, "电力", f"{load * p.scope2 / 5.3:.4f}", "万kWh", year))
            rows.append(("", p.code, "柴油", f"{load * p.scope1 / 3.1:.3f}", "t", year))
    return rows

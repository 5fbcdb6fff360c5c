"""A small bank by hand: every row, and the totals summed over the rows in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from carbonledger.analysis.anchors import Anchor
from carbonledger.analysis.disclosure import (
    Account,
    Base,
    Compared,
    Disclosure,
    FactorSetWords,
    FactorUse,
    Input,
)
from carbonledger.analysis.path import DeclinePath, PathPoint, PathResult
from carbonledger.entries import SCHEMA
from carbonledger.factors import FactorRow, FactorSource
from carbonledger.issues import Issue, Place
from carbonledger.ledger import DIMENSIONS, Ledger, Total
from carbonledger.method import Flag, Standard, Text
from carbonledger.standards import standards

WAN = 1_000_000
"""Fen in 10,000 yuan, and grams in a tonne."""


def entry(standard: Standard, **given: object) -> dict[str, object]:
    """A computed loan by default; the test spells out what matters."""
    row: dict[str, object] = dict.fromkeys(SCHEMA.names)
    row |= {
        "book": "loans", "position_id": "L1", "asset_class": "business_loan", "sector": "C3011",
        "region": "500103", "branch": "0101", "status": "computed", "reason": "",
        "outstanding_amount": 100 * WAN, "balance": 100 * WAN, "attribution_factor": 0.5,
        "share_rule": "business_loans.of_equity_and_debt", "option_scope1": "reported",
        "option_scope2": "reported", "financed_emissions_scope1_g": 30 * WAN,
        "financed_emissions_scope2_g": 20 * WAN, "financed_emissions_scope12_g": 50 * WAN,
        "flags": 0,
    }  # fmt: skip
    if standard.scored:
        row["data_quality_score"] = 2
    return row | given


def missed(standard: Standard, reason: str, status: str = "not_covered", **given: object) -> dict[
    str, object
]:  # fmt: skip
    """A position without figures."""
    absent = ("balance", "attribution_factor", "share_rule", "option_scope1", "option_scope2",
              "financed_emissions_scope1_g", "financed_emissions_scope2_g",
              "financed_emissions_scope12_g", "data_quality_score")  # fmt: skip
    row = entry(standard) | dict.fromkeys(absent)
    return row | {"status": status, "reason": reason} | given


def total_of(rows: Iterable[Mapping[str, object]]) -> Total:
    """Sums over rows, one by one."""
    total = Total()
    for row in rows:
        amount, status = int(row["outstanding_amount"] or 0), row["status"]  # type: ignore[call-overload]
        number = {n: int(row[n] or 0) for n in SCHEMA.names  # type: ignore[call-overload]
                  if n.endswith("_g") or n in ("balance", "data_quality_score",
                                               "data_quality_score_scope3")}  # fmt: skip
        third = row["option_scope3"] is not None
        computed = status == "computed"
        total += Total(
            rows_computed=int(computed), rows_not_covered=int(status == "not_covered"),
            rows_excluded=int(status == "excluded"), computed=amount if computed else 0,
            not_covered=amount if status == "not_covered" else 0,
            excluded=amount if status == "excluded" else 0, balance=number["balance"],
            scope1=number["financed_emissions_scope1_g"],
            scope2=number["financed_emissions_scope2_g"],
            scope12=number["financed_emissions_scope12_g"], rows_scope3=int(third),
            computed_scope3=amount if third else 0, scope3=number["financed_emissions_scope3_g"],
            scored=amount * number["data_quality_score"] if computed else 0,
            scored3=amount * number["data_quality_score_scope3"] if third else 0,
        )  # fmt: skip
    return total


def codes_of(row: Mapping[str, object], dimension: str, standard: Standard) -> list[str]:
    """The codes a row counts under."""
    if dimension == "flag":
        bits = int(row["flags"])  # type: ignore[call-overload]
        return [str(f.name).lower() for f in Flag if bits & f]
    if dimension == "option":
        order = standard.option_names
        held = [row["option_scope1"], row["option_scope2"]]
        return [max((o for o in held if o), key=order.index, default="")]  # type: ignore[arg-type,list-item]
    source = {"option3": "option_scope3", "score": "data_quality_score",
              "score3": "data_quality_score_scope3"}.get(dimension, dimension)  # fmt: skip
    return [str(row[source] or "")]


def ledger_of(standard: Standard, rows: list[dict[str, object]]) -> Ledger:
    """The ledger that the rows add up to."""
    by = {}
    for dimension in DIMENSIONS:
        groups: dict[str, list[dict[str, object]]] = {}
        if not (dimension.startswith("score") and not standard.scored):
            for row in rows:
                for code in codes_of(row, dimension, standard):
                    groups.setdefault(code, []).append(row)
        by[dimension] = {code: total_of(groups[code]) for code in sorted(groups)}
    return Ledger(standard.id, standard.account, total_of(rows), by)


def account(standard_id: str, rows: list[dict[str, object]]) -> Account:
    """One standard's part of a disclosure."""
    standard = standards()[standard_id]
    table = pa.Table.from_pylist(rows, SCHEMA)
    return Account(standard, ledger_of(standard, rows), lambda: table)


def pcaf_rows() -> list[dict[str, object]]:
    """Eight positions under PCAF: three scopes, four scores, every kind of gap."""
    s = standards()["pcaf-2025"]
    third = {"option_scope3": "revenue", "financed_emissions_scope3_g": 7_500_001,
             "data_quality_score_scope3": 4}  # fmt: skip
    return [
        entry(s, position_id="L1", **third),
        entry(s, position_id="L2", sector="D4411", region="500112", branch="101",
              outstanding_amount=2_500 * WAN + 37, balance=2_500 * WAN + 37,
              financed_emissions_scope1_g=4_321_000_001, financed_emissions_scope2_g=1,
              financed_emissions_scope12_g=4_321_000_002, data_quality_score=1,
              option_scope1="reported_verified", option_scope2="reported_verified"),
        entry(s, position_id="L3", sector="C31", region="510100", branch="=0101",
              option_scope1="energy", option_scope2="revenue", data_quality_score=4,
              flags=int(Flag.FACTOR_PARENT | Flag.FACTOR_STALE)),
        entry(s, position_id="L4", sector="C311", region="500000", asset_class="corporate_bond",
              financed_emissions_scope1_g=None, financed_emissions_scope2_g=None,
              flags=int(Flag.SCOPES_COMBINED)),
        entry(s, position_id="I1", book="investments", branch=None, asset_class="listed_equity",
              sector="J66", region="USA", flags=int(Flag.ATTRIBUTION_ABOVE_ONE)),
        missed(s, "no_match", position_id="L5", sector=None, region=None),
        missed(s, "under_construction", position_id="P1", asset_class="project_finance",
               sector="D4415"),
        missed(s, "person", "excluded", position_id="L6", outstanding_amount=30 * WAN),
    ]  # fmt: skip


def pboc_rows() -> list[dict[str, object]]:
    """The same book under the PBoC guide: average balances, no scores, no scope 3."""
    s = standards()["pboc-2021"]
    rows = [row | {"data_quality_score": None, "option_scope3": None,
                   "financed_emissions_scope3_g": None, "data_quality_score_scope3": None,
                   "share_rule": row["share_rule"] and "non_project.of_revenue"}
            for row in pcaf_rows()]  # fmt: skip
    for row in rows:
        if row["balance"] is not None:
            row["balance"] = int(row["balance"]) * 9 // 10  # type: ignore[call-overload]
    rows[4] = missed(s, "no_average_balance", position_id="I1", book="investments", branch=None,
                     asset_class="listed_equity", sector="J66", region="USA")  # fmt: skip
    return rows


def decline_path() -> DeclinePath:
    """18 % from 2020 to 2025, straight, with words of its own."""
    target = Anchor("N-14FYP-CO2", "China", "CO2 per unit GDP", 2020, 2025, Decimal(-18),
                    "binding", "SEEN", "十四五规划纲要 (2021-03)")  # fmt: skip
    levels = tuple(1 - Decimal("0.036") * k for k in range(6))
    both = {"zh": "参考路径：没有文件规定投资组合的下降路径",
            "en": "reference path: no document prescribes a portfolio path"}  # fmt: skip
    return DeclinePath(
        "cn-14fyp-linear", {"zh": "“十四五”直线下降", "en": "14th five-year plan, linear"},
        2020, 2025, {"zh": "2025 年比 2020 年下降 18%", "en": "18 % lower in 2025 than in 2020"},
        {"zh": "各年之间按直线插值", "en": "the years between lie on a straight line"},
        both, "SEEN", (target,), (), levels,
    )  # fmt: skip


def path_result(actual: Fraction, year: int = 2024) -> PathResult:
    """The portfolio in 2024, one year before the target."""
    path = decline_path()
    base = Fraction(2)
    points = tuple(
        PathPoint(y, level, now, None if now is None else now / level - 1)
        for y in path.years
        for level in (base * Fraction(path.index(y)),)
        for now in ({2020: base, 2022: Fraction("1.95"), year: actual}.get(y),)
    )
    return PathResult(path, 2020, 2025, points, Decimal("0.0123456"), year, False)


def factor_use() -> FactorUse:
    """One factor with its source."""
    source = FactorSource(
        "EX", Text("示例统计局", "Example Bureau"), Text("年鉴", "Yearbook"), "CC BY"
    )
    row = FactorRow(
        set_id="cn-sector", kind="revenue_intensity", keys=(("sector", "C30"), ("scope", "1")),
        year=2021, published=date(2022, 11, 30), published_basis="first_known", value="2.41",
        unit="tCO2e/万元", canonical=2.41, confidence="SEEN", page="412", note="", caveat="",
        source=source, gases="CO2", gwp="AR5", currency="CNY", layer=0, place=Place("x.csv"),
    )  # fmt: skip
    return FactorUse(row, 17)


def set_words() -> FactorSetWords:
    """What the factor's set says of itself."""
    return FactorSetWords(
        Text("行业排放强度", "Emissions by sector"), Text("仅含二氧化碳。", "CO2 only."),
        {"cement": Text("水泥偏低。", "Cement is low.")},
    )  # fmt: skip


def disclosure(**changed: object) -> Disclosure:
    """The whole bank; a test replaces what it is about."""
    accounts = (account("pboc-2021", pboc_rows()), account("pcaf-2025", pcaf_rows()))
    pboc = accounts[0].ledger
    earlier = {a.ledger.standard: replace(a.ledger, whole=total_of(rows[:3]))
               for a, rows in zip(accounts, (pboc_rows(), pcaf_rows()), strict=True)}  # fmt: skip
    intensity = pboc.whole.intensity
    assert intensity is not None
    whole = Disclosure(
        run_id="2024-ab12cd", figures_id="f" * 64, entity=Text("示例银行", "Example Bank"),
        period=2024, as_of=date(2024, 12, 31), known_on=date(2024, 12, 31), currency="CNY",
        accounts=accounts, waci=ledger_of(standards()["waci"], pboc_rows()),
        path=path_result(intensity), sector_paths={"C": path_result(Fraction("1.8"))},
        base=Base("2020-12ab34", Fraction(9, 10), {"C": Fraction(3, 4)}),
        compared=Compared("2023-99ffee", 2023, earlier),
        declared=((Text("贷款的金额单位", "Unit of the loans"), Text("万元", "CNY 10,000")),),
        factors=(factor_use(),), factor_sets={"cn-sector": set_words()},
        inputs=(Input("loans", "loans.csv", "a" * 64, 8),),
        issues=(Issue("yaml_empty", Place("x")),),
    )  # fmt: skip
    return replace(whole, **changed)  # type: ignore[arg-type]

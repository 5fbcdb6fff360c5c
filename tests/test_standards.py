"""The same book under two standards: each cause of a difference by hand, and all at once."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run, seeded_part, write_factors, write_folder

from carbonledger.analysis.contrast import EFFECTS, Effects, Side, contrast
from carbonledger.analysis.side_by_side import MEASURES, Contrast, Sums
from carbonledger.cells import Sum
from carbonledger.form import Form, Table
from carbonledger.forms.standards import form
from carbonledger.forms.standards.loans import Rows, guarded_text
from carbonledger.issues import LANGUAGES, Language
from carbonledger.runs import Run
from carbonledger.standards import standards
from carbonledger.tracing.standards import explained, traced_rows
from carbonledger.workflow.side_by_side import batches, comparable, compared, comparison

PAIR = ("pboc-2021", "pcaf-2025")
T = 1_000_000


def loan(id: str, company: str, average: object, outstanding: object, **more: Any) -> Any:
    return {"loan_id": id, "counterparty_id": company, "asset_class": "对公贷款",
            "average_balance": average, "outstanding_amount": outstanding, **more}  # fmt: skip


# Company A emits 1,200 t, has revenue of 500 and equity and debt of 100; loans in 万元.
LOANS = [
    loan("both", "A", 20, 25), loan("denominator", "A", 25, 25), loan("repaid", "A", 25, 0),
    loan("small", "A", 25, 25, enterprise_scale="CS03"), loan("capped", "K", 25, 25),
    loan("option", "O", 8, 10), loan("pcaf", "P", 10, 10), loan("pboc", "R", 20, 20),
    loan("neither", "N", 5, 5),
    {"loan_id": "balance", "project_id": "J", "asset_class": "项目贷款", "average_balance": 12000,
     "outstanding_amount": 9000},
]  # fmt: skip
EQUITY = {"total_equity": 40, "total_debt": 60}
COMPANIES = [
    {"counterparty_id": "A", "sector": "C3011", "revenue": 500, **EQUITY,
     "emissions_scope1_tco2e": 1000, "emissions_scope2_tco2e": 200},
    {"counterparty_id": "K", "sector": "C3011", "revenue": 10, **EQUITY,
     "emissions_scope12_tco2e": 1200},
    {"counterparty_id": "O", "sector": "A0311", "region": "CN", "revenue": 100},
    {"counterparty_id": "P", "sector": "C3011", **EQUITY, "emissions_scope12_tco2e": 100},
    {"counterparty_id": "R", "sector": "C3011", "revenue": 200, "emissions_scope12_tco2e": 100},
    {"counterparty_id": "N", "sector": "C3011"},
]  # fmt: skip
PROJECTS = [{"project_id": "J", "total_project_cost": 60000, "emissions_scope12_tco2e": 84000}]
FACTORS = [
    {"factor": kind, "sector": "A0311", "scope": scope, "value": value, "unit": "tCO2e/万元"}
    for kind, scope, value in (("revenue_intensity", 1, "0.3"), ("revenue_intensity", 2, "0.2"),
                               ("asset_intensity", 1, "0.2"), ("asset_intensity", 2, "0.1"))
]  # fmt: skip
CONFIG = {"exclusions": {"pboc-2021": {"scale": ["CS03"]}}, "attribution_above_one": "cap",
          "factors": "factors"}  # fmt: skip

BY_HAND = {
    # tonnes under each standard, then coverage, balance, denominator, option
    # 20 / 500 x 1,200 = 48; 25 / 500 x 1,200 = 60; 25 / 100 x 1,200 = 300
    "both": (48, 300, 0, 12, 240, 0),
    # 25 / 500 x 1,200 = 60; 25 / 100 x 1,200 = 300
    "denominator": (60, 300, 0, 0, 240, 0),
    # nothing is outstanding at the end of the year: 60 and 0
    "repaid": (60, 0, 0, -60, 0, 0),
    # left out under the PBoC guide for its size
    "small": (None, 300, 300, 0, 0, 0),
    # 25 / 10 is capped at 1: 1,200; 25 / 100 x 1,200 = 300
    "capped": (1200, 300, 0, 0, -900, 0),
    # 8 / 100 x (100 x 0.5) = 4; 10 / 8 x 4 = 5; without a share 10 x 0.3 = 3
    "option": (4, 3, 0, 1, 0, -2),
    # no revenue; 10 / 100 x 100 = 10
    "pcaf": (None, 10, 10, 0, 0, 0),
    # 20 / 200 x 100 = 10; no equity, debt or assets, and no factor per assets in its sector
    "pboc": (10, None, -10, 0, 0, 0),
    "neither": (None, None, 0, 0, 0, 0),
    # 12,000 / 60,000 x 84,000 = 16,800; 9,000 / 60,000 x 84,000 = 12,600
    "balance": (16800, 12600, 0, -4200, 0, 0),
}
WHOLE = {"first": 18182, "second": 13813, "only_first": -10, "only_second": 310,
         "balance": -4247, "denominator": -420, "option": -2}  # fmt: skip
COUNTS = {"only_first": 1, "only_second": 2, "balance": 4, "denominator": 3, "option": 1}
ZH = {
    "both": "余额：月均余额 → 贷款及投资余额；"
    "分母：月均余额 ÷ 主营业务收入 → 余额 ÷（权益合计 + 负债合计）",
    "small": "覆盖：pboc-2021 没有核算（企业规模不在核算范围）",
    "capped": "分母：月均余额 ÷ 主营业务收入（按 1 封顶） → 余额 ÷（权益合计 + 负债合计）",
    "neither": "都没有核算",
}  # fmt: skip
EN = {
    "denominator": "denominator: monthly-average balance / main-business revenue → "
    "outstanding amount / (equity + debt)",
    "repaid": "balance: monthly-average balance → outstanding amount",
    "pcaf": "coverage: pboc-2021 does not compute it (No denominator for the attribution factor)",
    "pboc": "coverage: pcaf-2025 does not compute it (No denominator for the attribution factor)",
    "neither": "computed under neither",
}


def sealed(folder: Path, config: dict[str, Any] | None = None, **books: Any) -> Run:
    write_folder(folder, config or {}, **books)
    done = run("run", folder, "--no-reports", "--json")
    assert done.exit_code == 0, done.output
    return Run(Path(json.loads(done.stdout)["run_dir"]))


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("bank")
    write_factors(folder / "factors", FACTORS)
    return sealed(folder, CONFIG, loans=LOANS, counterparties=COMPANIES, projects=PROJECTS)


@pytest.fixture(scope="module")
def pair(bank: Run) -> Contrast:
    (found,) = compared(bank, comparable(bank))
    return found


def rows_of(bank: Run) -> pa.Table:
    from carbonledger.analysis.sealed import disclosure_of
    from carbonledger.forms.standards import view_of

    disclosure = disclosure_of(bank)
    made = Rows([view_of(disclosure, n) for n in LANGUAGES], [standards()[n] for n in PAIR])
    return pa.concat_tables([made.of(tables) for tables in batches(bank, PAIR)])


def figures(bank: Run, language: Language) -> Form:
    return form(comparison(bank, PAIR), language)


def test_each_cause_by_hand(bank: Run) -> None:
    found = {r["position_id"]: r for r in rows_of(bank).to_pylist()}
    assert found.keys() == BY_HAND.keys()
    for id, (first, second, *effects) in BY_HAND.items():
        row = found[id]
        for standard, tonnes in zip(PAIR, (first, second), strict=True):
            assert row[f"{standard}:scope12"] == (None if tonnes is None else tonnes * T), id
        assert row["pboc-2021>pcaf-2025:difference"] == ((second or 0) - (first or 0)) * T
        split = [row[f"pboc-2021>pcaf-2025:by_{e}"] for e in EFFECTS]
        assert split == [e * T for e in effects], id
        assert row["pboc-2021>pcaf-2025:cause"] == (
            max(EFFECTS, key=lambda e: abs(effects[EFFECTS.index(e)])) if any(effects) else None
        )


def test_every_cause_is_named_in_both_languages(bank: Run) -> None:
    found = {r["position_id"]: r for r in rows_of(bank).to_pylist()}
    for id, text in EN.items():
        assert found[id]["pboc-2021>pcaf-2025:cause_en"] == text
    for id, text in ZH.items():
        assert found[id]["pboc-2021>pcaf-2025:cause_zh"] == text
    option = found["option"]["pboc-2021>pcaf-2025:cause_zh"]
    assert option.startswith("余额：月均余额 → 贷款及投资余额；方法选项：")


def test_the_whole_by_hand(pair: Contrast, bank: Run) -> None:
    assert {m: pair.whole.of(m) for m in MEASURES} == {m: v * T for m, v in WHOLE.items()}
    assert dict(zip(MEASURES[2:], pair.whole.rows[2:], strict=True)) == COUNTS
    assert pair.whole.of("difference") == (13813 - 18182) * T == sum(pair.whole.grams[2:])
    assert [bank.ledger(n).whole.scope12 for n in PAIR] == list(pair.whole.grams[:2])
    by = pair.by["asset_class"]
    assert by["project_finance"].of("balance") == -4200 * T
    assert by["business_loan"].of("denominator") == -420 * T
    assert pair.by["sector"]["A0311"].of("option") == -2 * T


def test_why_a_standard_does_not_compute_is_counted(pair: Contrast) -> None:
    found = {(a.standard, a.status, a.reason): (g.rows, g.outstanding, g.grams)
             for a, g in pair.absences.items()}  # fmt: skip
    assert found == {
        ("pboc-2021", "excluded", "enterprise_scale"): (1, 25 * T, 300 * T),
        ("pboc-2021", "not_covered", "no_denominator"): (1, 10 * T, 10 * T),
        ("pcaf-2025", "not_covered", "no_denominator"): (1, 20 * T, 10 * T),
    }


def side(grams: Any, balance: Any, share: Any, computed: Any = True) -> Side:
    size = len(grams)
    status = np.where(np.broadcast_to(computed, size), "computed", "not_covered")
    known = np.asarray(share, np.float64)
    return Side(pa.table({
        "status": pa.array(status), "balance": pa.array(np.asarray(balance, np.int64)),
        "attribution_factor": pa.array(known, mask=np.isnan(known)),
        "financed_emissions_scope12_g": pa.array(np.asarray(grams, np.int64)),
    }))  # fmt: skip


def at_work(effects: Effects) -> set[str]:
    return {name for name, values in zip(EFFECTS, effects, strict=True) if values.any()}


def test_another_estimate_under_the_same_option_is_the_options_doing() -> None:
    # the same loan of 10 over 100, of a borrower that emits 1,000 and of its project, 400
    found = contrast(side([100 * T], [10], [0.1]), side([40 * T], [10], [0.1]))
    assert [int(e[0]) for e in found] == [0, 0, 0, -60 * T]


def test_two_options_without_a_share_differ_by_balance_and_by_factor() -> None:
    # 10 x 3 = 30 and 15 x 3 = 45; 15 x 2 = 30
    nan = float("nan")
    assert at_work(contrast(side([30], [10], [nan]), side([45], [15], [nan]))) == {"balance"}
    found = contrast(side([30_000], [10], [nan]), side([30_100], [15], [nan]))
    assert [int(e[0]) for e in found] == [0, 15_000, 0, 30_100 - 45_000]


def test_nothing_computed_alone_is_coverage_though_no_gram_differs(tmp_path: Path) -> None:
    loans = [loan("L", "P", 10, 10)]
    company = [{"counterparty_id": "P", **EQUITY, "emissions_scope12_tco2e": 0}]
    found = sealed(tmp_path, loans=loans, counterparties=company)
    (row,) = rows_of(found).to_pylist()
    assert row["pboc-2021>pcaf-2025:difference"] == 0
    assert row["pboc-2021>pcaf-2025:cause"] == "coverage"
    assert row["pboc-2021>pcaf-2025:cause_en"] == EN["pcaf"]
    assert compared(found, PAIR)[0].whole.rows[MEASURES.index("only_second")] == 1


def test_a_share_of_nothing_is_the_denominators_doing() -> None:
    # a stake in a company of negative equity gets nothing under one standard
    found = contrast(side([0], [10], [0.0]), side([500], [10], [0.5]))
    assert [int(e[0]) for e in found] == [0, 0, 500, 0]
    assert [int(e[0]) for e in contrast(side([500], [10], [0.5]), side([0], [10], [0.0]))] == [
        0, 0, -500, 0]  # fmt: skip


def grams(chance: np.random.Generator, share: Any, estimate: Any) -> Any:
    """Two scopes, each rounded to whole grams, as the engine does."""
    part = chance.uniform(0, 1, len(share))
    return np.rint(share * estimate * part) + np.rint(share * estimate * (1 - part))


@pytest.mark.parametrize("seed", range(seeded_part(200)))
@pytest.mark.parametrize("same", ["balance", "denominator", "estimate", "nothing"])
def test_what_is_the_same_has_no_effect_and_the_rest_sums(seed: int, same: str) -> None:
    chance = np.random.default_rng([seed, ["balance", "denominator", "estimate", "nothing"].index(
        same)])  # fmt: skip
    size = 300
    balance = [np.rint(10 ** chance.uniform(0, 15, size)) for _ in "12"]
    worth = [np.rint(10 ** chance.uniform(2, 16, size)) for _ in "12"]
    estimate = [10 ** chance.uniform(0, 13, size) for _ in "12"]
    for kind, values in (("balance", balance), ("denominator", worth), ("estimate", estimate)):
        if kind == same:
            values[1] = values[0]
    shares = [b / w for b, w in zip(balance, worth, strict=True)]
    kept = (shares[0] < 50) & (shares[1] < 50)
    sides = []
    for k in (0, 1):
        whole = grams(chance, shares[k], estimate[k])
        sides.append(side(whole[kept], balance[k][kept], shares[k][kept]))
    found = contrast(*sides)
    assert (sum(found) == sides[1].grams - sides[0].grams).all()
    names = {"balance": "balance", "denominator": "denominator", "estimate": "option"}
    if same in names:
        assert not getattr(found, names[same]).any()


@pytest.mark.parametrize("seed", range(seeded_part(100)))
def test_effects_sum_to_the_gram_whatever_is_sealed(seed: int) -> None:
    chance, size = np.random.default_rng(seed), 500
    ends = [0, 1, 2, 10**6, 10**15, 2**53 + 1, 2**60]
    sides = []
    for _ in "12":
        share = chance.choice([0.0, 1e-300, 1e-9, 0.1, 1.0, 40.0, np.nan], size)
        sides.append(side(chance.choice(ends, size), chance.choice(ends, size), share,
                          chance.random(size) < 0.8))  # fmt: skip
    found = contrast(*sides)
    first, second = (np.where(s.computed, s.grams, 0) for s in sides)
    total = [sum(int(e[k]) for e in found) for k in range(size)]
    assert total == [int(b) - int(a) for a, b in zip(first, second, strict=True)]
    alone = sides[0].computed != sides[1].computed
    assert not any(e[alone].any() for e in found[1:])
    assert not found.coverage[~alone].any()


@pytest.mark.parametrize("seed", range(seeded_part(60)))
def test_pairs_of_random_books_sum_in_every_group(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)

    def maybe(value: object) -> object:
        return value if chance.random() < 0.8 else ""

    companies = [
        {"counterparty_id": f"K{k}", "sector": chance.choice(["C3011", "D4411", ""]),
         "region": "CN", "revenue": maybe(chance.randint(0, 10**6)), "listed": maybe("是"),
         "evic": maybe(chance.randint(1, 10**7)), "total_equity": maybe(chance.randint(-99, 10**6)),
         "total_debt": maybe(chance.randint(1, 10**6)), "total_assets": maybe(10**6),
         "emissions_scope12_tco2e": maybe(chance.randint(0, 10**8) / 1000)}
        for k in range(12)
    ]  # fmt: skip
    loans = [
        loan(f"L{k}", f"K{chance.randrange(14)}", maybe(chance.randint(0, 9999)),
             chance.randint(0, 9999), project_id=f"J{chance.randrange(4)}",
             asset_class=chance.choice(["对公贷款", "项目贷款"]),
             sector=chance.choice(["D4411", ""]))
        for k in range(80)
    ]  # fmt: skip
    projects = [
        {"project_id": f"J{k}", "total_project_cost": maybe(chance.randint(1, 10**6)),
         "total_equity": maybe(chance.randint(0, 10**5)), "total_debt": maybe(10**5),
         "emissions_scope12_tco2e": maybe(chance.randint(0, 10**8) / 1000)}
        for k in range(4)
    ]  # fmt: skip
    names = ["pboc-2021", chance.choice(["pboc-2026", "ghgp-cat15"]), "pcaf-2022", "pcaf-2025"]
    above = chance.choice(["flag", "cap", "refuse"])
    found = sealed(tmp_path, {"standards": names, "attribution_above_one": above},
                   loans=loans, counterparties=companies, projects=projects)  # fmt: skip
    pairs = compared(found, comparable(found))
    assert [(p.first, p.second) for p in pairs] == list(combinations(names, 2))
    for each in pairs:
        ledgers = [found.ledger(n) for n in (each.first, each.second)]
        assert list(each.whole.grams[:2]) == [x.whole.scope12 for x in ledgers]
        told = zip(each.whole.rows[2:4], (each.second, each.first), strict=True)
        for alone, missing in told:
            why = [g.rows for a, g in each.absences.items() if a.standard == missing]
            assert sum(why) == alone
        for dimension, groups in each.by.items():
            assert sum(groups.values(), Sums()) == each.whole
            for code, sums in groups.items():
                assert sum(sums.grams[2:]) == sums.of("difference")
                held = [x.by[dimension][code].scope12 for x in ledgers]
                assert list(sums.grams[:2]) == held, (dimension, code)
    assert not any(pairs[-1].whole.grams[2:])  # the editions of PCAF agree on these classes


def test_another_order_is_joined_by_key(bank: Run, pair: Contrast, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(bank.folder, tmp_path / "run")))
    path = copy.folder / "entries" / "pcaf-2025.parquet"
    table = pq.read_table(path)
    pq.write_table(table.take(list(reversed(range(len(table))))), path)
    (again,) = compared(copy, PAIR)
    assert (again.whole, again.by, again.absences) == (pair.whole, pair.by, pair.absences)
    ids = table.column("position_id").to_pylist()
    pq.write_table(table.filter(pa.array([i != "both" for i in ids])), path)
    (fewer,) = compared(copy, PAIR)
    assert fewer.whole.of("only_first") == (-10 - 48) * T
    assert sum(fewer.whole.grams[2:]) == fewer.whole.of("difference")
    assert {a.reason for a in fewer.absences if not a.status} == {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_foot_and_every_figure_follows_from_the_rows(bank: Run, language: Language) -> None:
    made, rows = figures(bank, language), rows_of(bank)
    tables = [b for b in made.blocks() if isinstance(b, Table)]
    footed = [t for t in tables if t.rows[-1].kind == "total" and len(t.columns) > 5]
    assert len(footed) == 3
    for table in footed:
        for k in range(1, len(table.columns)):
            *parts, total = [r.cells[k].value for r in table.rows]
            assert sum(p for p in parts if isinstance(p, int)) == total
    keyed = [c for c in made.cells() if c.key and c.key.startswith("standards/")]
    assert all(c.key for c in made.cells() if c.how is not None)
    values: dict[str, object] = {}
    for cell in keyed:
        assert cell.key is not None
        assert values.setdefault(cell.key, cell.value) == cell.value
        if cell.formula is not None:
            assert traced_rows(cell, [rows]).agrees, cell.key
    assert sum(isinstance(c.formula, Sum) for c in keyed) > 80


def test_both_languages_show_the_same_figures(bank: Run) -> None:
    one, two = (
        [(c.key, c.value) for c in figures(bank, n).cells() if c.how] for n in LANGUAGES
    )
    assert one == two


def test_explain_follows_a_figure_to_its_positions(bank: Run) -> None:
    key = "standards/pboc-2021/pcaf-2025/asset_class/business_loan/denominator"
    said = explained(bank, key, "en")
    assert said is not None
    assert (said["exact"], said["agrees"]) == (str(-420 * T), True)
    (part,) = said["parts"]
    assert [(e["position_id"], e["value"]) for e in part["largest"]] == [
        ("capped", str(-900 * T)), ("both", str(240 * T)), ("denominator", str(240 * T)),
    ]  # fmt: skip
    done = run("explain", bank.folder, "--cell", key, "--lang", "zh")
    assert done.exit_code == 0
    assert "差异中因分母的部分 = -420,000,000 g" in done.stdout
    assert run("explain", bank.folder, "--cell", key + "x").exit_code == 2


def test_what_is_taken_off_an_issuer_is_named(tmp_path: Path) -> None:
    # 16 / (60 + 140 - 40) x (1,000 - 150) = 85 t; 16 / 200 x 850 = 68 t, and x 1,000 = 80 t.
    company = {"counterparty_id": "A", "total_equity": "60", "total_debt": "140",
               "emissions_scope1_tco2e": "700", "emissions_scope2_tco2e": "300"}  # fmt: skip
    folder = write_folder(
        tmp_path, {"standards": ["pcaf-2025", "pcaf-2022"]}, loans=[loan("L1", "A", 16, 16)],
        counterparties=[company],
        pools=[{"pool_id": "F1", "counterparty_id": "A", "total_debt": "40", "integrated": "是",
                "allocated_share": "1", "emissions_scope12_tco2e": "150"}],
    )  # fmt: skip
    done = run("run", folder, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (folder / "runs").glob("2025-*")
    said = run("standards", sealed, "--loans", "--format", "csv", "--lang", "en").stdout
    (row,) = csv.DictReader(io.StringIO(said.lstrip("\ufeff")))
    pair = {k.partition(":")[2]: v for k, v in row.items() if k.startswith("pcaf-2025>pcaf-2022")}
    assert (pair["by_denominator"], pair["by_option"]) == (str(-17 * T), str(12 * T))
    less = " (without the issuer's own structures) → "
    assert f"(equity + debt){less}" in pair["cause_en"]
    assert f"not verified{less}Reported, not verified" in pair["cause_en"]
    assert "（扣除发行人自身的专项用途结构）" in pair["cause_zh"]


def test_the_command_says_the_split(bank: Run) -> None:
    done = run("standards", bank.folder, "--lang", "en")
    assert done.exit_code == 0, done.output
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    told = {words[0]: [w for w in words[1:] if w] for words in lines}
    assert told["Balance"] == ["-4,247.000", "4"]
    assert told["Coverage: computed under pcaf-2025 only"] == ["+310.000", "2"]
    assert told["pcaf-2025"] == ["13,813.000"]
    assert "分母" in run("standards", bank.folder, "--lang", "zh").stdout


def test_the_document_has_a_schema_and_strings(bank: Run) -> None:
    said = json.loads(run("standards", bank.folder, "--json").stdout)
    assert said["schema"] == "carbonledger.standards/1"
    assert [s["standard"] for s in said["standards"]] == list(PAIR)
    book = str((25 * 4 + 25 + 10 + 10 + 20 + 5 + 9000 - 25) * T)
    assert {s["book"] for s in said["standards"]} == {book}
    (found,) = said["pairs"]
    assert found["effects"]["option"] == str(-2 * T)
    assert found["grams"]["difference"] == str(-4369 * T)
    assert found["largest"][0]["position_id"] == "balance"
    assert Fraction(said["standards"][0]["coverage"]) < 1


def test_loans_as_csv_and_json_say_the_same(bank: Run, tmp_path: Path) -> None:
    done = run("standards", bank.folder, "--loans", "--format", "csv", "-o", tmp_path / "l.csv")
    assert done.exit_code == 0, done.output
    content = (tmp_path / "l.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    said = json.loads(run("standards", bank.folder, "--loans", "--json").stdout)
    assert said["schema"] == "carbonledger.standards-loans/1"
    assert [r["position_id"] for r in rows] == [p["position_id"] for p in said["positions"]]
    for row, position in zip(rows, said["positions"], strict=True):
        assert {n: v for n, v in row.items() if v} == {n: v for n, v in position.items() if v}
    option = next(r for r in rows if r["position_id"] == "option")
    assert option["pboc-2021>pcaf-2025:by_option"] == str(-2 * T)
    assert option["pcaf-2025:attribution_factor"] == ""


def test_text_of_a_book_is_no_formula() -> None:
    texts = ["=1+1", "L1", "-5", None]
    names = ("position_id", "contract_id", "asset_class", "sector")
    shown = guarded_text(pa.table({n: pa.array(texts, pa.string()) for n in names}))
    assert shown.column("position_id").to_pylist() == ["'=1+1", "L1", "-5", None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_sums_its_rows(bank: Run, language: Language, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    done = run("standards", bank.folder, "--loans", "--format", "xlsx", "-o", path, "--lang",
               language)  # fmt: skip
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(path)
    sheets = book.sheetnames
    assert {"zh": "逐笔", "en": "Position by position"}[language] in sheets
    sums = [c.value for row in book[sheets[1]].iter_rows() for c in row
            if str(c.value).startswith("=")]  # fmt: skip
    assert len(sums) > 50
    plain = run("standards", bank.folder, "--format", "xlsx", "-o", path, "--lang", language)
    assert plain.exit_code == 0
    assert len(openpyxl.load_workbook(path).sheetnames) < len(sheets)


@pytest.mark.parametrize("kind", ["html", "md", "json", "xlsx"])
def test_the_report_has_the_form(bank: Run, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"s.{kind}"
    done = run("report", bank.folder, "--form", "standards", "--format", kind, "-o", path)
    assert done.exit_code == 0, done.output
    assert path.stat().st_size > 5_000
    if kind != "xlsx":
        assert "覆盖：只有 pcaf-2025 核算" in path.read_text(encoding="utf-8")
    first = path.read_bytes()
    run("report", bank.folder, "--form", "standards", "--format", kind, "-o", path)
    assert path.read_bytes() == first


def test_a_provisional_standard_is_called_so_everywhere(tmp_path: Path) -> None:
    companies = [c | {"total_assets_previous": 100, "total_assets": 100} for c in COMPANIES[:1]]
    loans = [loan("L", "A", 20, 25, sector="C3011")]
    found = sealed(tmp_path, {"standards": ["pboc-2021", "pboc-2026"]},
                   loans=loans, counterparties=companies)  # fmt: skip
    for lang, word in (("zh", "暂"), ("en", "provisional")):
        assert word in run("standards", found.folder, "--lang", lang).stdout
        for kind in ("html", "md"):
            path = tmp_path / f"s.{kind}"
            run("standards", found.folder, "--format", kind, "--lang", lang, "-o", path)
            assert path.read_text(encoding="utf-8").lower().count(word) > 4, kind
    for options in (["--json"], ["--loans", "--json"]):
        said = json.loads(run("standards", found.folder, *options).stdout)
        assert [s["provisional"] for s in said["standards"]] == [False, True]
    run("standards", found.folder, "--loans", "--format", "csv", "-o", tmp_path / "l.csv")
    rows = csv.DictReader(io.StringIO((tmp_path / "l.csv").read_text(encoding="utf-8-sig")))
    assert {r["provisional"] for r in rows} == {"pboc-2026"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_wrong_usage(bank: Run, tmp_path: Path, lang: str) -> None:
    for options in (
        ["--loans"], ["--format", "csv"], ["--loans", "--format", "html"],
        ["-o", tmp_path / "x"],
    ):  # fmt: skip
        done = run("standards", bank.folder, *options, "--lang", lang)
        assert done.exit_code == 2, options
        assert "--" in done.stderr
    alone = sealed(tmp_path / lang, {"standards": ["pcaf-2025"]},
                   loans=LOANS[:2], counterparties=COMPANIES)  # fmt: skip
    for command in (["standards", alone.folder, "--lang", lang],
                    ["report", alone.folder, "--form", "standards", "--lang", lang]):  # fmt: skip
        done = run(*command)
        assert done.exit_code == 2
        assert "pcaf-2025" in done.stderr
    assert explained(alone, "standards/pcaf-2025/x/total/balance", "en") is None

"""diff: real runs of small books that differ by one cause, by two, and by many."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import run, seeded_part, write_factors, write_folder

from carbonledger.analysis.comparison import Comparison
from carbonledger.analysis.decomposition import EFFECTS
from carbonledger.config import load_config
from carbonledger.form import Waterfall
from carbonledger.forms.changes import form
from carbonledger.issues import LANGUAGES, Language
from carbonledger.render import renderers
from carbonledger.render.svg import NARROW, WIDE, draw
from carbonledger.runs import Run, Store
from carbonledger.workflow.compared_runs import common_standards, compared
from carbonledger.workflow.seal import Sealed, Sealing, seal

STANDARDS = ("pboc-2021", "pcaf-2025")
PAIRS = 1_000


@dataclass
class State:
    """A small bank: loans of two sectors, borrowers that report or whose revenue is used."""

    loans: dict[str, dict[str, Any]] = field(default_factory=dict)
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    intensity: dict[tuple[str, str], int] = field(default_factory=dict)
    rate: str = "7.25"
    config: dict[str, Any] = field(default_factory=dict)

    def reporting(self) -> list[dict[str, Any]]:
        return [c for c in self.companies.values() if c["emissions_scope1_tco2e"] != ""]


def start(chance: random.Random) -> State:
    """Sector D4411 has four times the money of C3011, so that money can move in whole fen."""
    state = State()
    for sector in ("C3011", "D4411"):
        for k in range(4):
            reports = k % 2 == 0
            tonnes = [chance.randint(1, 10**7) / 100 if reports else "" for _ in "12"]
            state.companies[f"{sector}-{k}"] = {
                "counterparty_id": f"{sector}-{k}", "sector": sector, "region": "500103",
                "revenue": chance.randint(10**6, 10**8), "total_equity": 10**8,
                "total_debt": chance.randint(10**7, 10**8), "emissions_scope1_tco2e": tonnes[0],
                "emissions_scope2_tco2e": tonnes[1], "emissions_verified": "",
            }  # fmt: skip
        for scope in "12":
            state.intensity[sector, scope] = chance.randint(100, 500)
    amounts = [chance.randint(1_000, 100_000) * 16 for _ in range(6)]
    for k, amount in enumerate(amounts):
        lend(state, f"A{k}", f"C3011-{k % 4}", amount)
        lend(state, f"B{k}", f"D4411-{k % 4}", 4 * amount)
    return state


def lend(state: State, loan: str, company: str, amount: int, currency: str = "") -> None:
    state.loans[loan] = {"loan_id": loan, "counterparty_id": company,
                         "outstanding_amount": amount, "average_balance": amount,
                         "sector": company[:5], "currency": currency}  # fmt: skip


def scaled(state: State, above: int, below: int, sector: str = "") -> None:
    for loan in state.loans.values():
        if loan["sector"].startswith(sector):
            for name in ("outstanding_amount", "average_balance"):
                loan[name] = loan[name] * above // below


def growth(state: State, chance: random.Random) -> None:
    scaled(state, chance.randint(2, 5), 1)


def sector_mix(state: State, chance: random.Random) -> None:
    scaled(state, 2, 1, "C3011")
    scaled(state, 3, 4, "D4411")


def borrower_mix(state: State, chance: random.Random) -> None:
    moved = state.loans["A0"]["outstanding_amount"] // chance.randint(2, 9)
    for name in ("outstanding_amount", "average_balance"):
        state.loans["A0"][name] -= moved
        state.loans["A1"][name] += moved


def own(state: State, chance: random.Random) -> None:
    for company in state.reporting():
        company["emissions_scope1_tco2e"] = chance.randint(1, 10**7) / 100


def share(state: State, chance: random.Random) -> None:
    for company in state.reporting():
        for name in ("revenue", "total_equity", "total_debt"):
            company[name] += chance.randint(10**5, 10**8)


def data_quality(state: State, chance: random.Random) -> None:
    company = chance.choice(state.reporting())
    company |= {"emissions_verified": "是", "emissions_scope1_tco2e": chance.randint(1, 10**6)}


def factors(state: State, chance: random.Random) -> None:
    for key in state.intensity:
        state.intensity[key] += chance.randint(1, 300)


def entries(state: State, chance: random.Random) -> None:
    lend(state, "N1", "C3011-0", chance.randint(10**4, 10**6) * 16)
    lend(state, "N2", "D4411-1", chance.randint(10**4, 10**6) * 16)


def exits(state: State, chance: random.Random) -> None:
    del state.loans[chance.choice(["A2", "B3"])]


def coverage(state: State, chance: random.Random) -> None:
    del state.companies[chance.choice(["C3011-1", "D4411-2"])]


def zero(state: State, chance: random.Random) -> None:
    state.companies["C3011-0"] |= {"emissions_scope1_tco2e": 0, "emissions_scope2_tco2e": 0}


def method(state: State, chance: random.Random) -> None:
    least = sorted(loan["average_balance"] for loan in state.loans.values())[2]
    state.config["exclusions"] = {
        s: {"min_average_balance": f"{least}元", "per": "loan"} for s in STANDARDS
    }


def exchange_rate(state: State, chance: random.Random) -> None:
    state.rate = chance.choice(["6.5", "7.75", "8"])


CAUSES: dict[str, Callable[[State, random.Random], None]] = {
    f.__name__: f for f in (growth, sector_mix, borrower_mix, own, share, data_quality, factors,
                            entries, exits, coverage, zero, method, exchange_rate)
}  # fmt: skip


def sealed(folder: Path, state: State) -> Run:
    listed = [{"factor": "revenue_intensity", "unit": "tCO2e/万元", "value": f"0.{value}",
               "sector": sector, "scope": scope}
              for (sector, scope), value in state.intensity.items()]  # fmt: skip
    listed.append({"factor": "fx_rate", "unit": "CNY per unit", "value": state.rate,
                   "currency": "USD"})  # fmt: skip
    config = {"unit": "元", "factors": ["own"], **state.config}
    write_folder(folder, config, loans=list(state.loans.values()),
                 counterparties=list(state.companies.values()))  # fmt: skip
    write_factors(folder / "own", listed)
    read, issues = load_config(folder)
    assert read is not None, issues
    store = Store(folder / "runs", folder / "refused")
    result = seal(read, folder, 2025, store, {}, Sealing(None))
    assert isinstance(result, Sealed), result
    return result.run


def foreign(state: State, chance: random.Random) -> State:
    """Some loans in dollars, whose amounts stay whole fen at every rate used."""
    state = deepcopy(state)
    for name in ("A1", "B2"):
        state.loans[name]["currency"] = "USD"
    return state


def at_work(found: Comparison) -> dict[str, set[str]]:
    """Which effects are not zero, after holding the sums against the change."""
    told = {}
    for change in found.changes:
        split = change.split
        assert sum(split.grams.values()) == split.after - split.before
        assert split.intensity is not None
        assert split.intensity_before is not None
        assert split.intensity_after is not None
        moved = split.intensity_after - split.intensity_before
        assert sum(split.intensity.values()) == moved
        whole = [r.ledger(change.standard).whole for r in (found_runs[found.before[0]],
                                                          found_runs[found.after[0]])]  # fmt: skip
        assert [split.before, split.after] == [w.scope12 for w in whole]
        assert [split.intensity_before, split.intensity_after] == [w.intensity for w in whole]
        told[change.standard] = {
            e for e in EFFECTS if split.grams[e] or (split.intensity[e] and e != "growth")
        }
    return told


found_runs: dict[str, Run] = {}


def both(before: Run, after: Run) -> Comparison:
    found_runs.update({before.id: before, after.id: after})
    return compared(before, after, common_standards(before, after))


def families(folder: Path, seeds: range) -> Iterator[tuple[dict[str, Run], str]]:
    """A base and one run a cause, of each seed."""
    for seed in seeds:
        chance = random.Random(seed)
        plain = start(chance)
        base = foreign(plain, chance)
        runs = {"": sealed(folder / f"{seed}", plain), "foreign": sealed(folder / f"{seed}f", base)}
        for name, cause in CAUSES.items():
            state = deepcopy(base if name == "exchange_rate" else plain)
            cause(state, chance)
            runs[name] = sealed(folder / f"{seed}-{name}", state)
        yield runs, str(seed)


def test_random_pairs_sum_to_the_gram_and_other_causes_stay_zero(tmp_path: Path) -> None:
    wanted, seen = seeded_part(PAIRS), 0
    for runs, seed in families(tmp_path, range(10_000)):
        for name in CAUSES:
            found = both(runs["foreign" if name == "exchange_rate" else ""], runs[name])
            for standard, effects in at_work(found).items():
                assert effects == {name}, (seed, name, standard)
            seen += 1
        names = [n for n in runs if n]
        for apart in (1, 2, 3):  # several causes at once
            for one, two in zip(names, names[apart:] + names[:apart], strict=True):
                at_work(both(runs[one], runs[two]))
                seen += 1
        if seen >= wanted:
            break
    assert seen >= wanted


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A base, and the same with new loans and new tonnes."""
    folder, chance = tmp_path_factory.mktemp("pair"), random.Random(1)
    state = start(chance)
    before = sealed(folder / "before", state)
    own(state, chance)
    entries(state, chance)
    return before, sealed(folder / "after", state)


def test_the_document_has_every_effect_and_sums(pair: tuple[Run, Run]) -> None:
    done = run("diff", *(r.folder for r in pair), "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "carbonledger.diff/1"
    assert [s["standard"] for s in document["standards"]] == list(STANDARDS)
    for told in document["standards"]:
        assert [e["effect"] for e in told["effects"]] == list(EFFECTS)
        assert sum(int(e["grams"]) for e in told["effects"]) == int(told["grams"]["change"])
        assert {e["effect"] for e in told["effects"] if e["grams"] != "0"} == {"entries", "own"}
        assert told["positions"] == {"common": 12, "entries": 2}
        changes = [abs(int(m["change"])) for m in told["largest_positions"]]
        assert changes == sorted(changes, reverse=True)
        moved = {m["effect"] for m in told["largest_positions"]}
        assert moved == {"entries", "own"}


def test_the_terminal_prints_in_both_languages(pair: tuple[Run, Run]) -> None:
    folders = [r.folder for r in pair]
    for language, words in (("zh", "新增的资产"), ("en", "New positions")):
        done = run("diff", *folders, "--standard", "pcaf-2025", "--lang", language)
        assert done.exit_code == 0
        assert done.stdout.startswith(f"pcaf-2025  {pair[0].id} -> {pair[1].id}\n")
        assert words in done.stdout
        assert "pboc-2021" not in done.stdout
    same = run("diff", folders[0], folders[0], "--lang", "en").stdout
    assert "Portfolio growth                  0.000" in same


def test_what_cannot_be_compared_is_said(pair: tuple[Run, Run], tmp_path: Path) -> None:
    folders = [r.folder for r in pair]
    none = run("diff", *folders, "--standard", "pcaf-2020", "--lang", "en")
    assert none.exit_code == 2
    assert "pboc-2021, pcaf-2025" in none.stderr
    assert run("diff", folders[0], "2019-00000000").exit_code == 2
    assert run("diff", *folders, "-o", tmp_path / "x.html").exit_code == 2
    other = start(random.Random(1))
    other.config["currency"] = "USD"
    abroad = run("diff", folders[0], sealed(tmp_path / "usd", other).folder, "--lang", "en")
    assert abroad.exit_code == 2
    assert "CNY, USD" in abroad.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_in_every_format(pair: tuple[Run, Run], language: Language) -> None:
    found = both(*pair)
    made = form(found, language)
    for name, render in renderers().items():
        assert render(made) == render(form(found, language)), name
    change = found.changes[0]
    cell = made.cell(f"{change.standard}/change@{found.before[0]}/entries/scope12")
    assert cell is not None
    assert cell.value == change.split.grams["entries"]
    charts = [b for b in made.blocks() if isinstance(b, Waterfall)]
    assert len(charts) == 2
    for chart in charts:
        steps = [cell.value for _, cell in chart.steps]
        first, last = chart.first[1].value, chart.last[1].value
        assert isinstance(first, int)
        assert first + sum(s for s in steps if isinstance(s, int)) == last
        for width in (WIDE, NARROW):
            stays_inside(draw(chart, width), width)


def stays_inside(drawn: str, width: int) -> None:
    root = ET.fromstring(drawn)
    height = float(root.attrib["viewBox"].split()[3])
    for node in root.iter():
        if node.tag.endswith("rect"):
            assert float(node.attrib["x"]) >= 0
            assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width
            assert float(node.attrib["y"]) + float(node.attrib["height"]) <= height
        elif node.tag.endswith("text"):
            assert 0 <= float(node.attrib["x"]) <= width


def test_a_capped_share_follows_from_the_rule(tmp_path: Path) -> None:
    # 250 of equity and debt of 100: 2.5 times the tonnes, or all of them where shares are capped.
    state = State()
    state.companies["C"] = {"counterparty_id": "C", "sector": "C3011", "region": "500103",
                            "revenue": 100, "total_equity": 40, "total_debt": 60,
                            "emissions_scope1_tco2e": 8, "emissions_scope2_tco2e": 2,
                            "emissions_verified": ""}  # fmt: skip
    lend(state, "L", "C", 250)
    before = sealed(tmp_path / "a", state)
    state.config["attribution_above_one"] = "cap"
    lend(state, "N", "C", 50)  # other books too, so that not all change is method
    found = both(before, sealed(tmp_path / "b", state)).changes[1].split
    assert {e: g for e, g in found.grams.items() if g} == {
        "method": -15_000_000, "entries": 5_000_000}  # fmt: skip

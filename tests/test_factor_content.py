"""Every value that ships: cited, dated, keyed, plausible; and what others know of the same values.

Oracles: GWPs against the package they were read in (all) and against one that works them out from
radiative efficiency and lifetime; power factors against a transcription of another hand; sector
intensities against hand arithmetic, their own sums and, where the inputs are, the whole recipe.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from carbonledger import codes
from carbonledger.factors import Factors, load_factors, shipped_root
from carbonledger.factors.bounds import bounds_of, out_of_bounds
from carbonledger.factors.cell import RATE_BASES, YEAR
from carbonledger.factors.naming import licence_named, unit_named
from carbonledger.method import SCOPES
from carbonledger.registers import rows as register
from carbonledger.standards import standards
from carbonledger.words import cited, names

ORACLES = Path(__file__).parent / "oracles"
LATE = date(2026, 12, 31)
GRIDS = {"NORTH", "NORTHEAST", "EAST", "CENTRAL", "NORTHWEST", "SOUTH", "SOUTHWEST"}


@pytest.fixture(scope="module")
def library() -> Factors:
    factors, issues = load_factors(
        [shipped_root()], known_on=LATE, allow=frozenset({"recalled", "uncertain"})
    )
    assert issues == []
    return factors


# Every set


def test_sets_are_cited_in_both_languages_with_their_licence(library: Factors) -> None:
    for found in library.sets.values():
        assert found.title.zh != found.title.en
        assert found.note.zh != found.note.en
        for source in found.sources.values():
            assert source.id
            assert source.licence
            for text in (source.publisher, source.document):
                assert text.zh
                assert text.en
        for text in found.caveats.values():
            assert text.zh != text.en


def test_sources_and_caveats_that_are_declared_are_used(library: Factors) -> None:
    for found in library.sets.values():
        rows = list(library.rows.of_set(found.id))
        assert {row.source.id for row in rows} == set(found.sources), found.id
        assert {row.caveat for row in rows} - {""} == set(found.caveats), found.id


def test_every_table_is_a_set_and_every_set_has_rows(library: Factors) -> None:
    apart = {"paths", "derive"}
    files = {p for p in shipped_root().rglob("*.csv") if not apart & set(p.parts)}
    assert {p.stem for p in files} == {Path(row.place.file).stem for row in library.rows}
    assert {p.with_suffix(".csv") for p in shipped_root().rglob("*.yaml")
            if not apart & set(p.parts)} == files  # fmt: skip


def test_a_set_is_used_by_a_formula_or_says_that_it_is_for_reference(library: Factors) -> None:
    pages = [page for standard in standards().values() for page in standard.pages]
    options = [o for page in pages for o in (*page.estimates, *page.without_share)]
    asked = [one.factors for one in options] + [s.factors for p in pages for s in p.shares]
    used = {kind for factors in asked for kind in factors} | {"fx_rate"}
    assert {s.kind for s in library.sets.values() if s.answers} <= used
    assert {s.use for s in library.sets.values() if not s.answers} == {"reference"}
    assert {s.kind for s in library.sets.values()} <= set(names("kinds"))


def test_inputs_of_unclear_terms_do_not_ship() -> None:
    files = {p.name for p in shipped_root().rglob("*") if p.is_file()}
    assert not {f for f in files if f.startswith("cn_io153") or "ceads" in f.lower()}
    assert sum(p.stat().st_size for p in shipped_root().rglob("*") if p.is_file()) < 6_000_000


# Every value


def test_every_value_is_dated_in_order(library: Factors) -> None:
    for row in library.rows:
        assert YEAR.fullmatch(str(row.year))
        assert row.published <= LATE
        assert row.published.year >= row.year or library.sets[row.set_id].outlook, row


def test_every_key_is_valid(library: Factors) -> None:
    lists = {
        "sector": lambda c: codes.sector(c) == c,
        "region": lambda c: c.removeprefix("CN-GRID-") in GRIDS or (
            codes.region(c) == c and codes.region_known(c)),
        "currency": lambda c: codes.currency(c) == c,
        "scope": lambda c: c in SCOPES,
        "naics": lambda c: c.isdigit() and len(c) == 6,
        "io_sector": lambda c: c.isdigit() and 1 <= int(c) <= 153,
    }  # fmt: skip
    for row in library.rows:
        for key, code in row.keys:
            assert code == code.strip() != ""
            assert key not in lists or lists[key](code), row
            assert (row.kind, key) != ("fx_rate", "basis") or code in RATE_BASES


def test_every_value_is_plausible_for_its_kind(library: Factors) -> None:
    assert [issue.text("en") for issue in out_of_bounds(library)] == []
    for kind, unit in {(row.kind, row.unit) for row in library.rows}:
        assert bounds_of(kind, unit) is not None, (kind, unit)
    assert all(row["source"] for row in register("factor-bounds"))


def test_no_two_sets_of_one_rank_answer_the_same_question(library: Factors) -> None:
    seen: dict[object, str] = {}
    for row in library.rows:
        found = library.sets[row.set_id]
        if found.answers:
            asked = (row.kind, found.priority, row.keys, row.year, row.published)
            assert seen.setdefault(asked, row.set_id) == row.set_id


def test_every_citation_is_one_line_and_holds_the_value(library: Factors) -> None:
    for row in library.rows:
        for language in ("zh", "en"):
            line = row.citation(language)
            assert row.value in line
            assert str(row.published) in line
            assert "\n" not in line


def test_what_was_not_seen_answers_only_with_leave() -> None:
    shut, _ = load_factors([shipped_root()], known_on=LATE)
    assert not {row.confidence for row in shut.rows} & {"RECALLED", "UNCERTAIN", "DEMO"}


def test_factors_of_other_countries_never_answer_for_a_place_in_china(library: Factors) -> None:
    at = library.at(2025)
    for place in ("CN", "500103", None):
        asked = {"activity": "electricity", "dimension": "energy", "region": place, "scope": "2"}
        found = at.find("energy_factor", {key: [code] for key, code in asked.items()})
        assert library.rows[int(found.row[0])].set_id == "cn-electricity-average"
    foreign = [s.id for s in library.sets.values() if s.answers and s.currency not in ("", "CNY")]
    assert foreign == []


# Sectors: the four scopes, the physical factor to prefer


def printed(file: str) -> list[dict[str, str]]:
    with (shipped_root() / "cn" / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_four_scopes_of_every_sector_add_up_to_the_last_digit() -> None:
    total = {row["sector"]: Decimal(row["value"]) for row in printed("sector-total-2018.csv")}
    added = dict.fromkeys(total, Decimal(0))
    for row in printed("sector-intensity-2018.csv"):
        added[row["sector"]] += Decimal(row["value"])
    assert added == total
    assert len(total) == 270
    by_io: dict[str, list[Decimal]] = {}
    for row in printed("io-sector-intensity-2018.csv"):
        by_io.setdefault(row["io_sector"], []).append(Decimal(row["value"]))
    assert len(by_io) == 153
    assert all(sum(parts) == whole for *parts, whole in by_io.values())


@pytest.mark.parametrize(
    ("sector", "prefer"),
    [("C301", "clinker"), ("C312", "crude_steel"), ("D44", "power_supplied"), ("G561", "kerosene")],
)
def test_where_money_misleads_the_physical_factor_is_named(
    library: Factors, sector: str, prefer: str
) -> None:
    every = library.rows.of_set("cn-sector-intensity-2018")
    rows = [row for row in every if ("sector", sector) in row.keys]
    caveats = library.sets["cn-sector-intensity-2018"].caveats
    assert len(rows) == 3
    for row in rows:
        assert prefer in caveats[row.caveat].en
        assert prefer in caveats[row.caveat].zh
    assert prefer in {row["activity"] for row in register("activities")}


def test_the_range_of_aviation_is_kerosene_only_to_all_fuels(library: Factors) -> None:
    # SOURCES of the data: with kerosene only 1.37 (561), 0.93 (562, 563), 1.15 (56)
    rows = library.rows.of_set("cn-sector-intensity-2018")
    ranges = {dict(row.keys)["sector"]: row for row in rows if row.low}
    low = {sector: f"{float(row.low):.2f}" for sector, row in ranges.items()}
    assert low == {"G561": "1.37", "G562": "0.93", "G563": "0.93", "G56": "1.15"}
    assert all(row.high == row.value for row in ranges.values())


# Derivation in the open


@pytest.fixture(scope="module")
def derive() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "sector_intensity", shipped_root() / "derive" / "sector_intensity.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_formulas_of_the_derivation_by_hand(derive: ModuleType) -> None:
    # Power sells 10 to itself and 20 to the other sector; outputs 100 and 200; CO2 90 and 40.
    sectors = [{"io_sector": "100", "inventory_sector": "P", "gbt4754": "D44"},
               {"io_sector": "001", "inventory_sector": "A", "gbt4754": "A01"}]  # fmt: skip
    flows = np.array([[10.0, 20.0], [0.0, 0.0]])
    inputs = derive.Inputs(sectors, np.array([100.0, 200.0]), flows, np.array([90.0, 40.0]), {})
    found = derive.intensity(inputs)
    assert found.scopes[0].tolist() == [0.9, 0.2]  # 90 / 100, 40 / 200
    assert found.scopes[1].tolist() == [0.0, 0.1]  # 20 / 200 x 90 / (100 - 10)
    assert found.total.tolist() == pytest.approx([1.0, 0.3])  # 0.9 / (1 - 0.1), 0.2 + 0.1 x 1.0
    assert found.scopes[2].tolist() == pytest.approx([0.1, 0.0])
    held = derive.checks(inputs)
    assert held["in_final_use_t"] == pytest.approx(130)  # 1.0 x 70 + 0.3 x 200


def test_the_derivation_names_inputs_that_are_absent_or_others(
    derive: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / derive.FLOWS).write_text("from_io_code,to_io_code,value_wan_yuan\n")
    assert derive.main([str(tmp_path), "--check"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in (derive.CO2, derive.FLOWS, derive.TOTALS))
    assert derive.main([]) == 2


INPUTS = os.environ.get("CARBONLEDGER_DERIVE_INPUTS", "")


@pytest.mark.skipif(not INPUTS, reason="CARBONLEDGER_DERIVE_INPUTS names no folder")
def test_the_shipped_values_are_rebuilt_to_the_last_digit(
    derive: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = derive.read(Path(INPUTS))
    held = derive.checks(inputs)
    assert held["split_t"] < derive.SPLIT_TOLERANCE
    assert round(held["inventory_t"] / 1e6, 1) == 9184.4
    assert round(held["in_final_use_t"] / 1e6, 1) == 9184.4
    assert derive.main([INPUTS, "--check"]) == 0
    shutil.copytree(shipped_root() / "cn", tmp_path / "cn")
    monkeypatch.setattr(derive, "SETS", tmp_path / "cn")
    monkeypatch.setattr(derive, "HERE", tmp_path / "cn" / "derive")
    changed = tmp_path / "cn" / "sector-total-2018.csv"
    changed.write_text(changed.read_text(encoding="utf-8").replace("7.37612577", "7.37612578"))
    monkeypatch.setattr(derive, "read", lambda _: inputs)
    assert derive.main([INPUTS, "--check"]) == 1


# What others know


def test_power_factors_agree_with_a_transcription_of_another_hand(library: Factors) -> None:
    text = (ORACLES / "power-2023-codecarbon.yaml").read_text(encoding="utf-8")
    theirs = {str(k): Decimal(str(v)) / 1000 for k, v in yaml.safe_load(text).items()}
    ours = {
        dict(row.keys)["region"]: Decimal(row.value)
        for row in library.rows.of_set("cn-electricity-average")
        if row.year == 2023 and row.keys[0] == ("activity", "electricity")
        and dict(row.keys)["region"].isdigit()
    }  # fmt: skip
    assert len(theirs) == 30
    assert ours == theirs


def test_gwps_are_those_of_the_package_they_were_read_in(library: Factors) -> None:
    package = pytest.importorskip("globalwarmingpotentials")
    for row in library.rows.of_set("intl-gwp-100"):
        keys = dict(row.keys)
        if keys["gas"] != "CO2":
            assert float(row.value) == package.data[f"{keys['set']}GWP100"][keys["gas"]], row
    for row in library.rows.of_set("intl-gwp-other-metrics"):
        gas, metric = dict(row.keys)["gas"], dict(row.keys)["metric"].replace("-", "")
        theirs = package.data[metric]
        if gas != "CO2":
            assert float(row.value) == theirs.get(gas, theirs.get(f"-{gas}-")), row


@pytest.mark.parametrize("gas", ["CH4", "N2O"])
def test_gwps_of_ar5_follow_from_radiative_efficiency_and_lifetime(
    library: Factors, gas: str
) -> None:
    metrics = pytest.importorskip("climate_metrics")
    absolute = {"CH4": metrics.AGWP_CH4_no_CO2, "N2O": metrics.AGWP_N2O}[gas]
    worked_out = absolute(100) / metrics.AGWP_CO2(100)
    (row,) = (r for r in library.rows.of_set("intl-gwp-100")
              if r.keys == (("gas", gas), ("set", "AR5")))  # fmt: skip
    # AR5 prints whole numbers; its own rounding of AGWP(CO2) to 9.17e-14 moves N2O by 0.3 %
    assert float(row.value) == pytest.approx(worked_out, rel=0.015)


def test_co2_per_tonne_of_coal_equivalent_is_near_the_fuel_factors(library: Factors) -> None:
    # 29.3076 GJ/tce x 0.0946 t/GJ (IPCC 2006, bituminous coal) = 2.77 against 2.66 of convention
    ratio = Decimal("29.3076") * Decimal("0.0946")
    coal = next(r for r in library.rows.of_set("cn-co2-per-tce") if r.keys[0][1] == "coal")
    assert abs(Decimal(coal.value) / ratio - 1) < Decimal("0.05")


def test_what_stands_around_a_value_is_said_in_the_language_of_the_reader() -> None:
    """A citation keeps its title; units, keys, marks and licences are words of the reader."""
    factors, _ = load_factors([shipped_root()], known_on=LATE)
    for row in factors.rows:
        english = unit_named(row.unit, row.currency, "en")
        assert english.isascii(), english
    assert all(codes.sector_name(code, "en").isascii() for row in factors.rows
               for key, code in row.keys if key == "sector")  # fmt: skip
    assert all(licence_named(s.licence, "zh") != s.licence or s.licence.startswith("CC BY")
               for found in factors.sets.values() for s in found.sources.values())  # fmt: skip
    row = next(r for r in factors.rows if r.set_id == "cn-sector-intensity-2018"
               and dict(r.keys) == {"sector": "C312", "region": "CN", "scope": "1"})  # fmt: skip
    assert "tCO2 per CNY 10,000 (C312 Steelmaking, CN China, scope 1, data of" in row.citation("en")
    assert "tCO2/万元（C312 炼钢、CN 中国、范围一，2018 年数据" in row.citation("zh")
    assert row.citation("zh").endswith("，由公开数据推算 DERIVED）")


def test_the_words_around_a_citation_of_a_standard_are_the_readers() -> None:
    pages = {p.citation for s in standards().values() for p in s.pages}
    assert any(cited(c, "zh") != c for c in pages)
    for citation in pages:
        assert not re.search(r"section|pp?\. [0-9]|\btable\b", cited(citation, "zh"))
        assert not re.search("，[一-鿿]", cited(citation, "en"))
    loans = cited("PCAF Part A, section 5.2, pp. 55-65", "zh")
    assert loans == "PCAF Part A，第 5.2 节，第 55-65 页"
    assert cited("银办发〔2021〕119号，非项目融资 (RECALLED)", "en") == (
        "银办发〔2021〕119号, non-project financing (RECALLED)")

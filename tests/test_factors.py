"""Every shipped factor is cited and sound; look-ups answer what the source tables print.

Expected values are copied from the tables of the announcements and guides, or worked out by hand
in the comment beside them.
"""

import csv
import math
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbonledger.factors import (
    CAVEAT,
    PARENT,
    STALE,
    UNSURE,
    Factors,
    FactorsAt,
    load_factors,
    shipped_root,
)
from carbonledger.factors.bounds import out_of_bounds
from carbonledger.factors.head import kind_said
from carbonledger.issues import Issue, errors

LATE = date(2026, 12, 31)
EVERYTHING = frozenset({"recalled", "uncertain"})
ELECTRICITY = {"activity": "electricity", "dimension": "energy", "scope": "2"}


def shipped(known_on: date = LATE, *leave: str) -> Factors:
    factors, issues = load_factors([shipped_root()], known_on=known_on, allow=frozenset(leave))
    assert issues == []
    return factors


def ask(at: FactorsAt, kind: str, **keys: str | None) -> tuple[str, int] | None:
    """The value as printed and the flags, or None."""
    found = at.find(kind, {name: [code] for name, code in keys.items()})
    if found.row[0] < 0:
        assert math.isnan(found.values[0])
        assert found.flags[0] == 0
        return None
    row = at.factors.rows[found.row[0]]
    assert found.values[0] == row.canonical
    return row.value, int(found.flags[0])


def electricity(at: FactorsAt, region: str | None, **other: str) -> tuple[str, int] | None:
    return ask(at, "energy_factor", region=region, **(ELECTRICITY | other))


def revenue(at: FactorsAt, sector: str, region: str | None = "CN") -> tuple[str, int] | None:
    return ask(at, "revenue_intensity", sector=sector, region=region, scope="1")


# The shipped files


def test_fuel_factors_are_the_product_of_what_stands_beside_them() -> None:
    for path in sorted(shipped_root().rglob("fuels-*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            if not row["carbon_content"]:
                continue
            carbon = Fraction(row["carbon_content"]) * Fraction(row["oxidation_rate"])
            per_gj = carbon * 44 / 12
            whole = per_gj if row["unit"] == "tCO2/GJ" else per_gj * Fraction(row["ncv"])
            assert abs(whole - Fraction(row["value"])) <= Fraction(1, 10**6), row


# Electricity: announcements 12 and 33 of 2024, 47 of 2025


@pytest.mark.parametrize(
    ("region", "answer"),
    [
        ("CN", ("0.5306", 0)),
        ("500000", ("0.5581", 0)),
        ("500103", ("0.5581", PARENT)),
        ("110000", ("0.5554", 0)),
        ("530000", ("0.1333", 0)),
        ("540000", ("0.5306", PARENT)),  # Tibet is not published: the nation answers
        (None, ("0.5306", PARENT)),
        ("USA", None),
        ("810000", None),  # the announcements leave Hong Kong out
        ("CN-GRID-SOUTHWEST", ("0.2472", 0)),
    ],
)
def test_electricity_of_2023(region: str | None, answer: tuple[str, int] | None) -> None:
    assert electricity(shipped().at(2023), region) == answer


@pytest.mark.parametrize(
    ("known_on", "value"),
    [
        (date(2025, 12, 31), "0.5306"),
        (date(2025, 12, 30), "0.5366"),
        (date(2024, 12, 25), "0.5568"),
    ],
)
def test_a_value_is_unknown_before_it_is_published(known_on: date, value: str) -> None:
    assert electricity(shipped(known_on).at(2024), "CN") == (value, 0)


def test_nothing_answers_before_the_first_announcement() -> None:
    assert electricity(shipped(date(2024, 4, 11)).at(2025), "CN") is None


def test_a_later_year_never_answers() -> None:
    assert electricity(shipped().at(2022), "500000") == ("0.5227", 0)
    assert electricity(shipped().at(2020), "500000") is None


def test_electricity_goes_stale_after_three_years() -> None:
    assert electricity(shipped().at(2026), "CN") == ("0.5306", 0)
    assert electricity(shipped().at(2027), "CN") == ("0.5306", STALE)


def test_other_electricity_is_another_activity() -> None:
    at = shipped().at(2023)
    assert electricity(at, "CN", activity="electricity_residual") == ("0.6096", 0)
    assert electricity(at, "CN", activity="electricity_fossil") == ("0.8273", 0)
    assert electricity(at, "CN", activity="electricity", scope="1") is None


def test_kwh_become_megajoules_exactly() -> None:
    # 0.5306 kg/kWh = 530.6 g / 3.6 MJ
    found = shipped().at(2023).find("energy_factor", {k: [v] for k, v in _region("CN").items()})
    assert found.values[0] == float(Fraction("530.6") / Fraction("3.6"))


def _region(region: str) -> dict[str, str]:
    return ELECTRICITY | {"region": region}


# Fuels and heat


@pytest.mark.parametrize(
    ("activity", "dimension", "region", "value"),
    [
        ("diesel", "mass", "500103", "3.09591"),
        ("diesel", "energy", "500103", "0.072585"),
        ("natural_gas", "volume", "CN", "21.621888"),
        ("lng", "mass", "CN", "2.831257"),
        ("bituminous_coal", "mass", "CN", "1.74175"),
        ("kerosene", "mass", "CN", "3.033391"),  # only the enterprise guides have it
        ("natural_gas", "mass", "USA", "2.6928"),  # only IPCC 2006 is keyed by no place
        ("diesel", "mass", "USA", None),
        ("coal_gangue", "mass", "CN", None),  # RECALLED
        ("coal_unmeasured_carbon", "mass", "CN", None),  # UNCERTAIN
    ],
)
def test_fuels(activity: str, dimension: str, region: str, value: str | None) -> None:
    keys = {"activity": activity, "dimension": dimension, "region": region, "scope": "1"}
    answer = ask(shipped().at(2025), "energy_factor", **keys)
    assert (answer and answer[0]) == value


def test_canonical_fuel_values() -> None:
    # 3.09591 t/t = 3,095,910 g/t; 21.621888 t per 10,000 m3 = 2,162.1888 g/m3
    keys: dict[str, list[str | None]] = {
        "activity": ["diesel", "natural_gas"], "dimension": ["mass", "volume"],
        "region": ["CN", "CN"], "scope": ["1", "1"],
    }  # fmt: skip
    assert shipped().at(2025).find("energy_factor", keys).values.tolist() == [3095910.0, 2162.1888]


def test_the_guide_of_2026_is_unknown_before_it_is_printed() -> None:
    at = shipped(date(2025, 12, 31)).at(2025)
    keys = {"dimension": "mass", "region": "CN", "scope": "1"}
    assert ask(at, "energy_factor", activity="crude_oil", **keys) == ("3.017197", 0)
    assert ask(shipped().at(2025), "energy_factor", activity="crude_oil", **keys) == (
        "3.020202", 0,
    )  # fmt: skip


def test_recalled_and_uncertain_rows_need_leave() -> None:
    gangue = {"activity": "coal_gangue", "dimension": "mass", "region": "CN", "scope": "1"}
    coal = gangue | {"activity": "coal_unmeasured_carbon"}
    assert ask(shipped(LATE, "uncertain").at(2025), "energy_factor", **gangue) is None
    recalled = shipped(LATE, "recalled").at(2025)
    assert ask(recalled, "energy_factor", **gangue) == ("0.725591", UNSURE)
    assert ask(recalled, "energy_factor", **coal) is None
    assert ask(shipped(LATE, "uncertain").at(2025), "energy_factor", **coal) == (
        "2.990013", UNSURE,
    )  # fmt: skip


@pytest.mark.parametrize("year", [2015, 2024, 2025])
def test_heat(year: int) -> None:
    # 0.11 t/GJ = 110 g/MJ
    at = shipped().at(year)
    keys = {"activity": "heat", "dimension": "energy", "region": "500103", "scope": "2"}
    assert ask(at, "energy_factor", **keys) == ("0.11", PARENT)
    assert at.find("energy_factor", {k: [v] for k, v in keys.items()}).values[0] == 110.0


def test_vocabulary() -> None:
    activities = shipped(date(2025, 12, 31)).at(2025).vocabulary("energy_factor", "activity")
    assert {"electricity", "heat", "diesel", "natural_gas"} <= activities
    assert "coal_gangue" not in activities
    assert shipped().at(2025).vocabulary("no_such_kind", "activity") == frozenset()


# Sector intensities


@pytest.mark.parametrize(
    ("sector", "answer"),
    [
        ("C30", ("1.47771933", 0)),
        ("C301", ("5.38508460", CAVEAT)),
        ("C3011", ("5.38508460", PARENT | CAVEAT)),
        ("C31", ("2.61703371", 0)),
        ("C3110", ("1.89118774", PARENT | CAVEAT)),
        ("D4411", ("6.99389235", PARENT | CAVEAT)),
        ("G5611", ("2.38163843", PARENT | CAVEAT)),
        ("C", ("0.32209122", 0)),
        ("T", None),
    ],
)
def test_sector_intensity(sector: str, answer: tuple[str, int] | None) -> None:
    assert revenue(shipped().at(2018), sector) == answer


def test_an_intensity_in_tonnes_per_wan_yuan_is_grams_per_fen() -> None:
    keys: dict[str, list[str | None]] = {"sector": ["C30"], "region": ["CN"], "scope": ["1"]}
    assert shipped().at(2023).find("revenue_intensity", keys).values[0] == 1.47771933


def test_a_value_at_the_prices_of_2018_is_stale_in_any_other_year() -> None:
    assert revenue(shipped().at(2018), "C30") == ("1.47771933", 0)
    assert revenue(shipped().at(2019), "C30") == ("1.47771933", STALE)
    assert revenue(shipped().at(2025), "C30") == ("1.47771933", STALE)
    assert revenue(shipped().at(2025), "C3011", None) == (
        "5.38508460", PARENT | STALE | CAVEAT,
    )  # fmt: skip
    assert revenue(shipped().at(2025), "C30", "USA") is None
    assert revenue(shipped().at(2017), "C30") is None


def test_the_copy_of_2023_is_unknown_before_it_was_taken() -> None:
    assert revenue(shipped(date(2023, 5, 1)).at(2022), "C30") is None
    assert revenue(shipped(date(2023, 5, 2)).at(2022), "C30") == ("1.47771933", STALE)


def test_per_yuan_never_answers_per_other_money() -> None:
    factors, issues = load_factors([shipped_root()], known_on=LATE, currency="HKD")
    assert [i.code for i in issues] == ["factor_currency_other"]
    assert errors(issues) == []
    assert revenue(factors.at(2023), "C30") is None
    assert electricity(factors.at(2023), "CN") == ("0.5306", 0)


# Exchange rates and GWP


def test_rates() -> None:
    at = shipped(date(2025, 12, 31)).at(2025)
    dollar = at.rate("USD", "CNY")
    assert dollar is not None
    assert (dollar.value, dollar.exact, dollar.basis) == (7.1875, Fraction("7.1875"), "average")
    assert [dict(at.factors.rows[r].keys) for r in dollar.rows] == [
        {"currency": "USD", "basis": "average"}
    ]
    back = at.rate("CNY", "USD")
    assert back is not None
    assert back.exact == 1 / Fraction("7.1875")
    cross = at.rate("EUR", "HKD")  # 8.1260599 / 0.92199446
    assert cross is not None
    assert cross.exact == Fraction("8.1260599") / Fraction("0.92199446")
    assert len(cross.rows) == 2
    assert at.rate("CNY", "CNY") is None
    assert at.rate("GBP", "CNY") is None


def test_a_rate_is_of_its_own_year() -> None:
    assert shipped(date(2030, 1, 1)).at(2026).rate("USD", "CNY") is None
    assert shipped(date(2025, 12, 30)).at(2025).rate("USD", "CNY") is None
    rate = shipped().at(2024).rate("USD", "CNY")
    assert rate is not None
    assert rate.exact == Fraction("7.1957")


@pytest.mark.parametrize(
    ("gas", "report", "value"),
    [
        ("CH4", "AR4", "25.0"),
        ("CH4", "AR5", "28.0"),
        ("CH4", "AR6", "27.9"),
        ("SF6", "AR5", "23500.0"),
        ("N2O", "AR6", "273.0"),
        ("CO2", "AR4", "1.0"),
        ("CH4", "SAR", None),
    ],
)
def test_gwp(gas: str, report: str, value: str | None) -> None:
    factors = shipped()
    assert ask(factors.at(2025), "gwp", gas=gas, set=report) is None  # listed, no formula asks
    of = {row.keys: row.value for row in factors.rows.of_set("intl-gwp-100")}
    assert of.get((("gas", gas), ("set", report))) == value


# A user's own folder

SOURCE = {"id": "B", "publisher": "Bureau", "document": "Yearbook", "licence": "CC BY 4.0"}
HEAD: dict[str, Any] = {
    "id": "own", "title": {"zh": "自有", "en": "own"}, "factor": "revenue_intensity",
    "unit": "tCO2e/万元", "currency": "CNY", "keys": ["sector", "region", "scope"],
    "gases": "CO2e", "gwp": "AR5", "stale_after_years": "5",
    "source": SOURCE,
}  # fmt: skip
COLUMNS = "sector,region,scope,year,published,value,confidence"
ROW = "C30,CN,1,2023,2024-11-30,2.285,published"


def write(
    root: Path, rows: list[str], columns: str = COLUMNS, name: str = "own", **head: Any
) -> Path:
    said = {k: v for k, v in (HEAD | head).items() if v is not None}
    root.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(said, allow_unicode=True)
    (root / f"{name}.yaml").write_text(text, encoding="utf-8")
    (root / f"{name}.csv").write_text("\n".join([columns, *rows, ""]), encoding="utf-8")
    return root


def load(*roots: Path, known_on: date = LATE) -> tuple[Factors, list[Issue]]:
    return load_factors(roots, known_on=known_on)


def sound(*roots: Path, known_on: date = LATE) -> Factors:
    factors, issues = load(*roots, known_on=known_on)
    assert issues == []
    return factors


def test_what_ships_of_other_kinds_may_stay_unread() -> None:
    heads = [p for p in shipped_root().rglob("*.yaml") if not {"paths", "derive"} & {*p.parts}]
    said = {p.name: kind_said(p.read_text("utf-8")) for p in heads}
    assert said == {p.name: yaml.safe_load(p.read_text("utf-8"))["factor"] for p in heads}
    assert len(said) > 40


def test_the_users_row_answers_before_the_shipped_one(tmp_path: Path) -> None:
    write(tmp_path, [ROW])
    factors = sound(shipped_root(), tmp_path)
    assert revenue(factors.at(2023), "C30") == ("2.285", 0)
    assert revenue(factors.at(2025), "C3011") == ("5.38508460", PARENT | STALE | CAVEAT)
    assert revenue(factors.at(2022), "C30") == ("1.47771933", STALE)


def test_nearness_comes_before_the_users_folder(tmp_path: Path) -> None:
    write(tmp_path, ["C,500000,1,2023,2024-11-30,9,published", ROW.replace("C30", "C")])
    factors = sound(shipped_root(), tmp_path)
    assert revenue(factors.at(2023), "C30", "500103") == ("1.47771933", PARENT | STALE)
    assert revenue(factors.at(2023), "C", "500103") == ("9", PARENT)
    assert revenue(factors.at(2023), "C", "110000") == ("2.285", PARENT)


def test_the_sectors_level_comes_before_the_regions(tmp_path: Path) -> None:
    write(tmp_path, ["C30,500000,1,2023,2024-11-30,1,published", ROW.replace("C30", "C301")])
    at = sound(tmp_path).at(2023)
    assert revenue(at, "C301", "500000") == ("2.285", PARENT)
    assert revenue(at, "C302", "500103") == ("1", PARENT)
    assert revenue(at, "C302", "110000") is None


def test_a_sibling_never_answers(tmp_path: Path) -> None:
    write(tmp_path, [ROW.replace("C30", "C3011")])
    at = sound(tmp_path).at(2023)
    assert [revenue(at, code) for code in ("C3012", "C301", "C30")] == [None, None, None]


def test_a_row_of_the_same_set_keys_and_year_is_laid_over(tmp_path: Path) -> None:
    columns = "activity,region,year,published,value,confidence"
    own: dict[str, Any] = {
        "id": "cn-electricity-average", "factor": "energy_factor", "unit": "kgCO2/kWh",
        "keys": ["activity", "dimension", "region", "scope"], "stale_after_years": "3",
        "every_row": {"scope": "2"}, "gases": "CO2", "gwp": None, "currency": None,
    }  # fmt: skip
    write(tmp_path, ["electricity,500000,2022,2025-06-30,0.5,published"], columns, **own)
    factors = sound(shipped_root(), tmp_path)
    assert electricity(factors.at(2022), "500000") == ("0.5", 0)
    assert electricity(factors.at(2023), "500000") == ("0.5581", 0)
    assert electricity(factors.at(2022), "110000") == ("0.558", 0)
    before = sound(shipped_root(), tmp_path, known_on=date(2025, 6, 29))
    assert electricity(before.at(2022), "500000") == ("0.5227", 0)


def test_the_lower_priority_number_answers_first(tmp_path: Path) -> None:
    write(tmp_path, [ROW], name="a", id="a", priority="2")
    write(tmp_path, [ROW.replace("2.285", "7")], name="b", id="b", priority="1")
    assert revenue(sound(tmp_path).at(2023), "C30") == ("7", 0)


def test_a_revision_answers_from_its_day(tmp_path: Path) -> None:
    write(tmp_path, [ROW, ROW.replace("2024-11-30,2.285", "2025-11-30,2.4")])
    assert revenue(sound(tmp_path).at(2023), "C30") == ("2.4", 0)
    assert revenue(sound(tmp_path, known_on=date(2025, 11, 29)).at(2023), "C30") == ("2.285", 0)


def test_a_set_without_a_place_answers_any_after_a_closer_row(tmp_path: Path) -> None:
    columns = COLUMNS.replace("region,", "")
    write(tmp_path, ["C30,1,2023,2024-11-30,3,published"], columns, keys=["sector", "scope"])
    write(tmp_path, [ROW.replace("CN", "500000")], name="local", id="local")
    at = sound(tmp_path).at(2023)
    assert revenue(at, "C30", "USA") == ("3", 0)
    assert revenue(at, "C30", None) == ("3", 0)
    assert revenue(at, "C30", "500103") == ("2.285", PARENT)


def test_a_kind_of_the_users_own(tmp_path: Path) -> None:
    write(tmp_path, ["10,2023,2024-11-30,2,published"], "grade,year,published,value,confidence",
          factor="water_intensity", unit="m3/t", keys=["grade"], currency=None, gases=None,
          gwp=None)  # fmt: skip
    assert ask(sound(tmp_path).at(2023), "water_intensity", grade="10") == ("2", 0)


@pytest.mark.parametrize(
    ("unit", "kind", "canonical"),
    [
        ("tCO2e/百万元", "revenue_intensity", 0.01),  # 1e6 g / 1e8 fen
        ("kgCO2e/元", "asset_intensity", 10.0),  # 1e3 g / 1e2 fen
        ("万元/元", "asset_turnover", 10000.0),
        ("tCO2e/t", "production_factor", 1000000.0),
        ("1", "asset_turnover", None),
    ],
)
def test_units_become_canonical(
    tmp_path: Path, unit: str, kind: str, canonical: float | None
) -> None:
    write(tmp_path, [ROW.replace("2.285", "1")], unit=unit, factor=kind)
    factors, issues = load(tmp_path)
    if canonical is None:
        assert [i.code for i in issues] == ["factor_unit_unfit"]
    else:
        assert [row.canonical for row in factors.rows] == [canonical]


def test_a_set_that_asks_for_more_keys_stays_silent(tmp_path: Path) -> None:
    write(tmp_path, [ROW + ",x"], COLUMNS + ",product", keys=[*HEAD["keys"], "product"])
    assert revenue(sound(tmp_path).at(2023), "C30") is None


def test_codes_are_read_as_people_write_them(tmp_path: Path) -> None:
    write(tmp_path, ['30,重庆市,1,2023,2024-11-30,"1,234.5",published'])
    assert revenue(sound(tmp_path).at(2023), "C30", "500103") == ("1,234.5", PARENT)


def test_a_table_saved_by_a_chinese_spreadsheet(tmp_path: Path) -> None:
    write(tmp_path, [])
    text = f"{COLUMNS},note\r\n{ROW},水泥熟料\r\n"
    (tmp_path / "own.csv").write_bytes(text.encode("gb18030"))
    assert [row.note for row in sound(tmp_path).rows] == ["水泥熟料"]


def test_decline_paths_are_no_factor_sets(tmp_path: Path) -> None:
    write(tmp_path / "paths", ["no table"], "x", name="p")
    assert sound(tmp_path).rows == ()


# Broken sets


def test_what_the_yaml_of_a_set_may_lack(tmp_path: Path) -> None:
    source = {"id": "B", "publisher": "", "document": "Yearbook"}
    write(tmp_path, [ROW], source=source, unit=None, keys=None)
    _, issues = load(tmp_path)
    missing = {dict(i.details)["field"] for i in issues if i.code == "factor_field_missing"}
    assert missing == {"source.publisher", "source.licence", "unit", "keys"}
    assert all(i.place.file == "own.yaml" for i in issues)
    assert issues[-1].text("en")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"unit": "furlongs/万元"}, "factor_unit_unknown"),
        ({"unit": "tCO2e"}, "factor_unit_unfit"),
        ({"unit": "tCO2e/tCO2e/t"}, "factor_unit_unknown"),
        ({"unit": "tCO2e/t"}, "factor_unit_unfit"),
        ({"factor": "fx_rate"}, "factor_unit_unfit"),
        ({"currency": None}, "factor_field_missing"),
        ({"currency": "shells"}, "factor_field_unreadable"),
        ({"gases": None}, "factor_field_missing"),
        ({"gases": "smoke"}, "factor_field_unreadable"),
        ({"gwp": None}, "factor_field_missing"),
        ({"stale_after_years": "soon"}, "factor_field_unreadable"),
        ({"stale_after_years": None}, "factor_field_missing"),
        ({"priority": "-1"}, "factor_field_unreadable"),
        ({"keys": "sector"}, "factor_field_unreadable"),
        ({"keys": []}, "factor_field_missing"),
        ({"source": None}, "factor_field_missing"),
        ({"source": "Yearbook"}, "factor_field_missing"),
        ({"sources": {"B": "Yearbook"}}, "factor_field_unreadable"),
        ({"sources": [dict(SOURCE), dict(SOURCE)], "source": None}, "yaml_key_repeated"),
        ({"title": {"zh": "自有"}}, "factor_field_missing"),
        ({"every_row": "x"}, "factor_field_unreadable"),
        ({"stale": "5"}, "factor_field_unknown"),
        ({"use": "sometimes"}, "factor_field_unreadable"),
        ({"outlook": "maybe"}, "factor_field_unreadable"),
        ({"unit": "tCO2e/万美元"}, "factor_unit_currency"),
        ({"source": SOURCE | {"page": "3"}}, "factor_field_unknown"),
    ],
)
def test_a_broken_head(tmp_path: Path, head: dict[str, Any], code: str) -> None:
    write(tmp_path, [ROW], **head)
    factors, issues = load(tmp_path)
    assert code in [i.code for i in issues]
    assert factors.rows == ()
    assert all(i.place.file == "own.yaml" and i.text("zh") and i.text("en") for i in issues)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (ROW.replace("2.285", "about 2"), "factor_value_unreadable", "value"),
        (ROW.replace("2.285", "1e999999999"), "factor_value_unreadable", "value"),
        (ROW.replace("2.285", "nan"), "factor_value_unreadable", "value"),
        (ROW.replace("2.285", ""), "factor_cell_missing", "value"),
        (ROW.replace("2023,", "23,"), "factor_year_unreadable", "year"),
        (ROW.replace("2024-11-30", "2024/11/30"), "factor_date_unreadable", "published"),
        (ROW.replace("2024-11-30", "2024-02-30"), "factor_date_unreadable", "published"),
        (ROW.replace("published", "sure"), "factor_word_unknown", "confidence"),
        (ROW.replace("C30", "C3099999"), "factor_code_unknown", "sector"),
        (ROW.replace("CN", "Atlantis"), "factor_code_unknown", "region"),
        (ROW.replace(",1,", ",4,"), "factor_code_unknown", "scope"),
        (ROW.replace("C30,", ","), "factor_cell_missing", "sector"),
        (ROW + ",x", "factor_row_long", None),
        (ROW.replace("2.285", "=2+0.285"), "factor_formula", "value"),
        (ROW.replace("2024-11-30", "2022-12-31"), "factor_dates_order", "published"),
    ],
)
def test_a_broken_row(tmp_path: Path, row: str, code: str, column: str | None) -> None:
    write(tmp_path, [ROW, row])
    factors, issues = load(tmp_path)
    assert [(i.code, i.place.file, i.place.row, i.place.column) for i in issues] == [
        (code, "own.csv", 3, column)
    ]
    assert [r.place.row for r in factors.rows] == [2]
    assert all(i.text("zh") and i.text("en") for i in issues)


@pytest.mark.parametrize(
    ("columns", "row", "code"),
    [
        (COLUMNS.replace("region", "place"), ROW, "factor_column_missing"),
        (COLUMNS + ",colour", ROW + ",red", "factor_column_unknown"),
        (COLUMNS + ",year", ROW + ",2023", "factor_column_repeated"),
        (COLUMNS.replace(",confidence", ""), ROW, "factor_column_missing"),
        (COLUMNS + ",note", ROW + ',"open', "factor_table_unreadable"),
        (COLUMNS + ",caveat", ROW + ",odd", "factor_word_unknown"),
        (COLUMNS + ",source", ROW + ",A", "factor_word_unknown"),
        (COLUMNS + ",unit", ROW + ",tCO2e/t", "factor_unit_unfit"),
        (COLUMNS + ",unit", ROW + ",tCO2e/furlong", "factor_unit_unknown"),
        (COLUMNS + ",unit", ROW + ",tCO2e/万美元", "factor_unit_currency"),
        (COLUMNS + ",note", ROW + ",\"=HYPERLINK(\"\"http://x\"\")\"", "factor_formula"),
        (COLUMNS + ",note", ROW + ",@SUM(A1)", "factor_formula"),
        (COLUMNS + ",low,high", ROW + ",2.5,3", "factor_range"),
        (COLUMNS + ",low,high", ROW + ",2,", "factor_range"),
    ],
)
def test_a_broken_table(tmp_path: Path, columns: str, row: str, code: str) -> None:
    write(tmp_path, [row], columns)
    factors, issues = load(tmp_path)
    assert code in [i.code for i in issues]
    assert factors.rows == ()


def test_an_uncited_value_is_refused_with_its_line(tmp_path: Path) -> None:
    both = [SOURCE, SOURCE | {"id": "C"}]
    write(tmp_path, [ROW + ",B", ROW.replace("C30", "C31") + ","], COLUMNS + ",source",
          sources=both, source=None)  # fmt: skip
    factors, issues = load(tmp_path)
    assert [(i.code, i.place.file, i.place.row, i.details) for i in issues] == [
        ("factor_uncited", "own.csv", 3, (("known", "B, C"),))
    ]
    assert [row.source.id for row in factors.rows] == ["B"]


def test_a_file_of_ten_megabytes_is_refused_where_it_passes_the_limit(tmp_path: Path) -> None:
    line = ROW + "," + "x" * (998 - len(ROW))  # a thousand bytes with its end
    write(tmp_path, [line] * 10_000, COLUMNS + ",note")
    _, issues = load(tmp_path)
    # the header takes fewer than a thousand bytes: row 8,001 holds byte 8,000,000
    assert [(i.code, i.place.file, i.place.row) for i in issues] == [
        ("factor_file_large", "own.csv", 8001)
    ]
    write(tmp_path, [ROW])
    (tmp_path / "own.yaml").write_bytes(b"#" * 10_000_000)
    assert [(i.code, i.place.row) for i in load(tmp_path)[1]] == [("factor_file_large", 1)]


def test_a_range_stays_with_its_value(tmp_path: Path) -> None:
    write(tmp_path, [ROW + ",2.1,2.5"], COLUMNS + ",low,high")
    (row,) = sound(tmp_path).rows
    assert (row.low, row.value, row.high) == ("2.1", "2.285", "2.5")
    assert "2.1 to 2.5" in row.citation("en")
    assert "2.1 至 2.5" in row.citation("zh")


def test_an_outlook_may_describe_years_to_come(tmp_path: Path) -> None:
    write(tmp_path, [ROW.replace("2023", "2030")], outlook="yes")
    assert [row.year for row in sound(tmp_path).rows] == [2030]


def test_a_set_for_reference_is_listed_and_answers_nothing(tmp_path: Path) -> None:
    write(tmp_path, [ROW], use="reference")
    factors = sound(tmp_path)
    assert [row.value for row in factors.rows] == ["2.285"]
    assert revenue(factors.at(2023), "C30") is None


def test_a_set_for_reference_may_be_in_other_money(tmp_path: Path) -> None:
    write(tmp_path, [ROW], use="reference", currency="USD", unit="kgCO2e/USD")
    assert len(sound(tmp_path).rows) == 1


def test_a_dash_and_signed_numbers_are_no_formulas(tmp_path: Path) -> None:
    write(tmp_path, [ROW + ",-", ROW.replace("C30", "C31") + ",-3.5"], COLUMNS + ",note")
    assert [row.note for row in sound(tmp_path).rows] == ["-", "-3.5"]


def test_a_value_beyond_what_can_be_is_told(tmp_path: Path) -> None:
    write(tmp_path, [ROW, ROW.replace("C30", "C31").replace("2.285", "2285")])
    (issue,) = out_of_bounds(sound(tmp_path))
    assert (issue.code, issue.place.row) == ("factor_out_of_bounds", 3)
    assert issue.text("en") == (
        "own.csv:3: 2285 tCO2e/万元 lies outside what is plausible for its kind "
        "(0 to 30 tCO2e/万元). Check the unit and the decimal point."
    )


FX: dict[str, Any] = {
    "factor": "fx_rate", "unit": "CNY per unit", "currency": None, "gases": None, "gwp": None,
    "keys": ["currency", "basis"], "stale_after_years": "0",
}  # fmt: skip


def test_a_rate_of_the_last_day_is_another_than_the_average(tmp_path: Path) -> None:
    rows = ["USD,period_end,2025,2025-12-31,7.0288,published"]
    write(tmp_path, rows, "currency,basis,year,published,value,confidence", **FX)
    at = sound(shipped_root(), tmp_path).at(2025)
    end, mean = at.rate("USD", "CNY", basis="period_end"), at.rate("USD", "CNY")
    assert end is not None
    assert mean is not None
    assert (end.exact, end.basis) == (Fraction("7.0288"), "period_end")
    assert (mean.exact, mean.basis) == (Fraction("7.1875"), "average")
    assert at.rate("EUR", "CNY", basis="period_end") is None


def test_a_set_of_rates_that_names_no_basis_holds_averages(tmp_path: Path) -> None:
    columns = "currency,year,published,value,confidence"
    write(tmp_path, ["GBP,2025,2025-12-31,9.4,published"], columns, **FX | {"keys": ["currency"]})
    at = sound(tmp_path).at(2025)
    assert at.rate("GBP", "CNY") is not None
    assert at.rate("GBP", "CNY", basis="period_end") is None


def test_a_basis_of_rates_is_one_of_two(tmp_path: Path) -> None:
    rows = ["USD,spot,2025,2025-12-31,7,published"]
    write(tmp_path, rows, "currency,basis,year,published,value,confidence", **FX)
    _, issues = load(tmp_path)
    assert [(i.code, i.place.column, i.value) for i in issues] == [
        ("factor_code_unknown", "basis", "spot")
    ]


def test_two_rows_of_one_key_year_and_day(tmp_path: Path) -> None:
    write(tmp_path, [ROW, ROW.replace("C30", "30").replace("2.285", "3")])
    factors, issues = load(tmp_path)
    assert [(i.code, i.place.row, i.details) for i in issues] == [
        ("factor_row_repeated", 3, (("first", "2"),))
    ]
    assert [row.value for row in factors.rows] == ["2.285"]


def test_what_stands_in_the_yaml_for_every_row_is_said_once(tmp_path: Path) -> None:
    rows = [ROW, ROW.replace("C30", "C31")]
    write(tmp_path, [r.replace(",2023", "") for r in rows], COLUMNS.replace(",year", ""),
          every_row={"year": "23"})  # fmt: skip
    _, issues = load(tmp_path)
    assert [i.text("en").split(":")[:2] for i in issues] == [["own.yaml", " every_row.year"]]


def test_files_without_their_partner(tmp_path: Path) -> None:
    write(tmp_path, [ROW], name="a")
    (tmp_path / "a.csv").unlink()
    (tmp_path / "b.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "c.CSV").write_text("x\n", encoding="utf-8")
    (tmp_path / "._a.yaml").write_bytes(b"\x00\x05")
    _, issues = load(tmp_path, tmp_path / "nowhere")
    assert [(i.code, i.place.file) for i in issues] == [
        ("factor_head_missing", "b.csv"), ("factor_file_ending", "c.CSV"),
        ("factor_table_missing", "a.yaml"), ("factor_folder_missing", "nowhere"),
    ]  # fmt: skip


def test_a_file_in_no_encoding(tmp_path: Path) -> None:
    write(tmp_path, [ROW])
    (tmp_path / "own.csv").write_bytes(b"\xff\xff\xff")
    assert [i.code for i in load(tmp_path)[1]] == ["factor_encoding"]
    (tmp_path / "own.yaml").write_bytes(b"\xff\xff\xff")
    assert [i.code for i in load(tmp_path)[1]] == ["factor_encoding"]


def test_ids_are_unique_in_a_folder_and_mean_one_thing_across(tmp_path: Path) -> None:
    write(tmp_path / "one", [ROW], name="a")
    write(tmp_path / "one", [ROW], name="b")
    _, issues = load(tmp_path / "one")
    assert [(i.code, i.place.file, i.value) for i in issues] == [
        ("factor_id_repeated", "b.yaml", "own")
    ]
    write(tmp_path / "low", [ROW])
    write(tmp_path / "high", [ROW], factor="asset_intensity")
    assert [i.code for i in load(tmp_path / "low", tmp_path / "high")[1]] == ["factor_set_changed"]


def test_demonstration_rows_never_answer(tmp_path: Path) -> None:
    write(tmp_path, [ROW.replace("published", "DEMO")])
    factors, issues = load_factors([tmp_path], known_on=LATE, allow=EVERYTHING)
    assert [i.code for i in issues] == ["factor_demo"]
    assert factors.rows == ()
    assert errors(issues) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_folder_raises(tmp_path: Path, data: st.DataObject) -> None:
    write(tmp_path, [ROW, ROW.replace("C30", "C31")])
    for name in ("own.yaml", "own.csv"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        at = data.draw(st.integers(0, len(text)))
        put = data.draw(
            st.sampled_from(["", ",", "\n", "\r", '"', ": ", "- ", "é", "1e9", "[", "\x00"])
        )
        cut = data.draw(st.integers(0, 12))
        (tmp_path / name).write_text(
            text[:at] + put + text[at + cut :], encoding="utf-8", newline=""
        )
    factors, _ = load(tmp_path)
    revenue(factors.at(2023), "C30", "500103")
    factors.at(2023).rate("USD", "CNY")
    assert all(math.isfinite(row.canonical) for row in factors.rows)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=0, max_value=10**9)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(NUMBERS.map(str), min_size=1, max_size=8),
    st.sampled_from(["tCO2e/万元", "kgCO2e/元"]),
)
def test_columns_and_rows_read_the_same_values(
    tmp_path: Path, texts: list[str], unit: str
) -> None:
    codes_ = ["C13", "C14", "C15", "C16", "C17", "C18", "C19", "C20"]
    rows = [
        ROW.replace("C30", code).replace("2.285", text)
        for code, text in zip(codes_, texts, strict=False)
    ]
    write(tmp_path, rows, unit=unit)
    by_column = [r.canonical for r in sound(tmp_path).rows]
    table = sound(tmp_path).rows.parts[0].columns
    write(tmp_path, [*rows, ROW.replace("2.285", "x")], unit=unit)  # one bad row: read row by row
    by_row, issues = load(tmp_path)
    assert [i.code for i in issues] == ["factor_value_unreadable"]
    assert list(table.canonical) == by_column == [r.canonical for r in by_row.rows]

"""A value per unit of money at the prices of another year: the direction, and when it is flagged.

By hand: in 2018 a plant sold 100 for 2.0 t per unit of money, 200 t. In 2023 the same goods sell
for 110 and emit the same 200 t. So one unit of 2023 money carries 200 / 110 = 1.81818... t, which
is 2.0 x 100 / 110: the index of the price year over that of the period.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import run, write_folder
from own_factors import index, intensity

from carbonledger.factors import PARENT, STALE, Factors, load_factors
from carbonledger.issues import errors

LATE = date(2026, 12, 31)
VALUE = ("C30", "CN", 1, 2018, "2020-01-01", "2.0", "SEEN")
SERIES = (
    ("CN", 2018, "2024-01-31", "100", "SEEN"), ("CN", 2023, "2024-01-31", "110", "SEEN"),
)  # fmt: skip


def factors(*roots: Path, known_on: date = LATE, currency: str = "CNY") -> Factors:
    found, issues = load_factors(roots, known_on=known_on, currency=currency)
    assert errors(issues) == []
    return found


def ask(found: Factors, year: int, sector: str = "C30") -> tuple[float, int]:
    answer = found.at(year).find(
        "revenue_intensity", {"sector": [sector], "region": ["CN"], "scope": ["1"]}
    )
    return float(answer.values[0]), int(answer.flags[0])


def test_prices_rose_so_the_value_falls(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE)
    index(tmp_path, *SERIES)
    assert ask(factors(tmp_path), 2023) == (float(Fraction(200, 110)), 0)
    assert ask(factors(tmp_path), 2023, "C3011") == (float(Fraction(200, 110)), PARENT)


def test_the_year_of_the_prices_needs_no_index(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE)
    assert ask(factors(tmp_path), 2018) == (2.0, 0)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        SERIES[:1],  # the period is missing
        SERIES[1:],  # the price year is missing
        (SERIES[0], ("CN", 2022, "2024-01-31", "108", "SEEN")),  # a neighbour never stands in
        (SERIES[0], ("500000", 2023, "2024-01-31", "110", "SEEN")),  # two places, two series
        (SERIES[0], ("CN", 2023, "2024-01-31", "0", "SEEN")),
        (SERIES[0], ("CN", 2023, "2027-01-31", "110", "SEEN")),  # not known yet
        (SERIES[0], ("CN", 2023, "2024-01-31", "110", "RECALLED")),  # not allowed
    ],
)
def test_without_an_index_for_both_years_the_value_stays_and_is_flagged(
    tmp_path: Path, rows: tuple[Any, ...]
) -> None:
    intensity(tmp_path, VALUE)
    index(tmp_path, *rows)
    assert ask(factors(tmp_path), 2023) == (2.0, STALE)


def test_two_series_of_different_bases_are_never_mixed(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE)
    index(tmp_path, SERIES[0], id="old-base")
    index(tmp_path, ("CN", 2023, "2024-01-31", "101", "SEEN"), id="new-base")
    assert ask(factors(tmp_path), 2023) == (2.0, STALE)
    index(tmp_path, *SERIES, id="whole", priority="2")
    assert ask(factors(tmp_path), 2023) == (float(Fraction(200, 110)), 0)


def test_the_index_nearest_to_the_sector_goes_first(tmp_path: Path) -> None:
    from own_factors import INDEX, folder

    intensity(tmp_path, VALUE)
    index(tmp_path, *SERIES)
    own = INDEX | {"id": "by-sector", "keys": ["sector", "region"]}
    folder(tmp_path, own, ("sector", "region", "year", "published", "value", "confidence"),
           ("C30", "CN", 2018, "2024-01-31", "80", "SEEN"),
           ("C30", "CN", 2023, "2024-01-31", "100", "SEEN"))  # fmt: skip
    assert ask(factors(tmp_path), 2023) == (1.6, 0)  # 2.0 x 80 / 100


def test_an_index_of_other_money_does_not_answer(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE)
    index(tmp_path, *SERIES, currency="USD")
    found, issues = load_factors([tmp_path], known_on=LATE)
    assert [i.code for i in issues] == ["factor_currency_other"]
    assert ask(found, 2023) == (2.0, STALE)


def test_the_head_may_say_the_year_of_the_prices(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE, price_year="2023")
    index(tmp_path, *SERIES)
    assert ask(factors(tmp_path), 2023) == (2.0, 0)  # data of 2018 at prices of 2023
    assert ask(factors(tmp_path), 2018) == (2.2, 0)  # 2.0 x 110 / 100


def test_a_value_too_old_stays_flagged_though_its_prices_are_brought_up(tmp_path: Path) -> None:
    intensity(tmp_path, VALUE, stale_after_years="3")
    index(tmp_path, *SERIES)
    assert ask(factors(tmp_path), 2023) == (float(Fraction(200, 110)), STALE)


def test_what_is_not_per_unit_of_money_has_no_price_year(tmp_path: Path) -> None:
    from own_factors import folder

    head = {
        "id": "own-fuel", "title": "fuel", "factor": "energy_factor", "unit": "tCO2/t",
        "keys": ["activity", "dimension"], "gases": "CO2", "stale_after_years": "never",
        "price_year": "2023",
        "source": {"id": "B", "publisher": "B", "document": "D", "licence": "x"},
    }  # fmt: skip
    folder(tmp_path, head, ("activity", "year", "published", "value", "confidence"),
           ("diesel", 2018, "2020-01-01", "3.1", "SEEN"))  # fmt: skip
    _, issues = load_factors([tmp_path], known_on=LATE)
    assert [(i.code, i.place.row) for i in issues] == [("factor_price_year", 10)]


def bank(folder: Path) -> Path:
    """A loan of a tenth of a company's equity and debt, with a revenue of 1,000 万元 in 2023."""
    company = {"counterparty_id": "C1", "sector": "C30", "revenue": 1000, "total_equity": 400,
               "total_debt": 600, "emissions_scope2_tco2e": 0}  # fmt: skip
    loan = {"loan_id": "L1", "counterparty_id": "C1", "outstanding_amount": 100,
            "average_balance": 100}  # fmt: skip
    config = {"period": "2023", "known_on": "2026-01-01", "factors": ["own"]}
    return write_folder(folder, config, loans=[loan], counterparties=[company])


def test_explain_and_the_run_state_both_values_and_both_indices(tmp_path: Path) -> None:
    """1,000 万元 x 2.0 x 100 / 110 = 1,818.1818... t; a tenth of it is 181,818,181.8 g."""
    bank(tmp_path)
    intensity(tmp_path / "own", VALUE)
    index(tmp_path / "own", *SERIES)
    assert run("run", tmp_path, "--no-reports").exit_code == 0
    (sealed,) = (tmp_path / "runs").glob("2023-*")
    summary = json.loads((sealed / "summary.json").read_bytes())
    assert {led["standard"]: led["emissions_g"]["scope1"] for led in summary["ledgers"]} == {
        "pboc-2021": "181818182", "pcaf-2025": "181818182",
    }  # fmt: skip
    told = {lang: run("explain", sealed, "L1", "--lang", lang).stdout for lang in ("zh", "en")}
    assert "[own set own-intensity]" in told["en"]
    assert ("price level: 2.0 tCO2e per CNY 10,000 (prices of 2018) x index 100 (2018) / 110 "
            "(2023) = 1.8181818182 tCO2e per CNY 10,000") in told["en"]  # fmt: skip
    assert "（2018 年价格）× 指数 100（2018）/ 110（2023）= 1.8181818182 tCO2e/万元" in told["zh"]
    assert "自有因子集 own-intensity" in told["zh"]
    used = csv.DictReader(io.StringIO((sealed / "factors.csv").read_text("utf-8-sig")))
    assert [(u["value"], u["value_at_prices_of_period"], u["price_index"]) for u in used
            if u["set"] == "own-intensity"] == [
        ("2.0", "1.8181818182", "own-index: 100 (2018) / 110 (2023)")
    ]  # fmt: skip
    assert "factor_stale" not in run("entries", sealed, "--standard", "pcaf-2025").stdout


def test_without_an_index_the_entry_is_flagged(tmp_path: Path) -> None:
    bank(tmp_path)
    intensity(tmp_path / "own", VALUE)
    assert run("run", tmp_path, "--no-reports").exit_code == 0
    (sealed,) = (tmp_path / "runs").glob("2023-*")
    written = run("entries", sealed, "--standard", "pcaf-2025").stdout.removeprefix("\ufeff")
    entry = next(csv.DictReader(io.StringIO(written)))
    assert "factor_stale" in entry["flags"]
    assert entry["financed_emissions_scope1_g"] == "200000000"  # 1,000 x 2.0 x 0.1 t

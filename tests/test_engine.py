"""The engine, one rule a test: estimates in order, shares, reasons, flags, rounding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import (
    account,
    make_activities,
    make_entities,
    make_factors,
    make_positions,
    posted,
    write_factors,
    write_folder,
)

from carbonledger.config import load_config
from carbonledger.engine import SEVERAL
from carbonledger.factors import CAVEAT, PARENT, STALE, UNSURE
from carbonledger.ledger import Ledger, Total, merged
from carbonledger.method import Batch, Flag
from carbonledger.outcomes import REASONS, REFUSED
from carbonledger.scale import local
from carbonledger.scale.period import prepare
from carbonledger.standards import standards

NO_EMISSIONS = {"emissions_scope1_tco2e": None, "emissions_scope2_tco2e": None}
T = 1_000_000


def test_a_valid_loan() -> None:
    done = account()  # 25 / (40 + 60) = 0.25; x 1,000 = 250; x 200 = 50
    assert done.shares == [0.25]
    assert done.whole.scope1 == 250 * T
    assert done.whole.scope2 == 50 * T
    assert done.whole.scope12 == 300 * T
    assert done.flags == [Flag(0)]
    assert done.scores == [2]


def test_the_same_loan_under_the_pboc_guide_and_waci() -> None:
    # 25 / 500 = 0.05; x 1,200 = 60 under both: average balance or outstanding over revenue
    assert account("pboc-2021").grams12 == [60 * T]
    assert account("waci").grams12 == [60 * T]


# What a company emits: options in order


ALL_OPTIONS = make_factors(
    energy_factor={"activity=diesel scope=1": "2 tCO2/t", "activity=electricity scope=2": "1"},
    production_factor={"activity=cement scope=1": "4 tCO2e/t", "activity=cement scope=2": "1"},
    revenue_intensity={"scope=1": "0.5", "scope=2": "0.25"},
)
DIESEL = {"activity": ["diesel", "electricity"], "quantity": ["10", "10"], "unit": ["t", "MJ"]}


@pytest.mark.parametrize(("verified", "option", "score"),
                         [(True, "reported_verified", 1), (False, "reported", 2),
                          (None, "reported", 2)])  # fmt: skip
def test_verified_goes_before_reported(verified: bool | None, option: str, score: int) -> None:
    done = account(emissions_verified=verified)
    assert (done.options(1), done.scores) == ([option], [score])


def test_reported_goes_before_energy() -> None:
    done = account(activities=make_activities(**DIESEL), factors=ALL_OPTIONS)
    assert done.options(1) == ["reported"]


def test_energy_goes_before_revenue() -> None:
    done = account(**NO_EMISSIONS, activities=make_activities(**DIESEL), factors=ALL_OPTIONS)
    assert done.options(1) == done.options(2) == ["energy"]
    assert done.entries.grams[0, 0] == 5 * T  # 10 t x 2 x 0.25
    assert done.scores == [2]


def test_production_goes_before_revenue() -> None:
    cement = make_activities("production", activity="cement", quantity="10", unit="t")
    done = account(**NO_EMISSIONS, activities=cement, factors=ALL_OPTIONS)
    assert done.options(1) == ["production"]
    assert done.entries.grams[0, 0] == 10 * T  # 10 t x 4 x 0.25
    assert done.scores == [3]


def test_options_are_chosen_scope_by_scope_and_the_worse_scores() -> None:
    done = account(emissions_scope2_tco2e=None, factors=ALL_OPTIONS)
    assert (done.options(1), done.options(2)) == (["reported"], ["revenue"])
    assert done.scores == [4]


def test_scopes_reported_apart_go_before_their_sum() -> None:
    done = account(emissions_scope12_tco2e="9000")
    assert done.grams12 == [300 * T]
    assert not done.flags[0] & Flag.SCOPES_COMBINED


def test_a_reported_sum_goes_before_a_part_that_is_estimated() -> None:
    done = account(emissions_scope2_tco2e=None, emissions_scope12_tco2e="1100",
                   factors=ALL_OPTIONS)  # fmt: skip
    assert done.grams12 == [275 * T]  # 1,100 x 0.25
    assert done.whole.scope1 == done.whole.scope2 == 0
    assert done.flags == [Flag.SCOPES_COMBINED]
    assert done.ledger.by["flag"]["scopes_combined"].scope12 == 275 * T


def test_energy_without_one_of_its_factors_answers_nothing() -> None:
    some = make_activities(**DIESEL, unanswered=[False, True])
    done = account(**NO_EMISSIONS, revenue=None, activities=some, factors=ALL_OPTIONS)
    assert done.reasons == ["no_factor"]


def test_rows_of_energy_are_summed_whole() -> None:
    # 0.5 g three times, each rounded half to even to 0 before they are summed
    rows = make_activities(activity=["diesel"] * 3 + ["electricity"], quantity=["1"] * 4,
                           unit=["t"] * 3 + ["MJ"])  # fmt: skip
    factors = make_factors(energy_factor={"activity=diesel scope=1": "0.5",
                                          "activity=electricity scope=2": "8"})  # fmt: skip
    done = account(**NO_EMISSIONS, outstanding_amount="100", activities=rows, factors=factors)
    assert done.entries.grams[:2, 0].tolist() == [0, 8]
    assert done.entries.factor[:2, 0].tolist() == [SEVERAL, 1]


def test_energy_of_several_companies_stays_apart() -> None:
    rows = make_activities(entity=[1, 0, 1, 0], activity=["diesel", "diesel", "electricity",
                           "electricity"], quantity=["10", "20", "1", "2"],
                           unit=["t", "t", "MJ", "MJ"])  # fmt: skip
    done = account(emissions_scope1_tco2e=[None, None], emissions_scope2_tco2e=None,
                   outstanding_amount="100", activities=rows, factors=ALL_OPTIONS)  # fmt: skip
    assert done.entries.grams[0].tolist() == [40 * T, 20 * T]
    assert done.entries.grams[1].tolist() == [2, 1]


def test_scope_3_is_covered_on_its_own() -> None:
    done = account(emissions_scope3_tco2e=["400", "400", None],
                   emissions_scope1_tco2e=["1000", None, "1000"], revenue=None)  # fmt: skip
    assert done.reasons == ["", "one_scope_only", ""]
    assert done.entries.grams[2].tolist() == [100 * T, 100 * T, 0]
    assert done.whole.rows_scope3 == 2
    assert done.whole.coverage == done.whole.coverage3
    assert done.whole.score3 == 2


@pytest.mark.parametrize("standard", ["pboc-2021", "waci"])
def test_a_standard_without_scope_3_and_scores_has_none(standard: str) -> None:
    done = account(standard, emissions_scope3_tco2e="400")
    assert done.whole.scope3 == done.whole.rows_scope3 == 0
    assert done.whole.score is None
    assert done.ledger.by["score"] == {}
    assert done.options(3) == [""]


def test_position_options_need_no_share() -> None:
    factors = make_factors(asset_intensity={"scope=1": "0.002", "scope=2": "0.001",
                                            "scope=3": "0.01"})  # fmt: skip
    done = account(**NO_EMISSIONS, total_equity=None, total_debt=None, total_assets=None,
                   revenue=None, outstanding_amount="1000", factors=factors)  # fmt: skip
    assert done.grams12 == [300]  # 100,000 fen x (0.002 + 0.001)
    assert done.entries.grams[2].tolist() == [1000]
    assert done.options(1) == ["3b"]
    assert done.scores == [5]
    assert np.isnan(done.shares[0])


def test_a_reported_sum_is_not_added_to_by_position_options() -> None:
    factors = make_factors(asset_intensity={"scope=1": "0.002", "scope=2": "0.001"})
    done = account(**NO_EMISSIONS, emissions_scope12_tco2e="100", factors=factors)
    assert done.grams12 == [25 * T]
    assert done.options(2) == ["reported"]


def test_a_refused_share_is_not_replaced_by_a_position_option() -> None:
    factors = make_factors(asset_intensity={"scope=1": "0.002", "scope=2": "0.001"})
    done = account(outstanding_amount="105", above_one="refuse", factors=factors)
    assert done.reasons == ["attribution_above_one"]


# The share


def test_the_first_share_whose_columns_are_there() -> None:
    done = account(
        listed=[True, True, False, None, None], evic=["50", None, "50", "50", None],
        total_debt=["60", "60", "60", "60", None],
    )  # fmt: skip
    # 25/50 of EVIC; no EVIC: 25/125 of assets; not listed: 25/100; unknown: 25/100; 25/125
    assert done.shares == [0.5, 0.2, 0.25, 0.25, 0.2]
    fallback = [bool(f & Flag.BALANCE_SHEET_FALLBACK) for f in done.flags]
    assert fallback == [False, True, False, False, True]


@pytest.mark.parametrize("evic", ["0", "-1"])
def test_a_denominator_of_nothing_is_not_replaced_by_another(evic: str) -> None:
    done = account(asset_class="listed_equity", evic=evic)
    assert done.reasons == ["denominator_not_positive"]
    assert done.whole.computed == 0


def test_nothing_outstanding_is_computed_as_nothing() -> None:
    done = account(outstanding_amount="0")
    assert (done.grams12, done.reasons, done.shares) == ([0], [""], [0.0])


def test_nothing_over_nothing_is_no_share() -> None:
    done = account(outstanding_amount="0", total_equity="-5", total_debt="0")
    assert done.reasons == ["denominator_not_positive"]


def test_grams_are_rounded_once_half_to_even() -> None:
    done = account(outstanding_amount="50", emissions_scope1_tco2e=[1, 3, 5, 7],
                   emissions_scope2_tco2e=0)  # fmt: skip
    assert done.grams12 == [0, 2, 2, 4]  # 0.5, 1.5, 2.5, 3.5


def test_scopes_are_rounded_apart_so_that_tables_foot() -> None:
    done = account(outstanding_amount="50", emissions_scope1_tco2e=3, emissions_scope2_tco2e=3)
    assert done.entries.grams[:2, 0].tolist() == [2, 2]
    assert done.grams12 == [4]


# Why a position is not covered


@pytest.mark.parametrize(
    ("reason", "standard", "columns"),
    [
        ("no_asset_class", "pcaf-2025", {"asset_class": None}),
        ("class_not_in_standard", "pboc-2021", {"asset_class": "mortgage"}),
        ("class_not_in_standard", "waci", {"asset_class": "project_finance"}),
        ("no_match", "pcaf-2025", {"matched": False, "total_equity": None, "total_assets": None}),
        ("under_construction", "pcaf-2025", {"under_construction": True}),
        ("under_construction", "pboc-2021", {"asset_class": "project_finance",
                                             "under_construction": True}),
        ("no_average_balance", "pboc-2021", {"average_balance": None}),
        ("no_fx_rate", "pcaf-2025", {"outstanding_amount": None}),
        ("no_fx_rate", "pboc-2021", {"outstanding_amount": None, "average_balance": None}),
        ("no_denominator", "pcaf-2025", {"total_debt": None, "total_assets": None}),
        ("no_denominator", "pboc-2021", {"revenue": None}),
        ("denominator_not_positive", "pboc-2021", {"revenue": "0"}),
        ("denominator_not_positive", "pboc-2021", {"revenue": "-1"}),
        ("no_emissions", "pcaf-2025", {**NO_EMISSIONS, "revenue": None}),
        ("no_factor", "pcaf-2025", NO_EMISSIONS),
        ("one_scope_only", "pcaf-2025", {"emissions_scope2_tco2e": None, "revenue": None}),
    ],
)  # fmt: skip
def test_reasons(reason: str, standard: str, columns: dict[str, object]) -> None:
    done = account(standard, **columns)
    assert done.reasons == [reason]
    unpriced = int(reason == "no_fx_rate")  # nobody knows the money of a row without a rate
    assert done.whole == Total(rows_not_covered=1, not_covered=done.whole.not_covered,
                               rows_unpriced=unpriced)  # fmt: skip
    assert done.ledger.by["reason"][reason].rows_not_covered == 1
    assert done.options(1) == [""]


def test_a_position_without_its_entity() -> None:
    done = account(positions=make_positions(entity=[-1, 0]), entities=make_entities())
    assert done.reasons == ["no_match", ""]


def test_no_entities_at_all() -> None:
    done = account(positions=make_positions(entity=[-1, -1]), entities=make_entities(matched=[]))
    assert done.reasons == ["no_match", "no_match"]
    assert done.whole.not_covered == 5000


def test_an_empty_batch() -> None:
    nothing = make_positions(outstanding_amount=[])
    done = account(positions=nothing, entities=make_entities())
    assert done.whole == Total()
    assert done.whole.coverage is done.whole.intensity is done.whole.score is None


def test_a_book_of_nothing_covered_has_no_intensity() -> None:
    whole = account(**NO_EMISSIONS).whole
    assert (whole.coverage, whole.intensity, whole.score) == (0, None, None)


@pytest.mark.parametrize("reason", REASONS[REASONS.index("small_balance") : REFUSED])
def test_an_excluded_position_leaves_nothing_but_its_amount(reason: str) -> None:
    done = account(outstanding_amount=["25", "25"], emissions_scope3_tco2e="400",
                   excluded=[reason, ""])  # fmt: skip
    assert done.reasons == [reason, ""]
    assert done.whole.excluded == done.whole.computed == 2500
    assert done.whole.coverage == 1
    assert done.whole.rows_scope3 == 1
    assert done.ledger.by["reason"][reason] == Total(rows_excluded=1, excluded=2500)
    assert np.isnan(done.shares[0])


def test_a_refused_position_stays_in_the_book_and_counts_against_coverage() -> None:
    done = account(outstanding_amount=["25", "25"], emissions_scope3_tco2e="400",
                   excluded=["refused", ""])  # fmt: skip
    assert done.whole.refused == done.whole.computed == 2500
    assert (done.whole.book, done.whole.rows) == (5000, 2)
    assert done.whole.coverage == Fraction(1, 2)
    assert done.ledger.by["reason"]["refused"] == Total(rows_refused=1, refused=2500)
    assert np.isnan(done.shares[0])


def test_excluded_goes_before_not_covered() -> None:
    done = account(**NO_EMISSIONS, excluded=["overseas"])
    assert done.reasons == ["overseas"]
    assert done.whole.coverage is None


# A share above 1


def test_above_one_is_flagged() -> None:
    done = account(outstanding_amount=["100", "105"])
    assert done.shares == [1.0, 1.05]
    assert done.flags == [Flag(0), Flag.ATTRIBUTION_ABOVE_ONE]


def test_above_one_is_capped() -> None:
    done = account(outstanding_amount=["100", "105"], above_one="cap")
    assert done.grams12 == [1200 * T, 1200 * T]
    assert done.flags[0] == Flag(0)
    assert Flag.ATTRIBUTION_CAPPED in done.flags[1]
    assert done.whole.balance == 20_500


def test_above_one_is_refused() -> None:
    done = account(outstanding_amount=["100", "105"], above_one="refuse")
    assert done.reasons == ["", "attribution_above_one"]
    assert done.whole.not_covered == 10_500


# Flags that come with what an entry uses


@pytest.mark.parametrize(("bit", "flag"), [(PARENT, Flag.FACTOR_PARENT), (STALE, Flag.FACTOR_STALE),
                         (UNSURE, Flag.FACTOR_UNSURE), (CAVEAT, Flag.FACTOR_CAVEAT)])  # fmt: skip
def test_what_is_odd_about_a_factor_stays_with_the_entry(bit: int, flag: Flag) -> None:
    factors = make_factors(flags=bit, revenue_intensity={"scope=1": "0.5", "scope=2": "0.25"})
    done = account(**NO_EMISSIONS, factors=factors)
    assert done.flags == [flag]
    assert account(factors=factors).flags == [Flag(0)]


def test_flags_of_columns_come_only_with_the_column() -> None:
    entities = make_entities(revenue=["500", "500"], emissions_scope1_tco2e=["1000", None])
    bits = np.array([Flag.FINANCIALS_OTHER_YEAR] * 2, np.uint32)
    entities = Batch(2, entities.columns, entities.keys, flags={"revenue": bits})
    positions = make_positions(entity=[0, 1])
    done = account(positions=positions, entities=entities,
                   factors=make_factors(revenue_intensity={"scope=1": "0.5"}))  # fmt: skip
    assert done.flags == [Flag(0), Flag.FINANCIALS_OTHER_YEAR]


# Several standards, several batches


def test_editions_of_pcaf_agree_on_the_classes_they_share() -> None:
    one, two = account("pcaf-2022"), account("pcaf-2025")
    assert one.whole == two.whole
    assert one.ledger.standard != two.ledger.standard


def test_merged_ledgers_are_the_ledger_of_all() -> None:
    parts = [account(outstanding_amount=str(n), branch=str(n % 2)) for n in range(1, 6)]
    whole = posted("pcaf-2025", *[(p.entries, p.positions) for p in parts])
    assert merged([p.ledger for p in parts]) == whole
    assert isinstance(whole, Ledger)
    assert set(whole.by["branch"]) == {"0", "1"}


def test_every_standard_has_the_pages_it_says() -> None:
    assert set(standards()) >= {"pboc-2021", "pcaf-2022", "pcaf-2025", "waci"}
    assert {c for p in standards()["pcaf-2025"].pages for c in p.takes} >= {
        "business_loan", "unlisted_equity", "listed_equity", "corporate_bond", "project_finance"
    }  # fmt: skip


# What came wrong through files once


def through_files(tmp_path: Path, config: dict[str, object], factors: list[dict[str, str]],
                  **books: list[dict[str, object]]) -> list[dict[str, object]]:  # fmt: skip
    write_factors(tmp_path / "factors", factors)
    folder = write_folder(tmp_path, {**config, "factors": "factors"}, **books)
    loaded, issues = load_config(folder)
    assert loaded is not None, issues
    local.account(prepare(loaded, folder, 2025), tmp_path)
    rows: list[dict[str, object]] = pq.read_table(tmp_path / "pcaf-2025.parquet").to_pylist()
    return rows


LOAN = {"loan_id": "L1", "counterparty_id": "A", "asset_class": "business_loan",
        "outstanding_amount": 100}  # fmt: skip
COMPANY = {"counterparty_id": "A", "sector": "C3011", "region": "CN", "total_equity": 40,
           "total_debt": 60}  # fmt: skip


def output(activity: str, quantity: int, unit: str = "t") -> dict[str, object]:
    return {"counterparty_id": "A", "activity": activity, "quantity": quantity, "unit": unit,
            "year": 2025}  # fmt: skip


CEMENT = [
    {"factor": "production_factor", "activity": "cement", "scope": scope, "value": "1",
     "unit": "tCO2e/t"}
    for scope in ("1", "2")
]  # fmt: skip


def test_output_that_no_factor_knows_is_not_left_out_of_a_sum(tmp_path: Path) -> None:
    rows = through_files(tmp_path, {}, CEMENT, loans=[LOAN], counterparties=[COMPANY],
                         activities=[output("cement", 10), output("crude_steel", 10)])  # fmt: skip
    assert rows[0]["status"] == "not_covered"
    assert rows[0]["reason"] == "no_factor"


def test_energy_that_does_not_count_leaves_production_alone(tmp_path: Path) -> None:
    rows = through_files(tmp_path, {}, CEMENT, loans=[LOAN], counterparties=[COMPANY],
                         activities=[output("cement", 10), output("electricity", 3)])  # fmt: skip
    assert rows[0]["option_scope1"] == "production"
    assert rows[0]["financed_emissions_scope1_g"] == 10 * T


COMBINED = {"factor": "revenue_intensity", "scope": "12", "value": "3", "unit": "tCO2e/万元"}


def test_a_users_factor_for_both_scopes_goes_before_the_shipped_ones(tmp_path: Path) -> None:
    rows = through_files(tmp_path, {}, [{**COMBINED, "sector": "C3011"}], loans=[LOAN],
                         counterparties=[{**COMPANY, "revenue": 100}])  # fmt: skip
    assert rows[0]["financed_emissions_scope12_g"] == 300 * T
    assert rows[0]["financed_emissions_scope1_g"] is rows[0]["financed_emissions_scope2_g"] is None


def test_a_users_own_scopes_apart_go_before_a_users_sum(tmp_path: Path) -> None:
    apart = [{**COMBINED, "sector": "C3011", "scope": s, "value": "1"} for s in ("1", "2")]
    rows = through_files(tmp_path, {}, [{**COMBINED, "sector": "C3011"}, *apart], loans=[LOAN],
                         counterparties=[{**COMPANY, "revenue": 100}])  # fmt: skip
    assert rows[0]["financed_emissions_scope1_g"] == 100 * T
    assert rows[0]["financed_emissions_scope12_g"] == 200 * T


def test_a_users_sum_for_a_parent_leaves_the_nearer_shipped_values_alone(tmp_path: Path) -> None:
    loans, companies = [LOAN], [{**COMPANY, "revenue": 100}]
    shipped = through_files(tmp_path / "a", {}, [], loans=loans, counterparties=companies)
    rows = through_files(tmp_path / "b", {}, [{**COMBINED, "sector": "C"}], loans=loans,
                         counterparties=companies)  # fmt: skip
    assert rows[0]["financed_emissions_scope1_g"] == shipped[0]["financed_emissions_scope1_g"]
    assert rows[0]["financed_emissions_scope1_g"] is not None


@pytest.mark.parametrize("activity", ["cement", "electricity"])
def test_a_sum_for_both_scopes_lacks_no_activity(tmp_path: Path, activity: str) -> None:
    kind = {"cement": "production_factor", "electricity": "energy_factor"}[activity]
    unit, other = {"cement": ("t", "crude_steel"), "electricity": ("MWh", "raw_coal")}[activity]
    factor = {"factor": kind, "activity": activity, "scope": "12", "value": "1",
              "unit": f"tCO2e/{unit}"}  # fmt: skip
    rows = through_files(tmp_path, {"complete_activities": "true"}, [factor], loans=[LOAN],
                         counterparties=[COMPANY],
                         activities=[output(activity, 10, unit), output(other, 10)])  # fmt: skip
    assert rows[0]["reason"] == "no_factor"
    assert rows[0]["financed_emissions_scope12_g"] is None


def test_position_options_take_a_factor_for_both_scopes() -> None:
    factors = make_factors(asset_intensity={"scope=12": "0.002"})
    done = account(**NO_EMISSIONS, revenue=None, outstanding_amount="1000", factors=factors)
    assert done.grams12 == [200]
    assert done.whole.scope1 == done.whole.scope2 == 0
    assert done.scores == [5]
    assert done.flags == [Flag.SCOPES_COMBINED]
    assert done.options(1) == done.options(2) == ["3b"]


def test_position_options_apart_go_before_their_sum() -> None:
    factors = make_factors(asset_intensity={"scope=1": "0.5", "scope=2": "0.25", "scope=12": "9"})
    done = account(**NO_EMISSIONS, revenue=None, outstanding_amount="1000", factors=factors)
    assert done.grams12 == [75_000]  # 1,000.00 x 100 fen x (0.5 + 0.25)


def test_no_position_option_answers_for_an_amount_that_is_not_known() -> None:
    factors = make_factors(asset_intensity={"scope=3": "1"})
    done = account(asset_class="unlisted_equity", ownership_share="1/4", outstanding_amount=None,
                   emissions_scope3_tco2e="4", factors=factors)  # fmt: skip
    assert done.reasons == ["no_fx_rate"]
    assert done.whole.scope3 == done.whole.rows_scope3 == 0

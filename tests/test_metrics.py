"""Portfolio metrics beside the ledgers: TCFD, carbon-related assets, EVIC of another year.

Each vector names its source; where it gives a weight or a ratio only, the inputs chosen are said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import run, write_folder

from carbonledger.standards import standards

Rows = list[dict[str, object]]


def holding(id_: str, company: str, value: object, **more: object) -> dict[str, object]:
    return {"position_id": id_, "counterparty_id": company, "asset_class": "listed_equity",
            "outstanding_amount": value, **more}  # fmt: skip


def summary_of(folder: Path, *years: str) -> Any:
    result = run("run", folder, "--no-reports", "--json", *years)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def told(folder: Path, holdings: Rows, companies: Rows, **config: object) -> Any:
    """The summary of a folder in millions, with the unit 百万元 standing for USD m."""
    settings = {"standards": ["pcaf-2025"], "unit": "百万元", **config}
    return summary_of(write_folder(folder, settings, investments=holdings,
                                   counterparties=companies))  # fmt: skip


TCFD = [
    # R package Trading, documentation of its TCFD metrics (intl-tcfd-fp): investment, t, market cap
    (100, 1000, 20000), (200, 5000, 10000), (50, 6000, 30000),
]  # fmt: skip


def companies_of(table: list[tuple[int, int, int]], **more: object) -> Rows:
    return [{"counterparty_id": f"C{k}", "emissions_scope12_tco2e": t, "market_cap": cap, **more}
            for k, (_, t, cap) in enumerate(table)]  # fmt: skip


def holdings_of(table: list[tuple[int, int, int]]) -> Rows:
    return [holding(f"I{k}", f"C{k}", value) for k, (value, _, _) in enumerate(table)]


def test_total_carbon_and_footprint(tmp_path: Path) -> None:
    """intl-tcfd-fp: 100/20,000 x 1,000 + 200/10,000 x 5,000 + 50/30,000 x 6,000 = 5 + 100 + 10."""
    (found,) = told(tmp_path, holdings_of(TCFD), companies_of(TCFD))["tcfd"]["metrics"]
    assert (found["basis"], found["total_carbon_g"]) == ("market_cap", str(115 * 10**6))
    # 115 t / 350 m = 0.328571 t per m, which is 0.003286 t per 10,000.
    assert found["footprint"] == {"value": "0.003286", "per": "tCO2e/万元"}
    assert (found["coverage"], found["weights"]) == ("1.0000", "renormalised")
    assert found["carbon_intensity"]["value"] is None


def test_carbon_intensity_takes_owned_revenue_and_says_the_weight(tmp_path: Path) -> None:
    """Own numbers: 5 t over 100/20,000 x 400 = 2 m of revenue, 2.5 t per m; others have none."""
    companies = companies_of(TCFD)
    companies[0]["revenue"] = 400
    companies[2]["market_cap"] = ""
    (found,) = told(tmp_path, holdings_of(TCFD), companies)["tcfd"]["metrics"]
    assert found["carbon_intensity"]["value"] == "0.025000"
    assert (found["total_carbon_g"], found["value_covered"]) == (str(105 * 10**6), str(300 * 10**8))
    assert found["coverage"] == "0.8571"  # 300 / 350


@pytest.mark.parametrize("revenue", [0, -300])
def test_revenue_of_nothing_is_no_measure(tmp_path: Path, revenue: int) -> None:
    """Own numbers: as above; the second company's revenue of nothing or less leaves both sums."""
    companies = companies_of(TCFD)
    companies[0]["revenue"], companies[1]["revenue"] = 400, revenue
    (found,) = told(tmp_path, holdings_of(TCFD), companies)["tcfd"]["metrics"]
    assert found["carbon_intensity"]["value"] == "0.025000"


def test_each_basis_is_named_and_none_replaces_the_other(tmp_path: Path) -> None:
    """Own numbers: the first company has an EVIC of 40,000 as well, half its market-cap share."""
    companies = companies_of(TCFD)
    companies[0]["evic"] = 40000
    by = {m["basis"]: m for m in told(tmp_path, holdings_of(TCFD), companies)["tcfd"]["metrics"]}
    assert by["market_cap"]["total_carbon_g"] == str(115 * 10**6)
    assert by["evic"]["total_carbon_g"] == str(25 * 10**5)
    assert by["evic"]["coverage"] == "0.2857"  # 100 / 350


def test_the_options_are_those_of_the_weighted_average() -> None:
    known = standards()
    for name in ("tcfd-market-cap", "tcfd-evic"):
        assert known[name].pages[0].estimates == known["waci"].pages[0].estimates


def test_exposure_to_carbon_related_assets(tmp_path: Path) -> None:
    """intl-tcfd-exp: 130 of 650 is 0.2; sectors chosen: coal mining and gas, wind power, banks."""
    holdings = [
        holding("I1", "A", 100, sector="B0610"), holding("I2", "B", 30, sector="D451"),
        holding("I3", "C", 200, sector="D4415"), holding("I4", "D", 250, sector="J6621"),
        holding("I5", "E", 50, sector="D44"), holding("I6", "F", 20),
    ]  # fmt: skip
    companies: Rows = [{"counterparty_id": c} for c in "ABCDEF"]
    found = told(tmp_path, holdings, companies)["tcfd"]["exposure"]
    assert (found["share"], found["carbon_related"]) == ("0.2000", str(130 * 10**8))
    assert (found["partly"], found["sector_unknown"]) == (str(50 * 10**8), str(20 * 10**8))


# PCAF Part A, 2nd ed., section 5.1, worked adjustment example (3rd ed. Box 5.1-3; intl-adj-001):
# emissions, market cap of the base year, debt, weight, market cap now.
ADJUSTED = [(60_000, 800, 400, "0.4", 960), (100_000, 600, 400, "0.3", 720),
            (120_000, 400, 400, "0.2", 480), (120_000, 200, 400, "0.1", 240)]  # fmt: skip


def years(folder: Path) -> Path:
    """The example's fund of 1,000 in 2024, its base year, and in 2025; values read as CNY m."""
    holdings = [holding(f"I{k}", f"C{k}", float(w) * 1000) for k, (_, _, _, w, _) in
                enumerate(ADJUSTED)]  # fmt: skip
    for year, value in (("2024", 1), ("2025", 4)):
        companies = [
            {"counterparty_id": f"C{k}", "emissions_scope12_tco2e": r[0], "evic": r[value] + r[2],
             "evic_base_year": r[1] + r[2]}
            for k, r in enumerate(ADJUSTED)
        ]
        write_folder(folder / year, {"period": year}, counterparties=companies)
    config: dict[str, object] = {
        "period": "2024..2025", "standards": ["pcaf-2025"], "path": "cn-14fyp-15fyp",
        "base_year": {"year": "2024"},
        "books": {"investments": {"file": "investments.csv", "unit": "百万元"},
                  "counterparties": {"file": "{period}/counterparties.csv", "unit": "百万元"}},
    }  # fmt: skip
    return write_folder(folder, config, investments=holdings)


def test_both_years_stand_beside_each_other_adjusted_and_not(tmp_path: Path) -> None:
    base, now = summary_of(years(tmp_path))
    # Tonnes per 10,000 are a hundredth of those per million: 100, 90.4, 0.896, 89.6, 100.9.
    assert base["evic_adjustment"]["unadjusted"] == "1.000000"
    assert base["evic_adjustment"]["factor"] == "1.000000"
    found = {k: v for k, v in now["evic_adjustment"].items() if k != "per"}
    # 60,000 x 0.4 / 1,360 + 100,000 x 0.3 / 1,120 + 120,000 x 0.2 / 880 + 120,000 x 0.1 / 640
    # = 17.647059 + 26.785714 + 27.272727 + 18.75 = 90.4555
    # 0.4 x 1,200 / 1,360 + 0.3 x 1,000 / 1,120 + 0.2 x 800 / 880 + 0.1 x 600 / 640
    # = 0.352941 + 0.267857 + 0.181818 + 0.09375 = 0.896366
    assert found == {
        "factor": "0.896367", "coverage": "1.0000", "unadjusted": "0.904555",
        "adjusted": "1.009135", "base_unadjusted": "1.000000", "base_adjusted": "0.896367",
    }  # fmt: skip


@pytest.mark.parametrize(("lang", "names"), [
    ("zh", ("按总市值", "碳相关资产敞口", "企业价值变动的调整", "权重重新归一")),
    ("en", ("By market capitalisation", "Exposure to carbon-related assets",
            "Adjustment to changed enterprise values", "renormalised")),
])  # fmt: skip
def test_the_report_shows_them_and_the_run_replays(
    lang: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    companies = companies_of(TCFD, evic=50000, evic_base_year=40000, sector="D4411", revenue=7)
    folder = write_folder(tmp_path, {"standards": ["pcaf-2025"]}, investments=holdings_of(TCFD),
                          counterparties=companies)  # fmt: skip
    document = summary_of(folder)
    assert run("run", folder).exit_code == 0
    runs = sorted(p for p in (folder / "runs").glob("2025-*") if (p / "reports").is_dir())
    html = (runs[0] / "reports" / f"financed.{lang}.html").read_text("utf-8")
    for name in names:
        assert name in html
    again = run("verify", "--replay", document["run_dir"])
    assert again.exit_code == 0, again.output

"""What was known when: a past report repeats itself, a restatement is told before it is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder
from own_factors import COLUMNS, INTENSITY, index, intensity, lines_of, workbook

FIRST = ("C30", "CN", 1, 2023, "2024-06-30", "2.0", "SEEN")
LATER = ("C30", "CN", 1, 2023, "2025-06-30", "2.5", "SEEN")
NEXT_YEAR = ("C30", "CN", 1, 2024, "2025-09-30", "3.0", "SEEN")


def diff(*args: object) -> list[dict[str, Any]]:
    result = run("factors", "diff", *args, "--json")
    assert result.exit_code == 0, result.stderr
    changes: list[dict[str, Any]] = json.loads(result.stdout)["changes"]
    return changes


def between(root: Path, *args: object) -> list[tuple[Any, ...]]:
    """The user's changes between the ends of 2024 and 2025."""
    days = ("--from", "2024-12-31", "--to", "2025-12-31")
    found = diff(*days, "--factors", root, *args)
    return [
        (c["change"], c["year"], *((c[s] or {}).get("value_for_year") for s in ("old", "new")),
         c["change_pct"])
        for c in found if (c["new"] or c["old"])["set"].startswith("own")
    ]  # fmt: skip


def test_a_value_that_was_revised(tmp_path: Path) -> None:
    intensity(tmp_path, FIRST, LATER)
    assert between(tmp_path) == [("replaced", 2023, "2.0", "2.5", "+25.00")]
    assert between(tmp_path, "--period", "2023") == [("replaced", 2023, "2.0", "2.5", "+25.00")]
    assert between(tmp_path, "--period", "2022") == []


def test_a_later_year_replaces_what_a_period_took(tmp_path: Path) -> None:
    intensity(tmp_path, FIRST, NEXT_YEAR)
    assert between(tmp_path, "--period", "2023") == []
    assert between(tmp_path, "--period", "2025") == [("replaced", 2025, "2.0", "3.0", "+50.00")]


def test_a_closer_value_replaces_that_of_the_parent(tmp_path: Path) -> None:
    """The shipped C301 answered for C3011 with 5.38508460; 6 / 5.3850846 - 1 = +11.42 %."""
    intensity(tmp_path, ("C3011", "CN", 1, 2018, "2025-06-30", "6", "SEEN"))
    assert between(tmp_path) == [("replaced", 2018, "5.38508460", "6", "+11.42")]


def test_a_value_for_what_had_none(tmp_path: Path) -> None:
    own = {"factor": "asset_intensity"}
    intensity(tmp_path, ("C30", "CN", 1, 2023, "2025-06-30", "6", "SEEN"), **own)
    assert between(tmp_path) == [("new", 2023, None, "6", None)]


def test_a_new_price_index_shows_what_it_does_to_a_period(tmp_path: Path) -> None:
    """2.0 x 100 / 125 = 1.6, which is 20 % less."""
    intensity(tmp_path, FIRST)
    index(tmp_path, ("CN", 2023, "2025-01-31", "100", "SEEN"),
          ("CN", 2024, "2025-01-31", "125", "SEEN"))  # fmt: skip
    found = between(tmp_path, "--period", "2024")
    assert ("replaced", 2024, "2.0", "1.6000000000", "-20.00") in found


def test_the_shipped_power_factors_of_a_year() -> None:
    """Announcement 47 of 2025: Chongqing 0.5227 to 0.5581, (0.5581 / 0.5227 - 1) = +6.77 %."""
    found = diff("--from", "2025-03-31", "--to", "2026-03-31", "--period", "2024")
    (chongqing,) = (c for c in found if c["keys"].get("region") == "500000"
                    and c["keys"].get("activity") == "electricity" and c["old"])  # fmt: skip
    assert (chongqing["old"]["value"], chongqing["new"]["value"]) == ("0.5227", "0.5581")
    assert chongqing["change_pct"] == "+6.77"
    assert (chongqing["new"]["published"], chongqing["new"]["source"]) == (
        "2025-12-31", "CN_MEE_2025_47",
    )  # fmt: skip


@pytest.mark.parametrize(("lang", "word"), [("zh", "替换"), ("en", "replaced")])
def test_both_languages(lang: str, word: str) -> None:
    told = run("factors", "diff", "--from", "2025-03-31", "--to", "2026-03-31", "--lang", lang)
    assert f"\n{word}  " in told.stdout
    same = run("factors", "diff", "--from", "2026-03-31", "--to", "2026-03-31", "--lang", lang)
    assert (same.stdout, same.exit_code) == ("", 0)
    assert "2026-03-31" in same.stderr


def test_days_the_wrong_way_round() -> None:
    assert run("factors", "diff", "--from", "2026-01-01", "--to", "2025-01-01").exit_code == 2


def bank(folder: Path, known_on: str = "2024-12-31") -> Path:
    """Two loans to one maker of cement, of a tenth and a fifth of it; revenue 1,000 万元."""
    company = {"counterparty_id": "C1", "sector": "C30", "revenue": 1000, "total_equity": 400,
               "total_debt": 600, "emissions_scope2_tco2e": 0}  # fmt: skip
    loans = [{"loan_id": f"L{n}", "counterparty_id": "C1", "outstanding_amount": 100 * n,
              "average_balance": 100 * n} for n in (1, 2)]  # fmt: skip
    config = {"period": "2023", "known_on": known_on, "factors": ["own"],
              "standards": ["pcaf-2025"]}  # fmt: skip
    return write_folder(folder, config, loans=loans, counterparties=[company])


def sealed(folder: Path) -> Path:
    done = json.loads(run("run", folder, "--no-reports", "--json").stdout)
    return folder / "runs" / done["run_id"]


def figures(place: Path) -> tuple[object, object]:
    summary = json.loads((place / "summary.json").read_bytes())
    entries = pq.read_table(place / "entries" / "pcaf-2025.parquet")
    return summary["figures_id"], entries.column("financed_emissions_scope1_g").to_pylist()


def test_last_years_report_reproduces_itself_after_new_values_came_out(tmp_path: Path) -> None:
    """1,000 万元 x 2.0 t: 200 and 400 t; with the revision of 2025 250 and 500 t."""
    bank(tmp_path)
    intensity(tmp_path / "own", FIRST)
    before = sealed(tmp_path)
    intensity(tmp_path / "own", FIRST, LATER, NEXT_YEAR)
    intensity(tmp_path / "own", (*LATER[:5], "9", "SEEN"), id="own-other", priority="0")
    after = sealed(tmp_path)
    assert before != after, "other files are other inputs"
    assert figures(before) == figures(after)
    assert figures(after)[1] == [200_000_000, 400_000_000]
    assert run("explain", before, "L1").stdout == run("explain", after, "L1").stdout
    (tmp_path / "own" / "own-other.yaml").unlink()
    (tmp_path / "own" / "own-other.csv").unlink()
    bank(tmp_path, known_on="2025-12-31")
    assert figures(sealed(tmp_path))[1] == [250_000_000, 500_000_000]


def test_what_a_restatement_of_a_run_would_move(tmp_path: Path) -> None:
    bank(tmp_path)
    intensity(tmp_path / "own", FIRST)
    before = sealed(tmp_path)
    intensity(tmp_path / "own", FIRST, LATER, NEXT_YEAR)
    days = ("--from", "2024-12-31", "--to", "2025-12-31", "--run", before)
    (change,) = diff(*days)
    assert (change["standard"], change["scope"]) == ("pcaf-2025", "1")
    assert (change["old"]["value"], change["new"]["value"]) == ("2.0", "2.5")
    assert (change["entities"], change["positions"]) == (1, 2)
    assert (change["grams_old"], change["grams_new"]) == ("600000000", "750000000")
    told = run("factors", "diff", *days, "--lang", "zh").stdout.splitlines()
    assert told[1].split()[-3:] == ["600.000", "750.000", "150.000"]
    assert "+25.00" in told[1]
    same = run("factors", "diff", "--from", "2024-07-01", "--to", "2024-12-31", "--run", before)
    assert (same.stdout, same.exit_code) == ("", 0)
    assert before.name in same.stderr


def test_a_run_on_a_workbook_is_worked_again_from_its_own_folder(tmp_path: Path) -> None:
    bank(tmp_path)
    config = (tmp_path / "carbonledger.yaml").read_text("utf-8").replace("- own", "- own.xlsx")
    (tmp_path / "carbonledger.yaml").write_text(config, encoding="utf-8")
    book = workbook(tmp_path / "own.xlsx", own=lines_of(INTENSITY, COLUMNS, FIRST))
    first = sealed(tmp_path)
    assert figures(first)[1] == [200_000_000, 400_000_000]
    told = run("explain", first, "L1").stdout
    assert "[own set own-intensity]" in told
    workbook(book, own=lines_of(INTENSITY, COLUMNS, (*FIRST[:5], "4", "SEEN")))
    second = sealed(tmp_path)
    assert second != first, "the bytes of the workbook are an input"
    assert figures(second)[1] == [400_000_000, 800_000_000]
    book.unlink()
    assert run("explain", first, "L1").stdout == told
    assert run("verify", first, "--replay").exit_code == 0

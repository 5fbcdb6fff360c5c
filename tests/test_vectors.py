"""Worked examples of the standards, from a working folder to the figures.

A vector in ``vectors/*.yaml`` has an ``id``, its ``source`` (document, page or table), the
``arithmetic`` by hand, what is ``given`` and what to ``expect``. Given are the books as a bank
would write them: a row in braces, columns by name, the ``unit`` of their amounts, ``config`` lines
and a user's own ``factors``. Expected figures stand under ``total``, ``by`` (dimension, code) and
``entries`` (by loan or position id): tonnes as exact as written, to the gram; money in the unit of
the books; ratios rounded to the places written, or exact as ``3/4``; ``none`` where there is no
figure. ``intensity`` is tonnes per unit of the books.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import write_factors, write_folder

from carbonledger import strict_yaml, units
from carbonledger.books import BOOKS as BOOKS_OF
from carbonledger.config import load_config
from carbonledger.entries import flag_names
from carbonledger.issues import errors
from carbonledger.ledger import Ledger, Total
from carbonledger.scale.local import account
from carbonledger.scale.period import prepare
from carbonledger.standards import standards

BOOKS = tuple(BOOKS_OF)
MONEY = ("book", "computed", "not_covered", "excluded")
TONNES = ("scope1", "scope2", "scope12", "scope3")


def read_vectors() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "vectors").glob("*.yaml")):
        value, issues = strict_yaml.load(path.read_text(encoding="utf-8"), file=path.name)
        assert issues == []
        assert isinstance(value, list)
        yield from value


VECTORS = list(read_vectors())
ACCOUNTED = [v for v in VECTORS if "standard" in v["given"]]
PRINTED = [v for v in VECTORS if "print" in v["given"]]


def test_every_vector_has_its_source_and_arithmetic() -> None:
    ids = [vector["id"] for vector in VECTORS]
    assert len(set(ids)) == len(ids)
    assert len(ACCOUNTED) + len(PRINTED) == len(VECTORS)
    for vector in VECTORS:
        assert set(vector) == {"id", "source", "arithmetic", "given", "expect"}, vector["id"]
        assert all(vector.values()), vector["id"]


@dataclass(frozen=True)
class Outcome:
    """What came out of a working folder, by position, and the scale of its money."""

    ledger: Ledger
    entries: Mapping[str, Mapping[str, Any]]
    scale: int


def outcome(given: Mapping[str, Any], folder: Path) -> Outcome:
    standard = given["standard"]
    config = {**given.get("config", {}), "unit": given["unit"]}
    named = [s.id for s in standards().values() if standard in s.beside] or [standard]
    config["standards"] = named if standard != "waci" else ["pcaf-2025"]
    books = {name: given[name] for name in BOOKS if name in given}
    if "factors" in given:
        factors = [{**f, "value": decimal_text(f["value"])} for f in given["factors"]]
        write_factors(folder / "factors", factors)
        config["factors"] = "factors"
    loaded, issues = load_config(write_folder(folder, config, **books))
    assert loaded is not None, [issue.text("en") for issue in issues]
    ready = prepare(loaded, folder, 2025)
    accounted = account(ready, folder)
    assert not errors(ready.all_issues()), [i.text("en") for i in ready.all_issues()]
    rows: list[dict[str, Any]] = []
    if standard != "waci":
        rows = pq.read_table(folder / f"{standard}.parquet").to_pylist()
    by_id = {row["position_id"]: row for row in rows}
    return Outcome(accounted.ledgers[standard], by_id, units.money_scale(given["unit"]))


def decimal_text(value: str) -> str:
    with localcontext(prec=30):
        over, _, under = value.partition("/")
        return format(Decimal(over) / Decimal(under or 1), "f")


@pytest.mark.parametrize("vector", ACCOUNTED, ids=lambda v: v["id"])
def test_vector(vector: dict[str, Any], tmp_path: Path) -> None:
    expect, found = vector["expect"], outcome(vector["given"], tmp_path)
    assert expect.keys() <= {"total", "by", "entries"}
    for name, value in expect.get("total", {}).items():
        same(f"total {name}", value, of_total(found.ledger.whole, name), found.scale)
    for dimension, codes in expect.get("by", {}).items():
        for code, figures in codes.items():
            for name, value in figures.items():
                total = found.ledger.by[dimension][code]
                same(f"{dimension} {code} {name}", value, of_total(total, name), found.scale)
    for position, figures in expect.get("entries", {}).items():
        for name, value in figures.items():
            actual = of_entry(found.entries[position], name)
            same(f"{position} {name}", value, actual, found.scale)


def of_total(total: Total, name: str) -> object:
    return getattr(total, name)


def of_entry(entry: Mapping[str, Any], name: str) -> object:
    if name in TONNES:
        return entry[f"financed_emissions_{name}_g"]
    if name == "flags":
        return [flag for flag in flag_names(entry["flags"]).split(";") if flag]
    longer = {
        "score": "data_quality_score",
        "score3": "data_quality_score_scope3",
        "option1": "option_scope1",
        "option2": "option_scope2",
        "option3": "option_scope3",
    }
    return entry[longer.get(name, name)]


def same(what: str, expected: Any, actual: Any, scale: int) -> None:
    name = what.split()[-1]
    if expected == "none":
        assert actual is None, what
    elif name in TONNES:
        assert actual == units.grams(expected), f"{what}: {units.tonnes(actual, 6)}"
    elif name in MONEY:
        assert actual == units.minor(expected, scale), what
    elif name == "balance":
        assert plain(units.money(actual, scale, places(expected))) == expected, what
    elif name == "attribution_factor":
        assert actual == pytest.approx(float(Fraction(expected)), rel=1e-15), what
    elif name == "flags":
        assert sorted(actual) == sorted(expected), what
    elif isinstance(actual, str | int):
        assert str(actual) == expected, what
    else:
        ratio_is(what, expected, actual * scale / units.GRAMS if name == "intensity" else actual)


def ratio_is(what: str, expected: str, actual: Fraction) -> None:
    if "/" in expected:
        assert actual == Fraction(expected), what
    else:
        printed = units.ratio(*actual.as_integer_ratio(), places(expected))
        assert plain(printed) == expected, what


def places(text: str) -> int:
    return len(text.partition(".")[2])


def plain(printed: str) -> str:
    return printed.replace(",", "")


@pytest.mark.parametrize("vector", PRINTED, ids=lambda v: v["id"])
def test_printed(vector: dict[str, Any]) -> None:
    given = vector["given"]
    numbers = [Fraction(text).as_integer_ratio() for text in given["print"]]
    printed = [units.ratio(*number, int(given["places"])) for number in numbers]
    assert printed == vector["expect"]["printed"]

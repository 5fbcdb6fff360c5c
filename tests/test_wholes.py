"""What amounts are held against once an entity gives the shares that formulas give row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carbonledger.batch import with_nobody
from carbonledger.engine import Estimated, Estimates, wholes
from carbonledger.engine.estimates import NOBODY
from carbonledger.engine.wholes import whole_of
from carbonledger.method import Batch, Column, Share, Text, maximum, minimum, parameters
from carbonledger.standards import standards

SIZE = 500
AMOUNTS = frozenset({"outstanding_amount", "outstanding_amount_usd", "average_balance",
                     "facilitated_amount", "premium"})  # fmt: skip
SHARES = {
    f"{standard.id} {page.name} {share.name}": share
    for standard in standards().values() for page in standard.pages for share in page.shares
}  # fmt: skip
DIVIDES = {n: s for n, s in SHARES.items() if not n.endswith(
    ("of_ownership", "of_default_ratio", "of_share_invested", "of_equity_stake", "of_tranche",
     "of_unknown_value", "motor_vehicle_loans of_value_at_origination",
     "unlisted_equity of_equity_and_debt"),
)}  # fmt: skip
"""Those of a standard's own that are an amount over something of the entity and no more."""


def entities(names: Any) -> Estimated:
    r = np.random.default_rng(7)
    columns = {}
    for name in names:
        values = with_nobody(SIZE, np.int64)
        values[1:] = r.integers(-(10**13), 10**15, SIZE)
        values[r.integers(1, SIZE, 40)] = 0
        columns[name] = Column(values[1:], np.ones(SIZE, np.bool_))
    nothing = np.broadcast_to(np.float64(0), SIZE)
    estimates = Estimates((), (nothing,) * 4, np.zeros(SIZE, np.int16), NOBODY)
    return Estimated(Batch(SIZE, columns), estimates)


def of_one_rule(share: Share, own: frozenset[str] = AMOUNTS) -> Any:
    known = entities(n for n in parameters(share.formula) if n not in own | {*share.constants})
    of = np.ones(SIZE + 1, np.int16)
    of[0] = 0
    return known, whole_of(known, [share], np.array([-1, 0], np.int8), of, own)


@pytest.mark.parametrize("name", sorted(DIVIDES))
def test_an_amount_over_the_whole_is_the_share_to_the_bit(name: str) -> None:
    share = DIVIDES[name]
    known, whole = of_one_rule(share)
    assert whole is not None
    assert np.isnan(whole.of[0])
    r = np.random.default_rng(11)
    entity = r.integers(1, SIZE + 1, 4_000)
    amount = r.integers(-(10**12), 10**14, 4_000).astype(np.float64)
    values = {n: known.column(n).take(entity).astype(np.float64)
              for n in known.entities.columns}  # fmt: skip
    fixed = {n: v for n, v in share.constants.items() if n in parameters(share.formula)}
    with np.errstate(all="ignore"):
        row_by_row = share.formula(**{whole.amount: amount}, **values, **fixed)
        np.testing.assert_array_equal(amount / whole.of.take(entity), row_by_row)


def of_half(*, outstanding_amount: Any, evic: Any) -> Any:
    return outstanding_amount / evic / 2


def of_at_most_one(*, outstanding_amount: Any, evic: Any) -> Any:
    return minimum(outstanding_amount / evic, 1)


def of_what_is_owed(*, outstanding_amount: Any, evic: Any) -> Any:
    return maximum(outstanding_amount, 0) / evic


def of_some(*, outstanding_amount: Any, evic: Any) -> Any:
    return np.where(outstanding_amount == 0, 0, outstanding_amount / evic)


def of_rounded(*, outstanding_amount: Any, evic: Any) -> Any:
    return outstanding_amount.round() / evic


def of_two_amounts(*, outstanding_amount: Any, average_balance: Any) -> Any:
    return outstanding_amount / average_balance


def of_a_number(*, outstanding_amount: Any) -> Any:
    return outstanding_amount / 4


def of_parts(*, evic: Any, outstanding_amount: Any) -> Any:
    return evic / outstanding_amount


@pytest.mark.parametrize("formula", [of_half, of_at_most_one, of_what_is_owed, of_some, of_rounded,
                                     of_two_amounts, of_a_number, of_parts])  # fmt: skip
def test_a_formula_that_does_more_is_worked_out_row_by_row(formula: Any) -> None:
    assert of_one_rule(Share(formula, Text("", "")))[1] is None


def test_each_entity_is_held_against_what_its_own_rule_says() -> None:
    shares = [SHARES[f"pcaf-2025 business_loans {n}"]
              for n in ("of_evic", "of_equity_and_debt", "of_total_assets")]  # fmt: skip
    known = entities(["evic", "total_equity", "total_debt", "total_assets"])
    of = np.arange(SIZE + 1) % 5
    of[0] = 4
    rule = np.array([2, 0, 1, -1, -1], np.int8)
    whole = whole_of(known, shares, rule, of, AMOUNTS)
    assert whole is not None
    assert whole.amount == "outstanding_amount"
    column = {n: known.column(n).tolist() for n in known.entities.columns}
    for k, value in enumerate(whole.of.tolist()):
        equity = max(column["total_equity"][k], 0) + column["total_debt"][k]
        said = {0: column["total_assets"][k], 1: column["evic"][k], 2: equity}.get(int(of[k]))
        assert value == said if said is not None else np.isnan(value)


def test_rules_of_different_amounts_are_worked_out_row_by_row() -> None:
    shares = [SHARES["pcaf-2025 business_loans of_evic"],
              SHARES["pboc-2021 non_project of_revenue"]]  # fmt: skip
    known, of = entities(["evic", "revenue"]), np.arange(SIZE + 1) % 2
    assert whole_of(known, shares, np.array([0, 1], np.int8), of, AMOUNTS) is None


def test_of_millions_of_entities_nothing_more_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    share = SHARES["pcaf-2025 business_loans of_evic"]
    monkeypatch.setattr(wholes, "MOST", SIZE + 1)
    assert of_one_rule(share)[1] is not None
    monkeypatch.setattr(wholes, "MOST", SIZE)
    assert of_one_rule(share)[1] is None

"""The change of financed emissions split into causes, against hand arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from carbonledger.analysis import lmdi
from carbonledger.analysis.decomposition import Beside, Decomposition, decomposed
from carbonledger.analysis.lmdi import (
    BORROWER,
    COVERAGE,
    DATA_QUALITY,
    EFFECTS,
    ENTRIES,
    EXITS,
    OWN,
    Parts,
    Positions,
    largest_remainder,
)

# Two loans of 100 and 300 fen in two sectors, share 0.1 and 0.3, estimates 10,000 and 2,000 g:
# 1,000 g and 600 g.
FIRST: dict[str, Any] = {"balance": (100, 300), "share": (0.1, 0.3), "estimate": (10_000, 2_000)}


def beside(*rows: tuple[int, int, int]) -> Beside:
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return Beside(columns[:, 0].astype(np.int32), columns[:, 1], columns[:, 2])


def compared(
    *, balance: Any = None, share: Any = None, estimate: Any = None, sectors: Any = (0, 1),
    cause: int = OWN, factor: float = 1.0, price: float = 1.0, rate: float = 1.0,
    removed: Any = (), added: Any = (),
) -> Decomposition:  # fmt: skip
    balances = [np.array(b, np.int64) for b in (FIRST["balance"], balance or FIRST["balance"])]
    shares = [np.array(s, float) for s in (FIRST["share"], share or FIRST["share"])]
    estimates = [np.array(e, float) for e in (FIRST["estimate"], estimate or FIRST["estimate"])]
    grams = [np.rint(s * e).astype(np.int64) for s, e in zip(shares, estimates, strict=True)]
    ones, size = np.ones(2), 2
    positions = Positions(
        np.array(sectors, np.int32), *balances, *shares, np.full(size, lmdi.SHARE, np.int32),
        ones * rate, ones,
    )  # fmt: skip
    parts = Parts(
        np.arange(2), *grams, np.full(size, cause, np.int32), ones * factor, ones * price,
        np.zeros(2, np.bool_),
    )  # fmt: skip
    return decomposed(positions, parts, beside(*removed), beside(*added))


def at_work(found: Decomposition) -> dict[str, int]:
    assert sum(found.grams.values()) == found.after - found.before
    if found.intensity is not None:
        assert found.intensity_before is not None
        assert found.intensity_after is not None
        change = found.intensity_after - found.intensity_before
        assert sum(found.intensity.values()) == change
    return {name: change for name, change in found.grams.items() if change}


def ratios(found: Decomposition) -> set[str]:
    assert found.intensity is not None
    return {name for name, change in found.intensity.items() if change}


def test_nothing_changed() -> None:
    found = compared()
    assert at_work(found) == {}
    assert ratios(found) == set()
    assert (found.before, found.after) == (1_600, 1_600)


def test_growth_alone() -> None:
    # Twice the balance and, with the same denominators, twice the share: 1,600 more.
    found = compared(balance=(200, 600), share=(0.2, 0.6))
    assert at_work(found) == {"growth": 1_600}
    assert ratios(found) == set()


def test_sector_mix_alone() -> None:
    # 100 fen move from the second sector (2 g a fen) to the first (10 g a fen): 800 more.
    found = compared(balance=(200, 200), share=(0.2, 0.2))
    assert at_work(found) == {"sector_mix": 800}
    assert ratios(found) == {"sector_mix"}
    assert found.intensity == {e: Fraction(800 if e == "sector_mix" else 0, 400) for e in EFFECTS}


def test_borrower_mix_alone() -> None:
    found = compared(balance=(200, 200), share=(0.2, 0.2), sectors=(0, 0))
    assert at_work(found) == {"borrower_mix": 800}
    assert ratios(found) == {"borrower_mix"}


def test_own_intensity_alone() -> None:
    found = compared(estimate=(9_000, 2_000))
    assert at_work(found) == {"own": -100}
    assert ratios(found) == {"own"}


def test_share_alone() -> None:
    # The first borrower's equity and debt double: its share halves.
    assert at_work(compared(share=(0.05, 0.3))) == {"share": -500}


def test_data_quality_alone() -> None:
    found = compared(estimate=(9_000, 2_000), cause=DATA_QUALITY)
    assert at_work(found) == {"data_quality": -100}


def test_factor_alone() -> None:
    # Both estimates rest on a factor that was revised from 2.0 to 1.5.
    found = compared(estimate=(7_500, 1_500), factor=0.75)
    assert at_work(found) == {"factors": -400}


def test_exchange_rate_alone() -> None:
    # Both loans are in a currency that rose by a tenth; denominators are in the reporting one.
    found = compared(balance=(110, 330), share=(0.11, 0.33), rate=1.1)
    assert at_work(found) == {"exchange_rate": 160}
    assert ratios(found) == set()


def test_price_level_alone_counts_with_the_share() -> None:
    # An intensity brought to prices a tenth higher, over the same revenue.
    assert at_work(compared(estimate=(9_091, 1_818), price=1 / 1.1)) == {"share": -146}


def test_two_causes_by_hand() -> None:
    # One loan doubles, so its emissions double; its borrower halves its tonnes: 1,000 g stay.
    # L(1000, 1000) = 1000; growth of all 400 -> 500: ln 1.25; its sector 1/4 -> 2/5: ln 1.6.
    # The other, 600 g: growth ln 1.25 and sector 3/4 -> 3/5: ln 0.8, which cancel.
    found = compared(balance=(200, 300), share=(0.2, 0.3), estimate=(5_000, 2_000))
    exact = {
        "growth": 1_000 * math.log(1.25) + 600 * math.log(1.25),  # 357.03
        "sector_mix": 1_000 * math.log(1.6) + 600 * math.log(0.8),  # 336.12
        "own": 1_000 * math.log(0.5),  # -693.15
    }
    # Floors 357, 336 and -694 lack 1, which goes to the largest remainder, that of own: .85.
    assert at_work(found) == {"growth": 357, "sector_mix": 336, "own": -693}
    assert sum(exact.values()) == pytest.approx(0)


def test_entries_and_exits_stand_apart() -> None:
    found = compared(removed=[(EXITS, 50, 10)], added=[(ENTRIES, 70, 20), (COVERAGE, 5, 1)])
    assert at_work(found) == {"exits": -50, "entries": 70, "coverage": 5}
    # 1650 / 410 -> 1600 / 400 -> 1675 / 421
    assert found.intensity is not None
    assert found.intensity["exits"] == Fraction(1_600, 400) - Fraction(1_650, 410)
    assert found.intensity["entries"] + found.intensity["coverage"] == (
        Fraction(1_675, 421) - Fraction(1_600, 400))  # fmt: skip


def test_a_zero_and_what_becomes_of_it_stand_apart() -> None:
    assert at_work(compared(estimate=(0, 2_000))) == {"zero": -1_000}
    assert at_work(compared(balance=(0, 300), share=(0.0, 0.3))) == {"zero": -1_000}
    assert at_work(compared(balance=(-100, 300), share=(-0.1, 0.3))) == {"zero": -2_000}


def test_nothing_in_common() -> None:
    none = np.zeros(0)
    positions = Positions(none.astype(np.int32), none.astype(np.int64), none.astype(np.int64),
                          none, none, none.astype(np.int32), none, none)  # fmt: skip
    parts = Parts(none.astype(np.int64), none.astype(np.int64), none.astype(np.int64),
                  none.astype(np.int32), none, none, none.astype(np.bool_))  # fmt: skip
    found = decomposed(positions, parts, beside((EXITS, 8, 2)), beside((ENTRIES, 9, 3)))
    assert at_work(found) == {"exits": -8, "entries": 9}
    assert found.intensity is not None
    assert found.intensity["exits"] == -4
    alone = decomposed(positions, parts, beside(), beside((ENTRIES, 9, 3)))
    assert alone.intensity is None
    assert at_work(alone) == {"entries": 9}


def test_largest_remainder() -> None:
    # 1.4 + 1.4 + 0.2 = 3: floors 1, 1, 0 lack one, and of two equal remainders the first has it.
    found = largest_remainder({4: 1.4, 5: 1.4, BORROWER: 0.2, OWN: 0.0}, 3)
    assert found == {4: 2, 5: 1, BORROWER: 0}
    assert largest_remainder({OWN: -0.5, 8: -0.5}, -1) == {OWN: 0, 8: -1}
    assert largest_remainder({}, 0) == {}

"""Additive LMDI-I of the positions that two runs have in common: logarithms, weights, remainders.

The identity and its citation stand in ``decomposition``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.method import Array, Codes, Grams, Mask

EFFECTS = (
    "exits", "entries", "coverage", "zero", "growth", "sector_mix", "borrower_mix", "own",
    "share", "data_quality", "factors", "method", "exchange_rate",
)  # fmt: skip
(EXITS, ENTRIES, COVERAGE, ZERO, GROWTH, SECTOR, BORROWER, OWN,
 SHARE, DATA_QUALITY, FACTORS, METHOD, EXCHANGE) = range(len(EFFECTS))  # fmt: skip
NOISE = 1e-13
"""What float64 adds to a ratio at most, with room."""
CONVERTED = 1e-9
"""What rounding converted amounts to fen adds to a ratio at most, for amounts of 10 M and more."""


@dataclass(frozen=True)
class Positions:
    """Positions computed in both runs: balances, shares, and rates after over before."""

    sector: Codes
    before: Grams
    after: Grams
    share_before: Array
    share_after: Array
    share_cause: Codes
    """What a changed share per fen counts as; NaN is a share that the option does not use."""
    rate: Array
    entity_rate: Array


@dataclass(frozen=True)
class Parts:
    """Their grams of one scope, what moved the estimate, ratios after over before (1: the same)."""

    position: NDArray[np.int64]
    before: Grams
    after: Grams
    cause: Codes
    factor: Array
    price: Array
    monetary: Mask
    """Whether the estimate rests on amounts in the entity's currency."""


def largest_remainder(effects: Mapping[int, float], whole: int) -> dict[int, int]:
    """Whole numbers near the effects that sum to ``whole``; an effect of zero stays zero."""
    active = {e: v for e, v in effects.items() if v != 0.0}
    if not active:
        return {}
    found = {e: math.floor(v) for e, v in active.items()}
    left = whole - sum(found.values())
    order = sorted(active, key=lambda e: (found[e] - active[e], e))
    each, more = divmod(left, len(order))
    return {e: found[e] + each + (k < more) for k, e in enumerate(order)}


def logarithmic_mean(after: Array, before: Array) -> Array:
    """L(a, b) = (a - b) / ln(a / b), and a where both are equal."""
    same = after == before
    log = np.log(np.where(same, 1.0, after) / np.where(same, np.e, before))
    # Close to each other the quotient loses digits that the middle of both has.
    close = np.abs(after - before) <= 1e-8 * before
    return np.where(close, (after + before) / 2, (after - before) / np.where(close, 1.0, log))


def _log(after: Array, before: Array) -> Array:
    """ln(after / before), exactly zero where they are equal."""
    ratio = after / before
    return np.where(ratio == 1.0, 0.0, np.log(ratio))


def logs_of(positions: Positions, parts: Parts, good: Mask) -> tuple[dict[int, Array], float]:
    """ln of each factor of each part, by effect; and ln of what rates add to all balances."""
    constant = _at_earlier_rates(positions)
    growth, sector, borrower = _mix(positions, constant, good)
    at = parts.position
    with np.errstate(invalid="ignore", divide="ignore"):
        exchange = _log(positions.after.astype(np.float64), np.maximum(constant, 1))
        share, entity, estimate, rate = _share_and_estimate(positions, parts)
    factor, price = np.log(parts.factor), np.log(parts.price)
    residual = estimate - factor - price - np.where(parts.monetary, rate, 0.0)
    room = (
        0.5 / parts.before
        + 0.5 / parts.after
        + NOISE
        + np.where((rate != 0) | (price != 0), CONVERTED, 0.0)
    )
    residual = np.where(np.abs(residual) < room, 0.0, residual)
    logs = {GROWTH: np.full(len(at), growth), SECTOR: sector[at], BORROWER: borrower[at],
            SHARE: price.copy(), FACTORS: factor,
            EXCHANGE: exchange[at] + entity + np.where(parts.monetary, rate, 0.0)}  # fmt: skip
    for cause, values in ((positions.share_cause[at], share), (parts.cause, residual)):
        for effect in np.unique(cause).tolist():
            own = np.where(cause == effect, values, 0.0)
            logs[effect] = logs.get(effect, 0.0) + own
    told = np.any([v != 0.0 for v in logs.values()], axis=0)
    lost = ~told & (parts.before != parts.after)
    if lost.any():  # too small to tell from rounding, and yet a change
        logs[OWN] = logs.get(OWN, np.zeros(len(at))) + np.where(
            lost, np.log(parts.after / parts.before), 0.0)  # fmt: skip
    all_after, all_constant = int(positions.after[good].sum()), int(constant[good].sum())
    return logs, math.log(all_after / all_constant) if all_after != all_constant else 0.0


def _at_earlier_rates(positions: Positions) -> Grams:
    """Later balances at the earlier rates; the earlier balance where rounding explains the rest."""
    if (positions.rate == 1.0).all():
        return positions.after
    constant = np.rint(positions.after / positions.rate).astype(np.int64)
    near = np.abs(constant - positions.before) <= 0.5 + 0.5 / positions.rate + 0.5
    foreign = positions.rate != 1.0
    snapped = np.where(near, positions.before, constant)
    return np.where(foreign, snapped, positions.after)


def _mix(positions: Positions, constant: Grams, good: Mask) -> tuple[float, Array, Array]:
    """ln of growth, of each position's sector's part and of its own part of its sector."""
    size = int(positions.sector.max(initial=0)) + 1
    sums = []
    for balances in (positions.before, constant):
        held = np.zeros(size, np.int64)
        np.add.at(held, positions.sector[good], balances[good])
        sums.append(held)
    first, last = sums
    all_first, all_last = int(first.sum()), int(last.sum())
    growth = math.log(all_last / all_first) if all_last != all_first else 0.0
    of_sector = np.zeros(size)
    for k in np.flatnonzero(first > 0).tolist():
        now, then = int(last[k]) * all_first, int(first[k]) * all_last
        of_sector[k] = math.log1p((now - then) / then)
    # Quotients of equal ratios of whole numbers are the same float, so no part changed is 0.
    ratio = constant / np.maximum(positions.before, 1)
    sector = (last / np.maximum(first, 1))[positions.sector]
    usable = good & (ratio > 0) & (sector > 0)
    same = (ratio == sector) | ~usable
    borrower = np.where(same, 0.0, np.log(np.where(same, 1.0, ratio / np.where(
        same, 1.0, sector))))  # fmt: skip
    return growth, of_sector[positions.sector], borrower


def _share_and_estimate(positions: Positions, parts: Parts) -> tuple[Array, Array, Array, Array]:
    """ln of the share per fen at equal rates, of what rates did to it, of estimate and rates."""
    at = parts.position
    first, last = positions.share_before[at], positions.share_after[at]
    balance_first, balance_last = positions.before[at], positions.after[at]
    used = ~(np.isnan(first) | np.isnan(last))
    rate = np.where(used, np.log(positions.entity_rate[at]), 0.0)
    per_fen = np.where(used, np.log((last / balance_last) / (first / balance_first)), 0.0)
    share = per_fen + rate
    room = NOISE + np.where(rate != 0, CONVERTED, 0.0)
    share = np.where(np.abs(share) < room, 0.0, share)
    by = np.where(used, last / first, balance_last / balance_first)
    estimate = np.log((parts.after / parts.before) / by)
    return share, -rate, estimate, rate


def weighed(parts: Parts, logs: Mapping[int, Array]) -> dict[int, Array]:
    """The effects on each part's grams, which sum to its change but for the float's last digit."""
    after, before = parts.after.astype(np.float64), parts.before.astype(np.float64)
    return closed(logs, logarithmic_mean(after, before), after - before)


def closed(logs: Mapping[int, Array], mean: Array, change: Array) -> dict[int, Array]:
    """Effects of each part; what rounding left goes with the effect that moved the part most."""
    effects = {e: mean * v for e, v in sorted(logs.items())}
    if not effects or not len(change):
        return effects
    table = np.array(list(effects.values()))
    most = np.argmax(np.abs(table), axis=0)
    rest = change - table.sum(axis=0)
    table[most, np.arange(len(change))] += np.where(table.any(axis=0), rest, 0.0)
    return dict(zip(effects, table, strict=True))

"""The change of financed emissions between two runs, split into causes with no remainder.

Additive LMDI-I (Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy
Policy 33, 2005; Ang, "LMDI decomposition approach: a guide for implementation", Energy Policy 86,
2015; both RECALLED). Positions computed in both runs, scope by scope, follow the identity

    grams = balance of all x sector's part x position's part of its sector
            x share per fen (1 / denominator) x estimate of the entity

and a factor f has the effect L(after, before) x ln(f after / f before), with the logarithmic mean
L(a, b) = (a - b) / ln(a / b). A position counts in both runs with the sector of the later one.
Balances are taken at the earlier run's exchange rates; what the rates add is a factor of its own.
The estimate's change splits into the factor's value, its price level and the rest, whose cause the
caller names. Nothing is told of a change that rounding explains: grams are known to half a gram.

The identity has no logarithm for a position computed in one run only, nor where grams or balances
are zero or change sign: those stand on lines of their own, with their whole change. The parts of
intensity are exact ratios: positions that leave are taken out at the earlier intensity, those that
come are put in at the later one, and what lies between is LMDI of grams per fen of all balances.

Effects in grams are whole by largest remainder over the causes that were at work, ties in the order
of ``EFFECTS``; a cause that was not at work keeps an exact zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from carbonledger.analysis.lmdi import (
    EFFECTS,
    EXCHANGE,
    GROWTH,
    NOISE,
    ZERO,
    Parts,
    Positions,
    closed,
    largest_remainder,
    logarithmic_mean,
    logs_of,
    weighed,
)
from carbonledger.method import Array, Codes, Grams, Mask

GRID = 10**12
"""Intensity effects are told to this part of a gram per fen; the largest takes the rest."""


@dataclass(frozen=True)
class Beside:
    """Positions computed in one of the runs only, and the effect that each counts with."""

    effect: Codes
    grams: Grams
    balance: Grams


@dataclass(frozen=True)
class Decomposition:
    """Grams and intensity before and after, and the effects that lead from one to the other."""

    before: int
    after: int
    grams: Mapping[str, int]
    intensity_before: Fraction | None
    intensity_after: Fraction | None
    intensity: Mapping[str, Fraction] | None
    """None where one of the runs computed nothing."""
    main: Codes
    """The effect that moved each common position most, -1 for none."""


def decomposed(positions: Positions, parts: Parts, removed: Beside, added: Beside) -> Decomposition:
    """The change from the common positions and those removed to the common and those added."""
    good = (positions.before > 0) & (positions.after > 0)
    shares = _shares_known(positions)
    defined = (good & shares)[parts.position] & (parts.before > 0) & (parts.after > 0)
    still = good[parts.position] & (parts.before == 0) & (parts.after == 0)
    zero = ~(defined | still)
    lines = _Lines(positions, parts, good, removed, added, zero)
    logs, scale = logs_of(positions, _taken(parts, defined), good)
    effects = weighed(_taken(parts, defined), logs)
    grams = [0] * len(EFFECTS)
    for effect, change in lines.grams().items():
        grams[effect] += change
    common = _taken(parts, defined)
    rest = exact_sum(common.after) - exact_sum(common.before)
    whole = largest_remainder({e: float(w.sum()) for e, w in effects.items()}, rest)
    for effect, change in whole.items():
        grams[effect] += change
    before, after = lines.whole()
    return Decomposition(
        before[0], after[0], dict(zip(EFFECTS, grams, strict=True)),
        ratio_of(*before), ratio_of(*after),
        lines.intensity(common, logs, scale, whole), _main(positions, common, effects),
    )  # fmt: skip


def of_one_cause(
    effect: int, before: tuple[int, int], after: tuple[int, int], size: int
) -> Decomposition:
    """The whole change under one cause: grams and balance before and after."""
    first, last = ratio_of(*before), ratio_of(*after)
    intensity = None
    if first is not None and last is not None:
        intensity = {e: last - first if k == effect else Fraction(0)
                     for k, e in enumerate(EFFECTS)}  # fmt: skip
    grams = {e: after[0] - before[0] if k == effect else 0 for k, e in enumerate(EFFECTS)}
    return Decomposition(before[0], after[0], grams, first, last, intensity,
                         np.full(size, effect, np.int32))  # fmt: skip


def ratio_of(grams: int, balance: int) -> Fraction | None:
    """Grams per fen, where there are any."""
    return Fraction(grams, balance) if balance else None


def exact_sum(values: NDArray[np.int64]) -> int:
    """The sum of whole numbers however large."""
    low = int((values & 0xFFFFFFFF).sum()) if len(values) else 0
    return (int((values >> 32).sum()) << 32) + low


def _shares_known(positions: Positions) -> Mask:
    """Whether a position has a share above zero, or none, in both runs."""
    shares = (positions.share_before, positions.share_after)
    known: Mask = np.all([np.isnan(s) | (s > 0) for s in shares], axis=0)
    return known


def _taken(parts: Parts, rows: Mask) -> Parts:
    return Parts(*(getattr(parts, n)[rows] for n in Parts.__dataclass_fields__))


def _main(positions: Positions, parts: Parts, effects: Mapping[int, Array]) -> Codes:
    best = np.zeros(len(positions.before))
    main = np.full(len(positions.before), -1, np.int32)
    for effect, values in effects.items():
        own = np.bincount(parts.position, weights=values, minlength=len(best))
        larger = np.abs(own) > best
        best, main = np.where(larger, np.abs(own), best), np.where(larger, effect, main)
    return main.astype(np.int32)


@dataclass(frozen=True)
class _Lines:
    """What stands beside the identity, and the exact ratios of intensity."""

    positions: Positions
    parts: Parts
    good: Mask
    removed: Beside
    added: Beside
    zero: Mask

    def grams(self) -> dict[int, int]:
        """The whole change of every line that has no logarithm."""
        found: dict[int, int] = {}
        for beside, sign in ((self.removed, -1), (self.added, 1)):
            for effect in np.unique(beside.effect).tolist():
                own = exact_sum(beside.grams[beside.effect == effect])
                found[effect] = found.get(effect, 0) + sign * own
        odd = exact_sum(self.parts.after[self.zero]) - exact_sum(self.parts.before[self.zero])
        found[ZERO] = found.get(ZERO, 0) + odd
        return found

    def whole(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Grams and balance of all that was computed, before and after."""
        p, q = self.positions, self.parts
        return (
            (exact_sum(q.before) + exact_sum(self.removed.grams),
             exact_sum(p.before) + exact_sum(self.removed.balance)),
            (exact_sum(q.after) + exact_sum(self.added.grams),
             exact_sum(p.after) + exact_sum(self.added.balance)),
        )  # fmt: skip

    def intensity(
        self, common: Parts, logs: Mapping[int, Array], scale: float, whole: Mapping[int, int]
    ) -> dict[str, Fraction] | None:
        """The effects on intensity, whose sum is its change exactly."""
        before, after = self.whole()
        first, last = ratio_of(*before), ratio_of(*after)
        if first is None or last is None:
            return None
        effects = [Fraction(0)] * len(EFFECTS)
        base = exact_sum(self.positions.before[self.good])
        top = exact_sum(self.positions.after[self.good])
        both = base > 0 and top > 0
        for effect, grams, balance in self._staged(self.removed, "before"):
            effects[effect] += (Fraction(first * balance - grams, base) if both
                                else Fraction(-grams, before[1]))  # fmt: skip
        for effect, grams, balance in self._staged(self.added, "after"):
            effects[effect] += (Fraction(grams - last * balance, top) if both
                                else Fraction(grams, after[1]))  # fmt: skip
        if both:
            odd = self.zero & self.good[self.parts.position]
            effects[ZERO] += Fraction(exact_sum(self.parts.after[odd]), top)
            effects[ZERO] -= Fraction(exact_sum(self.parts.before[odd]), base)
            for effect, change in _of_common(common, logs, scale, whole, base, top).items():
                effects[effect] += change
        return dict(zip(EFFECTS, effects, strict=True))

    def _staged(self, beside: Beside, side: str) -> list[tuple[int, int, int]]:
        """Effect, grams and balance of what leaves or comes, odd balances included."""
        found = []
        for effect in np.unique(beside.effect).tolist():
            own = beside.effect == effect
            found.append((effect, exact_sum(beside.grams[own]), exact_sum(beside.balance[own])))
        bad = ~self.good[self.parts.position]
        grams = exact_sum(getattr(self.parts, side)[bad])
        balance = exact_sum(getattr(self.positions, side)[~self.good])
        return [*found, (ZERO, grams, balance)]


def _of_common(
    parts: Parts,
    logs: Mapping[int, Array],
    scale: float,
    whole: Mapping[int, int],
    base: int,
    top: int,
) -> dict[int, Fraction]:
    """LMDI of grams per fen of all common balances, closed exactly."""
    change = Fraction(exact_sum(parts.after), top) - Fraction(exact_sum(parts.before), base)
    after, before = parts.after / top, parts.before / base
    moved = {e: v for e, v in logs.items() if e != GROWTH}
    if scale:
        rates = moved[EXCHANGE] - scale
        moved[EXCHANGE] = np.where(np.abs(rates) < NOISE, 0.0, rates)
    told = closed(moved, logarithmic_mean(after, before), after - before)
    sums = {e: float(v.sum()) for e, v in told.items() if v.any()}
    if not sums and whole:  # no ratio moved; grams were rounded
        sums = {max(whole, key=lambda e: (abs(whole[e]), -e)): 0.0}
    return _closed_exactly(sums, change)


def _closed_exactly(sums: Mapping[int, float], change: Fraction) -> dict[int, Fraction]:
    found = {e: Fraction(round(v * GRID), GRID) for e, v in sums.items()}
    if found:
        most = max(found, key=lambda e: (abs(found[e]), -e))
        found[most] += change - sum(found.values(), Fraction(0))
    return found


def shown(effects: Mapping[str, int | Fraction]) -> Sequence[str]:
    """The effects that were at work, in their order."""
    return [name for name in EFFECTS if effects.get(name)]

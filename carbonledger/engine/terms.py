"""What a page of a standard means for each kind of entity, worked out before any position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.cases import REASON, Bits, Cases, joined, without_page
from carbonledger.engine.estimates import Estimates
from carbonledger.engine.groups import OWN, Groups, asked_of
from carbonledger.method import IN_USD, PARTS, SCOPES, AssetClass, Batch, Flag, Mask, Standard

AboveOne = Literal["flag", "refuse", "cap"]

STANDINGS = 4
"""Each rule, and having none, has cases of four standings, the usual one first."""
OVER, BAD, NO_BALANCE, NO_RATE = 1, 1, 2, 3
"""A share above 1, or a denominator that closed the only rule; no balance, no amount at all."""


@dataclass(frozen=True)
class Terms:
    """Entities that a page treats alike, and the cases that their positions can be.

    ``of`` is each entity's group, nobody's before them; ``first`` holds each group's usual case by
    the shares that the position's own columns close, a bit a share.
    """

    of: NDArray[np.integer[Any]]
    first: NDArray[np.intp]
    cases: Cases
    rule: NDArray[np.int8]
    """The rule that each case's share goes by, also where no figure comes of it; -1 for none."""
    above_one: AboveOne
    capped: Mask
    """Whether each rule's share is held at 1."""
    width: int
    """How many cases a group has."""
    building: bool
    """Whether any of the entities is under construction."""
    asked: Sequence[Sequence[str]]
    """The columns that each share asks of the position itself."""
    in_usd: bool
    """Whether any share asks for what is owed in dollars."""

    def first_case(self, entity: Rows, closed: NDArray[np.intp] | int) -> Rows:
        """The case of each position as far as its entity and its own columns tell."""
        group = self.of.take(entity, mode="clip")
        if isinstance(closed, int):
            case: Rows = self.first[closed].take(group, mode="clip")
            return case
        case = self.first[closed, group]
        return case

    def without_rule(self, case: Rows) -> Rows:
        """The usual case of the same entities where no rule is open."""
        return case - case % self.width


def terms_of(
    entities: Batch, estimates: Estimates, groups: Groups, standard: Standard, index: int,
    above_one: AboveOne,
) -> Terms:  # fmt: skip
    """What a page of a standard means for the groups of entities."""
    page = standard.pages[index]
    answered = _answered(estimates, groups.some, page, standard)
    if page.pooled:
        answered = replace(answered, score=np.stack(groups.scores).astype(np.uint16))
    answered = Cases(*map(_nobody_first, answered.parts()))
    matched, foreign, outside, building = (_nobody_first(groups.own[name]) for name in OWN)
    ready = [groups.ready[asked_of(entities, share)] for share in page.shares]
    open_, bits = (_nobody_first(np.array(each)) for each in zip(*ready, strict=True))
    building &= not page.building
    why = np.where(outside, REASON["class_not_in_standard"],
                   np.where(foreign, REASON["no_fx_rate"],
                   np.where(matched, REASON["no_denominator"], REASON["no_match"])))  # fmt: skip
    capped = np.array([s.capped or above_one == "cap" for s in page.shares] or [False])
    cases = _cases(answered, why, _share_flags(bits, page), building, above_one, capped,
                   REASON[page.no_balance])  # fmt: skip
    cases = replace(cases, page=np.full_like(cases.page, index))
    width = STANDINGS * (len(page.shares) + 1)
    first = np.arange(len(why)) * width + STANDINGS * _first_open(open_)
    rule = np.tile(np.arange(-1, len(page.shares), dtype=np.int8).repeat(STANDINGS), len(why))
    asked = [[n for n in s.inputs if n not in entities.columns] for s in page.shares]
    return Terms(
        groups.of,
        first,
        cases,
        rule,
        above_one,
        capped,
        width,
        bool(building.any()),
        asked,
        any(IN_USD in s.inputs for s in page.shares),
    )


def known_apart(option: NDArray[np.int8], needs: tuple[str, ...]) -> Mask:
    """Where the scopes that a page needs have an option each, of 1 and 2 at least one."""
    apart: Mask = (option[0] >= 0) | (option[1] >= 0)
    for scope in needs:
        apart = apart & (option[SCOPES.index(scope)] >= 0)
    return apart


def _nobody_first(values: NDArray[Any]) -> NDArray[Any]:
    """The values with one of zero before the first entity's, for positions without any."""
    more = np.zeros((*values.shape[:-1], values.shape[-1] + 1), values.dtype)
    more[..., 1:] = values
    return more


def _first_open(open_: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The first open rule of each group, counted from 1, by the rules that are closed besides."""
    rules, groups = open_.shape
    first = np.zeros((1 << rules, groups), np.intp)
    for closed in range(1 << rules):
        for k in reversed(range(rules)):
            if not closed >> k & 1:
                first[closed][open_[k]] = k + 1
    return first


def _answered(estimates: Estimates, some: Rows, page: AssetClass, standard: Standard) -> Cases:
    """The cases of groups of entities whose positions have a share, before its own flags."""
    option, _, flags, missing = estimates.ways.take(estimates.way.take(some))
    split = known_apart(option, page.needs)
    combined = ~split & (option[2] >= 0)
    covered3 = (option[3] >= 0) & standard.scope3
    number, scores = numbers(page, standard)

    def chosen(of: NDArray[Any]) -> NDArray[Any]:
        both = [np.where(combined, of[2], np.where(split, of[k], -1)) for k in range(2)]
        return np.stack([*both, np.where(covered3, of[3], -1)])

    bits = np.where(combined, flags[2] | np.uint32(0 if page.one_figure else Flag.SCOPES_COMBINED),
                    np.where(split, flags[0] | flags[1], 0))  # fmt: skip
    answer = chosen(option)
    worst = scores[answer[:2]].max(axis=0)
    return Cases(
        np.zeros(len(some), np.int8), np.zeros(len(some), np.int8),
        np.where(split | combined, 0, missing).astype(np.uint8),
        (bits | np.where(covered3, flags[3], 0)).astype(np.uint32), split, covered3,
        number[answer], np.stack([worst, scores[answer[2]]]),
    )  # fmt: skip


def numbers(page: AssetClass, standard: Standard) -> tuple[NDArray[np.int8], NDArray[np.uint16]]:
    """For each option of a page, and -1, its number in the standard and its score."""
    options = page.estimates + page.without_share
    names = standard.option_names
    number = np.array([*(names.index(o.name) for o in options), -1], np.int8)
    score = np.array([*(PARTS * page.scores.get(o.name, ("", 0))[1] for o in options), 0])
    return number, score.astype(np.uint16)


def _share_flags(bits: Bits, page: AssetClass) -> Bits:
    """The flags of having no rule, and of each rule, by group."""
    named = np.array([[0], *([int(s.flag)] for s in page.shares)], np.uint32)
    return named | np.insert(bits, 0, 0, axis=0)


def _cases(
    answered: Cases, why: NDArray[np.intp], bits: Bits, building: Mask, above_one: AboveOne,
    capped: Mask, no_balance: int,
) -> Cases:  # fmt: skip
    """Every case of every group: by rule, none before them, and by standing."""
    rule, standing = np.arange(len(bits))[:, np.newaxis], np.arange(STANDINGS)
    held = np.array([False, *capped])[:, np.newaxis]
    over = (rule > 0) & (standing == OVER)
    given = (rule > 0) & (standing <= OVER)
    if above_one == "refuse":
        given &= ~over | held
    above = np.where(held, Flag.ATTRIBUTION_ABOVE_ONE | Flag.ATTRIBUTION_CAPPED,
                     Flag.ATTRIBUTION_ABOVE_ONE).astype(np.uint32)  # fmt: skip
    closed = np.where(standing == BAD, REASON["denominator_not_positive"], 0)
    refused = np.where(over, REASON["attribution_above_one"], closed)
    said = np.where(standing == NO_RATE, REASON["no_fx_rate"],
                    np.where(standing == NO_BALANCE, no_balance, refused))  # fmt: skip
    figures = ((answered.reason == 0) | answered.covered3)[:, np.newaxis, np.newaxis]
    out = building[:, np.newaxis, np.newaxis]
    group = np.arange(len(why))[:, np.newaxis, np.newaxis]
    reason = np.where(given, answered.reason[group], np.where(said > 0, said, why[group]))
    flags = answered.flags[group] | bits.T[:, :, np.newaxis] | np.where(over, above, np.uint32(0))
    kept = joined([answered, without_page()])  # behind them is one without any figure
    kept = kept.take(np.where(given & ~out, group, len(group)).ravel())
    return replace(
        kept, reason=np.where(out, REASON["under_construction"], reason).astype(np.uint8).ravel(),
        flags=np.where(given & figures & ~out, flags, np.uint32(0)).ravel(),
        share_rule=np.where(out, -1, rule - 1 + 0 * standing).astype(np.int8).ravel(),
    )  # fmt: skip

"""The cause of a position's difference in words: which denominator, balance, option or reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.analysis.contrast import Effects
from carbonledger.analysis.option_names import option_name
from carbonledger.figures import View, said
from carbonledger.method import Codes, Flag, Grams, Mask, Standard

_TEXTS = ("status", "reason", "share_rule", "option_scope1", "option_scope2")
_FLAGS = (Flag.ATTRIBUTION_CAPPED, Flag.STRUCTURES_TAKEN_OFF)


class Told(NamedTuple):
    """What an entry says of itself under one standard."""

    status: str
    reason: str
    share_rule: str
    option_scope1: str
    option_scope2: str
    capped: bool
    taken_off: bool
    """Whether the issuer counts without its own structures."""


@dataclass(frozen=True)
class Causes:
    """Words for what makes two standards differ."""

    view: View
    first: Standard
    second: Standard

    def texts(self, first: pa.Table, second: pa.Table, effects: Effects) -> pa.Array:
        """The causes of each position, those at work in their order; each case is worded once."""
        kinds, rows = _cases(first, second, effects)
        worded = [
            self.text(_told(first, row), _told(second, row), [bool(e[row]) for e in effects])
            for row in rows.tolist()
        ]
        return pc.take(pa.array(worded, pa.string()), pa.array(kinds))

    def text(self, one: Told, two: Told, at_work: Sequence[bool]) -> str:
        """The causes at work, or that there is none."""
        computed = [t.status == "computed" for t in (one, two)]
        if any(computed) and not all(computed):
            return self._coverage(one, two)
        wording = (self._balance, self._denominator, self._option)
        said_ = [word(one, two) for word, works in zip(wording, at_work[1:], strict=True) if works]
        if said_:
            return ("；" if self.view.language == "zh" else "; ").join(said_)
        return self.view.say("causes", "same" if all(computed) else "neither")

    def _coverage(self, one: Told, two: Told) -> str:
        other, standard = (two, self.second) if one.status == "computed" else (one, self.first)
        return self.view.say("causes", "coverage", standard=standard.id,
                             reason=reason(self.view, other.status, other.reason))  # fmt: skip

    def _balance(self, one: Told, two: Told) -> str:
        names = [said(s.balance_name, self.view.language) for s in (self.first, self.second)]
        return self.view.say("causes", "balance", first=names[0], second=names[1])

    def _denominator(self, one: Told, two: Told) -> str:
        rules = [self._rule(s, t) for s, t in ((self.first, one), (self.second, two))]
        return self.view.say("causes", "denominator", first=rules[0], second=rules[1])

    def _rule(self, standard: Standard, told: Told) -> str:
        page, _, name = told.share_rule.partition(".")
        text = next((said(s.text, self.view.language) for p in standard.pages if p.name == page
                     for s in p.shares if s.name == name), told.share_rule)  # fmt: skip
        text = self._less(text, told)
        return self.view.say("causes", "capped", rule=text) if told.capped else text

    def _less(self, text: str, told: Told) -> str:
        return self.view.say("causes", "taken_off", what=text) if told.taken_off else text

    def _option(self, one: Told, two: Told) -> str:
        names = [self._less(option(self.view, t.option_scope1, t.option_scope2), t)
                 for t in (one, two)]  # fmt: skip
        if names[0] == names[1]:
            return self.view.say("causes", "estimate", option=names[0])
        return self.view.say("causes", "option", first=names[0], second=names[1])


def reason(view: View, status: str, why: str) -> str:
    """Why a standard does not compute a position."""
    if not status:
        return view.say("causes", "absent")
    return view.word("reasons", why) if why else view.word("statuses", status)


def option(view: View, scope1: str, scope2: str) -> str:
    """The option of scope 1, and that of scope 2 where it is another."""
    named = [option_name(o, view.language) for o in dict.fromkeys((scope1, scope2)) if o]
    return " / ".join(named)


def _cases(first: pa.Table, second: pa.Table, effects: Effects) -> tuple[Codes, Codes]:
    """Which case each position is, and a position of each case."""
    size = first.num_rows
    codes = [_code(t.column(n)) for t in (first, second) for n in _TEXTS]
    codes += [_flagged(t, f).astype(np.int64) for t in (first, second) for f in _FLAGS]
    codes += [(e != 0).astype(np.int64) for e in effects]
    case = np.zeros(size, np.int64)
    for code in codes:  # renumbered each time, so that no product grows
        both = case * (int(code.max(initial=0)) + 1) + code
        _, case = np.unique(both, return_inverse=True)
        case = case.reshape(-1).astype(np.int64)
    _, rows = np.unique(case, return_index=True)
    return case.astype(np.int32), rows.astype(np.int32)


def _code(column: pa.ChunkedArray) -> Grams:
    texts = pc.fill_null(column.cast(pa.string()), "").combine_chunks()
    coded = texts.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return np.asarray(coded.indices.to_numpy().astype(np.int64))


def _flagged(table: pa.Table, flag: Flag) -> Mask:
    bits = pc.fill_null(table.column("flags").cast(pa.int64()), 0).to_numpy()
    return np.asarray(bits & int(flag) != 0)


def _told(table: pa.Table, row: int) -> Told:
    bits = table.column("flags")[row].as_py() or 0
    status, reason_, rule, one, two = (table.column(n)[row].as_py() or "" for n in _TEXTS)
    return Told(status, reason_, rule, one, two, *(bool(bits & int(flag)) for flag in _FLAGS))


def told_of(rows: pa.Table) -> tuple[Told, Told]:
    """Both entries of a position that was noted."""
    return _told(rows, 0), _told(rows, 1)

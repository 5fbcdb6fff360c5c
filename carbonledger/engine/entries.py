"""What attribute() makes: the entries of a batch of positions under one standard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.cases import Bits, Cases
from carbonledger.engine.sources import Source
from carbonledger.method import Array, Codes, Grams, Mask


@dataclass(frozen=True)
class Entries:
    """The account of positions under one standard: the case of each, and its figures.

    ``grams`` has a row per scope 1, 2, 3 and ``grams12`` the whole of scope 1 and 2. ``own_flags``
    come with the position whatever becomes of it; ``balance`` is zero where nothing is computed.
    """

    cases: Cases
    case: Rows
    share: Array
    grams12: Grams
    grams: NDArray[np.int64]
    own_flags: Bits
    balance: Grams
    sources: Sequence[Source]
    """Where the factors stand that the figures come of."""

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """What the cases say, an element an entry."""
        return values.take(self.case, axis=-1)

    @property
    def reason(self) -> NDArray[np.uint8]:
        """Why each is not computed, 0 where it is."""
        return self.each(self.cases.reason)

    @property
    def share_rule(self) -> NDArray[np.int8]:
        """The share of its page that each goes by, -1 for none."""
        return self.each(self.cases.share_rule)

    @property
    def split(self) -> Mask:
        """Where scope 1 and 2 are known apart."""
        return self.each(self.cases.split)

    @property
    def covered3(self) -> Mask:
        """Where scope 3 is computed."""
        return self.each(self.cases.covered3)

    @property
    def option(self) -> NDArray[np.int8]:
        """The options that answered, a row a scope."""
        return self.each(self.cases.option)

    @property
    def score(self) -> NDArray[np.uint16]:
        """Data-quality scores of scope 1+2 and of 3 in hundredths, 0 for none."""
        return self.each(self.cases.score)

    @property
    def flags(self) -> Bits:
        """The bits of ``Flag`` of each."""
        return self.each(self.cases.flags) | self.own_flags

    @property
    def factor(self) -> Codes:
        """The factors used, a row a scope: rows of the factor library, -1 for none."""
        found = np.full((3, self.case.size), -1, np.int32)
        for source in self.sources:
            source.tell(found)
        unused = -(self.cases.option < 0).astype(np.int32)  # every bit set, which makes it -1
        found |= unused.take(self.case, axis=-1)
        return found

    @property
    def share_factor(self) -> Codes:
        """The factor that the share took, -1 for none."""
        found = np.full(self.case.size, -1, np.int32)
        taking = [s for s in self.sources if any(share.factors for share in s.page.shares)]
        for source in taking:
            source.tell_of_share(found, self.share_rule)
        return found

"""The engine: estimate() makes grams of entities, attribute() gives positions their share.

Pure functions of arrays. Only ``+ - * /``, ``minimum``, ``maximum`` and ``rint`` on float64 reach
an entry, each entry is rounded once, half to even, to whole grams, and so every machine gives the
same bits.
"""

from carbonledger.engine.answers import Answer, answer_of, column_of, of_scope
from carbonledger.engine.attribute import LACKS_DATA, attribute, why_none
from carbonledger.engine.cases import Cases
from carbonledger.engine.entity import Estimated
from carbonledger.engine.entries import Entries
from carbonledger.engine.estimate import estimate, with_share_factors
from carbonledger.engine.estimates import SEVERAL, Estimates
from carbonledger.engine.own_structures import Structures
from carbonledger.engine.pools import PoolSums
from carbonledger.engine.terms import AboveOne

__all__ = [
    "LACKS_DATA", "SEVERAL", "AboveOne", "Answer", "Cases", "Entries", "Estimated", "Estimates",
    "PoolSums", "Structures", "answer_of", "attribute", "column_of", "estimate",
    "of_scope", "why_none", "with_share_factors",
]  # fmt: skip

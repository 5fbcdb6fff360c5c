"""Files that are damaged or meant to do harm, made from a seed: working folders to be checked.

A case is a folder with ``carbonledger.yaml`` and its books. Whatever is in it, the command line
has to leave with 0 (harmless after all), 2 or 3, soon, within memory, without a traceback.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from hostile import archives, configurations, injections, markup, mutants, tables
from hostile.case import Case

SEED = 20261127


@cache
def cases() -> Sequence[Case]:
    """Every case, in an order in which any first part is a fair sample of the whole."""
    found = [*archives.cases(), *configurations.cases(), *injections.cases(), *markup.cases(),
             *tables.cases(), *mutants.cases()]  # fmt: skip
    assert len({case.name for case in found}) == len(found)
    random.Random(SEED).shuffle(found)
    return found

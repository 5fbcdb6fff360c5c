"""A sealed run's disclosure, for any report that is written of it later."""

from __future__ import annotations

from functools import partial

from carbonledger.analysis.disclosure import Account, Disclosure, from_json
from carbonledger.runs import LEDGERS, Run
from carbonledger.standards import standards


def disclosure_of(run: Run) -> Disclosure:
    """What the run disclosed, with its ledgers; entries are read when they are asked for."""

    def account(standard: str) -> Account:
        return Account(standards()[standard], run.ledger(standard), partial(run.entries, standard))

    waci = standards()["waci"].id
    held = (run.folder / LEDGERS / f"{waci}.parquet").exists()
    content = (run.folder / "disclosure.json").read_bytes()
    return from_json(content, account, run.ledger(waci) if held else None)

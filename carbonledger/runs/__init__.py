"""Sealed runs: a folder each, whole or not at all, and the hash chain that lists them."""

from carbonledger.runs.manifest import digest, environment, hashes, sm3_hashes, statement
from carbonledger.runs.mirror import Mirror, runs_at
from carbonledger.runs.run import (
    ENTRIES,
    LEDGERS,
    Run,
    find_run,
    ledger_content,
    read_ledger,
    write_ledger,
)
from carbonledger.runs.store import CHAIN, Event, Store, holds_runs

__all__ = [
    "CHAIN", "ENTRIES", "LEDGERS", "Event", "Mirror", "Run", "Store", "digest", "environment",
    "find_run", "hashes", "holds_runs", "ledger_content", "read_ledger", "runs_at",
    "sm3_hashes", "statement", "write_ledger",
]  # fmt: skip

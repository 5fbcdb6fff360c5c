"""Two sealed runs compared: their entries read, matched and split into causes of change."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from carbonledger.analysis.comparison import LARGEST, Comparison, Mover, StandardChange
from carbonledger.analysis.decomposition import (
    Beside,
    Decomposition,
    decomposed,
    exact_sum,
    of_one_cause,
)
from carbonledger.analysis.lmdi import EFFECTS, METHOD, Positions
from carbonledger.config import Config
from carbonledger.factors import load_factors
from carbonledger.method import Array, Codes, Text
from carbonledger.runs import Run
from carbonledger.standards import standards
from carbonledger.workflow.compared_entries import Pair, Rows, Side
from carbonledger.workflow.factor_files import sealed_roots

DIVISION = 3
"""Letter and two digits: sectors are compared by division of GB/T 4754."""
_IDS = {"loans": "loan_id", "investments": "position_id"}
_ENTITIES = {"counterparties": "counterparty_id", "projects": "project_id"}


def common_standards(before: Run, after: Run) -> list[str]:
    """The standards that both runs account for, in the order of the later one."""
    one, two = ([ledger["standard"] for ledger in r.summary["ledgers"]] for r in (before, after))
    return [s for s in two if s in one]


def compared(before: Run, after: Run, wanted: Sequence[str]) -> Comparison:
    """The change from one run to another under each standard."""
    remarks: list[str] = []
    inputs = [r.manifest["inputs"] for r in (before, after)]
    rates = Rates(before, after)
    changes = tuple(_change(Pair(Side.of(before, s), Side.of(after, s)), s, rates) for s in wanted)
    same_code = inputs[0]["code"] == inputs[1]["code"]
    if not same_code:
        remarks.append("code_differs")
    if inputs[0]["config"].get("average_balance") != inputs[1]["config"].get("average_balance"):
        remarks.append("average_balance_differs")
    if rates.referenced:
        remarks.append("rates_not_apart")
    entity = inputs[1]["config"]["entity"]
    return Comparison(
        Text(entity["zh"], entity["en"]), inputs[1]["config"]["currency"],
        (before.id, before.period), (after.id, after.period), changes, tuple(remarks),
    )  # fmt: skip


def _change(pair: Pair, standard: str, rates: Rates) -> StandardChange:
    split, counts, main = _split(pair, rates)
    positions, borrowers = _movers(pair, main)
    return StandardChange(standard, standards()[standard].title, split, counts, positions,
                          borrowers)  # fmt: skip


def _split(pair: Pair, rates: Rates) -> tuple[Decomposition, dict[str, int], Codes]:
    """The decomposition, how many positions are on each line, and what moved each common one."""
    first, last = pair.common
    gone, come = pair.alone(later=False), pair.alone(later=True)
    counts = {"common": len(first)}
    for _, effects in (gone, come):
        for effect in np.unique(effects).tolist():
            name = EFFECTS[effect]
            counts[name] = counts.get(name, 0) + int((effects == effect).sum())
    if pair.only_method:
        whole = [_totals(side) for side in (pair.before, pair.after)]
        found = of_one_cause(METHOD, whole[0], whole[1], len(first))
        return found, counts, found.main
    positions = Positions(
        _divisions(pair.after, last), pair.before.numbers("balance", first)[0],
        pair.after.numbers("balance", last)[0], pair.before.shares(first),
        pair.after.shares(last), pair.share_cause(), *rates.of(pair),
    )  # fmt: skip
    found = decomposed(positions, pair.parts(), _beside(pair.before, *gone),
                       _beside(pair.after, *come))  # fmt: skip
    return found, counts, found.main


def _totals(side: Side) -> tuple[int, int]:
    rows = np.flatnonzero(side.computed)
    grams, balance = (side.numbers(n, rows)[0] for n in
                      ("financed_emissions_scope12_g", "balance"))  # fmt: skip
    return exact_sum(grams), exact_sum(balance)


def _beside(side: Side, rows: Rows, effects: Codes) -> Beside:
    return Beside(effects, side.numbers("financed_emissions_scope12_g", rows)[0],
                  side.numbers("balance", rows)[0])  # fmt: skip


def _divisions(side: Side, rows: Rows) -> Codes:
    """The division of each position's sector, as a code."""
    sectors = pa.array([s[:DIVISION] for s in side.texts("sector", rows).tolist()], pa.string())
    codes: Codes = sectors.dictionary_encode().indices.to_numpy().astype(np.int32)
    return codes


def _movers(pair: Pair, main: Codes) -> tuple[tuple[Mover, ...], tuple[Mover, ...]]:
    """The positions and the borrowers whose grams changed most."""
    first, last = pair.common
    gone, come = pair.alone(later=False), pair.alone(later=True)
    before = np.concatenate([_grams(pair.before, first), _grams(pair.before, gone[0]),
                             np.zeros(len(come[0]), np.int64)])  # fmt: skip
    after = np.concatenate([_grams(pair.after, last), np.zeros(len(gone[0]), np.int64),
                            _grams(pair.after, come[0])])  # fmt: skip
    effect = np.concatenate([main, gone[1], come[1]])
    side = np.repeat([0, 1, 2], [len(first), len(gone[0]), len(come[0])])
    places = [(pair.after, last), (pair.before, gone[0]), (pair.after, come[0])]

    def texts(name: str) -> list[str]:
        return [t for s, rows in places for t in s.texts(name, rows).tolist()]

    books, ids = texts("book"), texts("position_id")
    change = np.abs(after - before)
    positions = tuple(
        Mover(ids[k], books[k], None if side[k] == 2 else int(before[k]),
              None if side[k] == 1 else int(after[k]), _name(int(effect[k])))
        for k in _largest(change, list(zip(ids, books, strict=True)))
    )  # fmt: skip
    companies, projects = texts("counterparty_id"), texts("project_id")
    owner = [f"{c}\x1f{p}" for c, p in zip(companies, projects, strict=True)]
    return positions, _borrowers(owner, before, after)


def _borrowers(owner: list[str], before: Rows, after: Rows) -> tuple[Mover, ...]:
    encoded = pa.array(owner, pa.string()).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    at = encoded.indices.to_numpy()
    sums = []
    for grams in (before, after):
        held = np.zeros(len(names), np.int64)
        np.add.at(held, at, grams)
        sums.append(held)
    return tuple(
        Mover(" ".join(names[k].split("\x1f")).strip(), "", int(sums[0][k]), int(sums[1][k]), "")
        for k in _largest(np.abs(sums[1] - sums[0]), names)
    )


def _grams(side: Side, rows: Rows) -> Rows:
    return side.numbers("financed_emissions_scope12_g", rows)[0]


def _name(effect: int) -> str:
    return EFFECTS[effect] if effect >= 0 else "zero"


def _largest(change: NDArray[np.int64], names: Sequence[object]) -> list[int]:
    """The rows that changed most, those of one change in the order of their names."""
    changed = np.flatnonzero(change > 0)
    if len(changed) > LARGEST:
        least = np.partition(change[changed], -LARGEST)[-LARGEST]
        changed = changed[change[changed] >= least]
    order = sorted(changed.tolist(), key=lambda k: (-int(change[k]), str(names[k])))
    return order[:LARGEST]


class Rates:
    """Exchange rates of the later run over those of the earlier, for positions and entities."""

    def __init__(self, before: Run, after: Run) -> None:
        self._runs = (before, after)
        self._known: dict[str, float] = {}
        self.referenced = any(r.manifest["reference"] for r in self._runs)
        """Whether a book is sealed by its hash alone, so that its currencies are not read."""

    def of(self, pair: Pair) -> tuple[Array, Array]:
        """For each common position the ratio of its own currency and of its entity's."""
        _, last = pair.common
        books, ids = pair.after.texts("book", last), pair.after.texts("position_id", last)
        contracts = pair.after.texts("contract_id", last)
        own, entity = np.ones(len(last)), np.ones(len(last))
        for book, name in _IDS.items():
            foreign = self._foreign(book, (name, "contract_id"))
            if foreign:
                keys = zip(books, ids, contracts, strict=True)
                own *= [foreign.get((i, c), 1.0) if b == book else 1.0 for b, i, c in keys]
        for book, name in _ENTITIES.items():
            foreign = self._foreign(book, (name,))
            if foreign:
                named = pair.after.texts(name, last).tolist()
                entity *= [foreign.get((n,), 1.0) for n in named]
        return own, entity

    def _foreign(self, book: str, names: tuple[str, ...]) -> dict[tuple[str, ...], float]:
        """The ratio of each row that is in one foreign currency in both runs."""
        first, last = (self._currencies(run, book, names) for run in self._runs)
        both = {k: c for k, c in last.items() if first.get(k) == c}
        return {k: self._ratio(c) for k, c in both.items()}

    def _currencies(
        self, run: Run, book: str, names: tuple[str, ...]
    ) -> dict[tuple[str, ...], str]:
        path = run.folder / "books" / f"{book}.parquet"
        if not path.is_file():
            return {}
        there = pq.read_schema(path).names
        if "currency" not in there or names[0] not in there:
            return {}
        found: dict[tuple[str, ...], str] = {}
        wanted = [n for n in names if n in there]
        for batch in pq.ParquetFile(path).iter_batches(columns=[*wanted, "currency"]):
            currency = pc.fill_null(batch.column("currency").cast(pa.string()), "")
            home = run.manifest["inputs"]["config"]["currency"]
            mask = pc.invert(pc.is_in(currency, value_set=pa.array(["", home])))
            for row in batch.filter(mask).to_pylist():
                found[tuple(row.get(n) or "" for n in names)] = row["currency"]
        return found

    def _ratio(self, currency: str) -> float:
        if currency not in self._known:
            first, last = (_rate(run, currency) for run in self._runs)
            self._known[currency] = float(last / first) if first and last else 1.0
        return self._known[currency]


def _rate(run: Run, currency: str) -> Fraction | None:
    """The rate of a currency that a run converted with, from its own sealed factors."""
    inputs = run.manifest["inputs"]
    config = Config.model_validate(inputs["config"] | {"period": str(run.period)})
    factors, _ = load_factors(
        sealed_roots(run.folder), known_on=config.known_on_of(run.period),
        allow=config.allow, currency=config.currency, kinds=frozenset({"fx_rate"}),
    )  # fmt: skip
    rate = factors.at(run.period).rate(currency, config.currency)
    return None if rate is None else rate.exact

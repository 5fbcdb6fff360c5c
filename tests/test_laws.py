"""Laws that hold for every book, over seeded random ones."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import (
    Accounted,
    account,
    csv_text,
    cut,
    entries_of,
    make_activities,
    make_entities,
    make_factors,
    make_positions,
    posted,
    write_folder,
)
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from carbonledger.books.checks import Typed
from carbonledger.config import load_config
from carbonledger.engine import Entries
from carbonledger.entries import SCHEMA, Fingerprint, table_of
from carbonledger.intake.positions import Positions
from carbonledger.issues import errors
from carbonledger.ledger import DIMENSIONS, Ledger, Total
from carbonledger.ledger import cells as posting_cells
from carbonledger.method import Batch, Flag, Key
from carbonledger.reading import parquet
from carbonledger.scale import local
from carbonledger.scale.period import prepare
from carbonledger.standards import standards

settings.load_profile("laws")

STANDARDS = st.sampled_from(["pboc-2021", "pcaf-2025", "waci"])
CLASSES = ["business_loan", "corporate_bond", "listed_equity", "unlisted_equity",
           "project_finance", "sovereign_debt", None]  # fmt: skip
FACTORS = make_factors(
    revenue_intensity={"sector=C3011 scope=1": "2.4 tCO2e/万元", "sector=C3011 scope=2": "0.5",
                       "sector=D4411 scope=12": "9.9", "scope=3": "1.25"},
    asset_intensity={"sector=B0711 scope=1": "0.7", "sector=B0711 scope=2": "0.07"},
)  # fmt: skip
FEN = st.integers(0, 10**12)
GRAMS = st.integers(0, 10**12)
WHOLE = st.integers(0, 10**12)
TOO_LARGE = ("an entry of more than 4.6e18 grams",
             "totals near the limit of 64 bits: more than 4.6e18 grams or fen")  # fmt: skip
SECTORS = st.sampled_from(["C3011", "D4411", "B0711", None])
YES_NO = st.sampled_from([True, False, None])


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), values)


@dataclass(frozen=True)
class Book:
    """A random book, its entities and the positions that are excluded."""

    positions: Batch
    entities: Batch
    excluded: Sequence[str]

    def tried(self, standard: str) -> Accounted:
        return account(standard, positions=self.positions, entities=self.entities,
                       factors=FACTORS, excluded=self.excluded)  # fmt: skip

    def account(self, standard: str) -> Accounted:
        """The book accounted for, where nothing of it passes 64 bits and is refused."""
        try:
            return self.tried(standard)
        except OverflowError:
            reject()

    def largest(self) -> Fraction:
        """What no entry of the book exceeds: the largest share of the largest estimate."""

        def held(*starts: str) -> list[int]:
            columns = self.entities.columns.items()
            return [int(v) for n, c in columns if n.startswith(starts) for v in c.values[c.present]]

        figures = held("emissions_scope", "revenue")
        wholes = [v for v in held("total", "evic", "revenue") if v > 0]
        return Fraction(10**12 * 10 * max(figures, default=0), min(wholes, default=1))


@st.composite
def books(draw: st.DrawFn, most: int = 12) -> Book:
    entities = draw(st.integers(1, 4))
    size = draw(st.integers(1, most))

    def of(values: st.SearchStrategy[object], count: int) -> list[object]:
        return draw(st.lists(values, min_size=count, max_size=count))

    money = {name: of(maybe(WHOLE), entities) for name in
             ("total_debt", "total_assets", "evic", "revenue", "total_project_cost")}  # fmt: skip
    tonnes = {f"emissions_scope{s}_tco2e": of(maybe(GRAMS), entities) for s in (1, 2, 12, 3)}
    return Book(
        make_positions(
            entity=of(st.integers(-1, entities - 1), size),
            asset_class=of(st.sampled_from(CLASSES), size),
            outstanding_amount=of(maybe(FEN), size), average_balance=of(maybe(FEN), size),
            branch=of(st.sampled_from(["A", "B", None]), size), sector=of(SECTORS, size),
        ),
        make_entities(
            total_equity=of(maybe(st.one_of(WHOLE, st.integers(-(10**12), 0))), entities),
            listed=of(YES_NO, entities), emissions_verified=of(YES_NO, entities),
            under_construction=of(YES_NO, entities), sector=of(SECTORS, entities),
            **money, **tonnes,
        ),
        of(st.sampled_from(["", "", "", "person", "small_balance"]), size),
    )  # fmt: skip


FIGURES = ("reason", "flags", "share", "share_rule", "balance", "grams12", "grams", "split",
           "covered3", "option", "score", "factor")  # fmt: skip


def rows_of(entries: Entries) -> list[tuple[object, ...]]:
    """Each entry as plain values, to compare books whose rows stand in another order."""
    columns = [getattr(entries, name) for name in FIGURES]
    flat = [row for c in columns for row in (c if c.ndim == 2 else [c])]
    return list(zip(*([repr(v) for v in row.tolist()] for row in flat), strict=True))


@given(books(), STANDARDS, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(book: Book, standard: str, shuffle: random.Random) -> None:
    order = list(range(book.positions.size))
    shuffle.shuffle(order)
    turned = Book(cut(book.positions, order), book.entities, [book.excluded[i] for i in order])
    one, two = book.account(standard), turned.account(standard)
    assert two.ledger == one.ledger
    assert rows_of(two.entries) == [rows_of(one.entries)[i] for i in order]


@given(books(), STANDARDS, st.randoms(use_true_random=False))
def test_order_of_entities_changes_nothing(
    book: Book, standard: str, shuffle: random.Random
) -> None:
    order = list(range(book.entities.size))
    shuffle.shuffle(order)
    place = np.array([*(order.index(i) for i in range(len(order))), -1], np.int32)
    links = {n: place[link] for n, link in book.positions.links.items()}
    moved = Batch(book.positions.size, book.positions.columns, book.positions.keys, links)
    turned = Book(moved, cut(book.entities, order), book.excluded)
    assert turned.account(standard).ledger == book.account(standard).ledger


@given(books(), STANDARDS, st.data())
def test_batches_change_nothing_and_merge_is_associative(
    book: Book, standard: str, data: st.DataObject
) -> None:
    size = book.positions.size
    cuts = sorted(data.draw(st.lists(st.integers(0, size), min_size=2, max_size=2)))
    parts = []
    for start, end in zip([0, *cuts], [*cuts, size], strict=True):
        rows = range(start, end)
        positions = cut(book.positions, rows)
        left_out = [book.excluded[i] for i in rows]
        parts.append((entries_of(standard, positions, book.entities, FACTORS,
                                 excluded=left_out), positions))  # fmt: skip
    whole = book.account(standard).ledger
    assert posted(standard, *parts) == whole
    assert posted(standard, *reversed(parts)) == whole
    a, b, c = (posted(standard, part) for part in parts)
    assert a.merge(b).merge(c) == a.merge(b.merge(c)) == c.merge(a).merge(b) == whole


def in_another_order(batch: Batch, data: st.DataObject) -> Batch:
    """The same rows with codes that are numbered otherwise, as another file may number them."""
    keys = {}
    for name, key in batch.keys.items():
        order = data.draw(st.permutations(range(len(key.names))))
        place = np.array([*map(order.index, range(len(order))), -1], np.int32)
        keys[name] = Key(place[key.codes], tuple(key.names[k] for k in order))
    return replace(batch, keys=keys, kept={})


@given(books(), STANDARDS, st.data())
def test_totals_do_not_depend_on_how_their_cells_are_found(
    book: Book, standard: str, data: st.DataObject
) -> None:
    size = book.positions.size
    bits = st.sampled_from([0, 0, int(Flag.FX_AVERAGE), int(Flag.REGION_UNKNOWN)])
    flags = np.array(data.draw(st.lists(bits, min_size=size, max_size=size)), np.uint32)
    flagged = replace(book.positions, flags={"outstanding_amount": flags})
    entries = entries_of(standard, flagged, book.entities, FACTORS, excluded=book.excluded)
    whole = posted(standard, (entries, flagged))
    at = data.draw(st.integers(0, size))
    parts = []
    for rows in (range(at), range(at, size)):
        part = in_another_order(cut(flagged, rows), data)
        left_out = [book.excluded[i] for i in rows]
        of = entries_of(standard, part, book.entities, FACTORS, excluded=left_out)
        parts.append((of, part))
    assert posted(standard, *parts) == whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(posting_cells, "_MOST", 0)  # no combination of codes has a place in a table
        assert posted(standard, *parts) == posted(standard, (entries, flagged)) == whole


@given(st.lists(st.tuples(FEN, FEN, FEN), min_size=1, max_size=6))
def test_another_unit_changes_nothing(amounts: list[tuple[int, int, int]]) -> None:
    def in_unit(unit: str, fen: int) -> Accounted:
        columns = {
            name: [str(Decimal(row[k]) / fen) for row in amounts]
            for k, name in enumerate(("outstanding_amount", "total_equity", "total_debt"))
        }
        return account(unit=unit, **columns)

    yuan = in_unit("元", 100)
    for unit, fen in (("千元", 10**5), ("万元", 10**6), ("百万元", 10**8), ("亿元", 10**10)):
        other = in_unit(unit, fen)
        assert other.ledger == yuan.ledger
        assert rows_of(other.entries) == rows_of(yuan.entries)


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=20), GRAMS, GRAMS)
def test_full_ownership_sums_to_the_company(parts: list[int], one: int, two: int) -> None:
    whole = max(sum(parts), 1)
    parts = [*parts, whole - sum(parts)]
    done = account(
        positions=make_positions(entity=[0] * len(parts), outstanding_amount=parts),
        entities=make_entities(total_equity=whole // 3, total_debt=whole - whole // 3,
                               emissions_scope1_tco2e=one, emissions_scope2_tco2e=two),
    )  # fmt: skip
    assert 2 * abs(done.whole.scope1 - one) <= len(parts)
    assert 2 * abs(done.whole.scope2 - two) <= len(parts)


@given(st.integers(1, 10**11), st.integers(1, 10**11), GRAMS, GRAMS)
def test_emissions_are_linear(loan: int, worth: int, one: int, two: int) -> None:
    done = account(
        outstanding_amount=[min(loan, worth)] * 3, total_equity=[0] * 3, total_debt=[worth] * 3,
        emissions_scope1_tco2e=[one, two, one + two], emissions_scope2_tco2e=[0] * 3,
    )  # fmt: skip
    a, b, both = done.grams12
    assert 2 * abs(both - a - b) <= 3


@given(st.integers(0, 10**11), st.integers(0, 10**11), GRAMS)
def test_a_split_loan_is_the_loan(one: int, two: int, emissions: int) -> None:
    worth = max(one + two, 1)
    done = account(
        outstanding_amount=[one, two, one + two], total_equity=[0] * 3,
        total_debt=[worth] * 3, emissions_scope1_tco2e=[emissions] * 3,
        emissions_scope2_tco2e=[0] * 3,
    )  # fmt: skip
    a, b, both = done.grams12
    assert 2 * abs(both - a - b) <= 3


INPUTS = {
    "emissions_scope1_tco2e": "8", "emissions_scope2_tco2e": "2", "emissions_scope12_tco2e": "11",
    "emissions_verified": True, "revenue": "500",
}  # fmt: skip
GAPS = (
    {},
    {"revenue_intensity": {"scope=1": "2"}},
    {"revenue_intensity": {"scope=12": "2"}},
    {"revenue_intensity": {"scope=1": "2", "scope=2": "1"}},
    {"revenue_intensity": {"scope=1": "2", "scope=2": "1", "scope=12": "3"}},
    {"asset_intensity": {"scope=1": "2", "scope=2": "1"}},
    {"asset_intensity": {"scope=2": "1"}, "revenue_intensity": {"scope=12": "3"}},
)


@given(st.sets(st.sampled_from(sorted(INPUTS))), st.sampled_from(sorted(INPUTS)),
       st.sampled_from(GAPS))  # fmt: skip
def test_a_further_input_never_worsens_the_score(
    known: set[str], further: str, factors: dict[str, dict[str, str]]
) -> None:
    blank: dict[str, object] = dict.fromkeys(INPUTS)
    before = {n: v for n, v in INPUTS.items() if n in known}
    cells = [{**blank, **before}, {**blank, **before, further: INPUTS[further]}]
    done = account(factors=make_factors(**factors), **{n: [c[n] for c in cells] for n in INPUTS})
    before_score, after_score = done.scores
    assert after_score or not before_score
    assert not before_score or after_score <= before_score


def added(totals: Sequence[Total]) -> Total:
    whole = Total()
    for total in totals:
        whole += total
    return whole


@given(books(), STANDARDS)
def test_nothing_is_dropped(book: Book, standard: str) -> None:
    done = book.account(standard)
    column = book.positions.columns["outstanding_amount"]
    whole = done.whole
    assert whole.rows == book.positions.size
    assert whole.book == sum(column.values[column.present].tolist())
    assert whole.book == whole.computed + whole.not_covered + whole.excluded
    assert [r for r in done.reasons if r in ("person", "small_balance")] == [
        r for r in book.excluded if r
    ]


@given(books(), STANDARDS)
def test_totals_of_every_dimension_sum_to_the_whole(book: Book, standard: str) -> None:
    done = book.account(standard)
    kept = [d for d in DIMENSIONS if done.ledger.by[d] and d != "flag"]
    assert {"asset_class", "sector", "region", "branch", "reason", "option"} <= set(kept)
    for dimension in kept:
        assert added(list(done.ledger.by[dimension].values())) == done.whole, dimension
    sections = done.ledger.rolled("sector", {c: c[:1] for c in done.ledger.by["sector"]})
    assert added(list(sections.values())) == done.whole


@given(books(), STANDARDS)
def test_totals_are_sums_of_the_entries(book: Book, standard: str) -> None:
    done = book.account(standard)
    entries, whole = done.entries, done.whole
    assert whole.scope1 == sum(entries.grams[0].tolist())
    assert whole.scope2 == sum(entries.grams[1].tolist())
    assert whole.scope3 == sum(entries.grams[2].tolist())
    assert whole.scope12 == sum(entries.grams12.tolist())
    assert whole.balance == sum(entries.balance.tolist())
    for row, reason in enumerate(done.reasons):
        if reason:
            assert entries.grams12[row] == entries.balance[row] == entries.score[0, row] == 0
        elif entries.split[row]:
            assert entries.grams12[row] == entries.grams[0, row] + entries.grams[1, row]


@given(st.sampled_from(["1", "2"]), GRAMS, st.sampled_from(["pboc-2021", "pcaf-2025", "waci"]))
def test_one_scope_alone_is_not_covered(known: str, grams: int, standard: str) -> None:
    columns = {f"emissions_scope{s}_tco2e": grams if s == known else None for s in ("1", "2")}
    done = account(standard, total_debt="100", **columns,
                   factors=make_factors(energy_factor={"scope=1": "1"}))  # fmt: skip
    assert done.reasons == ["one_scope_only"]
    assert done.whole.scope12 == done.whole.computed == done.whole.balance == 0


@given(books(), STANDARDS)
def test_scopes_1_and_2_count_together_or_not_at_all(book: Book, standard: str) -> None:
    done = book.account(standard)
    for one, two, reason in zip(done.options(1), done.options(2), done.reasons, strict=True):
        assert bool(one) == bool(two) == (reason == "")


@given(GRAMS, st.integers(1, 10**6))
def test_a_combined_figure_beats_an_estimate_of_the_parts(reported: int, revenue: int) -> None:
    done = account(
        outstanding_amount="100", emissions_scope12_tco2e=[reported, reported],
        emissions_scope1_tco2e=[None, 5], emissions_scope2_tco2e=None,
        sector="C3011", revenue=revenue, factors=FACTORS,
    )  # fmt: skip
    assert done.grams12 == [reported, reported]
    assert done.options(1) == done.options(2) == ["reported", "reported"]


# Whole numbers, however large


@given(books(), STANDARDS)
def test_what_passes_64_bits_is_refused_and_nothing_overflows(book: Book, standard: str) -> None:
    done = refused = None
    try:
        done = book.tried(standard)
    except OverflowError as error:
        refused = str(error)
    if done is None:
        assert refused in TOO_LARGE
        assert book.positions.size * book.largest() >= 1 << 62
        return
    grams12, (one, two, three) = done.grams12, done.entries.grams.tolist()
    assert all(abs(g) < 1 << 62 for g in (*grams12, *one, *two, *three))
    sums = (sum(grams12), sum(one), sum(two), sum(three))
    assert sums == (done.whole.scope12, done.whole.scope1, done.whole.scope2, done.whole.scope3)


@pytest.mark.parametrize("denominator", [1, 99, 100, 10**4])
def test_an_entry_is_whole_below_the_bound_and_refused_above(denominator: int) -> None:
    def entry() -> int:
        done = account(outstanding_amount=10**9, total_equity=0, total_debt=denominator,
                       emissions_scope1_tco2e=10**12, emissions_scope2_tco2e=0)  # fmt: skip
        return done.grams12[0]

    exact = Fraction(10**9, denominator) * 10**12
    if exact >= 1 << 62:
        with pytest.raises(OverflowError, match=TOO_LARGE[0]):
            entry()
    else:
        assert abs(entry() - exact) <= exact / 2**52


def test_scopes_that_fit_alone_and_not_together_are_refused() -> None:
    def together(grams: int, count: int) -> Accounted:
        return account(outstanding_amount=["1"] * count, total_equity=0, total_debt=["1"] * count,
                       emissions_scope1_tco2e=grams, emissions_scope2_tco2e=grams)  # fmt: skip

    assert together(1 << 59, 3).whole.scope12 == 6 << 59  # less than 8 << 59, the bound
    with pytest.raises(OverflowError, match=TOO_LARGE[1]):  # 12 << 59: each scope is within it
        together(1 << 59, 6)


def whole_entries(amounts: list[int], grams: list[int]) -> Accounted:
    """A loan of all of its company's debt each, so that its grams are the company's."""
    return account(outstanding_amount=amounts, total_equity=0, total_debt=amounts,
                   emissions_scope12_tco2e=grams, emissions_scope1_tco2e=None,
                   emissions_verified=True, branch=["A", "B"] * (len(amounts) // 2))  # fmt: skip


@given(st.lists(st.integers(1, 1 << 58), min_size=2, max_size=8).filter(lambda v: len(v) % 2 == 0))
def test_sums_are_exact_beyond_two_to_the_53(amounts: list[int]) -> None:
    done = whole_entries(amounts, [5] * len(amounts))
    assert done.whole.computed == sum(amounts)
    assert done.whole.balance == sum(amounts)
    assert done.whole.scored == sum(amounts)
    assert done.ledger.by["branch"]["A"].computed == sum(amounts[::2])
    assert done.ledger.by["branch"]["B"].computed == sum(amounts[1::2])


def test_a_fen_is_not_lost_beside_two_to_the_60() -> None:
    done = whole_entries([1 << 60, 1], [(1 << 60), 1])
    assert done.whole.computed == (1 << 60) + 1
    assert done.whole.scope12 == (1 << 60) + 1


def test_a_total_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        whole_entries([1 << 61] * 4, [5] * 4)


def test_a_total_over_several_batches_that_does_not_fit_is_refused() -> None:
    done = whole_entries([1 << 60, 1 << 60], [5, 5])
    with pytest.raises(OverflowError):
        posted("pcaf-2025", *[(done.entries, done.positions)] * 4)


def test_a_score_times_an_amount_that_does_not_fit_is_refused() -> None:
    factors = make_factors(revenue_intensity={"scope=1": "1e-9", "scope=2": "0"})
    with pytest.raises(OverflowError):  # 4 x (2^62 - 1024) is 2^64 - 4096, which wraps to -4096
        account(outstanding_amount=(1 << 62) - 1024, total_debt=(1 << 62) - 1024, total_equity=0,
                emissions_scope1_tco2e=None, emissions_scope2_tco2e=None, revenue=1000,
                factors=factors)  # fmt: skip


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_entry_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):  # 300 % of 4e18 g is beyond 2^63
        account(outstanding_amount="300", total_equity=0, total_debt="100",
                emissions_scope1_tco2e=4 * 10**18, emissions_scope2_tco2e=0)  # fmt: skip


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_quantity_that_does_not_fit_is_refused() -> None:
    factors = make_factors(energy_factor={"scope=1": "1", "scope=2": "1"})
    absurd = make_activities(activity="diesel", quantity="1" + "0" * 20, unit="t")
    with pytest.raises(OverflowError):
        account(emissions_scope1_tco2e=None, emissions_scope2_tco2e=None, activities=absurd,
                factors=factors)  # fmt: skip


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_position_option_that_does_not_fit_is_refused() -> None:
    factors = make_factors(asset_intensity={"scope=1": "100", "scope=2": "1"})
    with pytest.raises(OverflowError):  # 8e17 fen x 100 g/fen is beyond 2^63
        account(emissions_scope1_tco2e=None, emissions_scope2_tco2e=None, revenue=None,
                outstanding_amount=8 * 10**17, factors=factors)  # fmt: skip


# The same through files

LOANS = [
    {"loan_id": f"L{n}", "counterparty_id": f"C{n % 7}", "asset_class": "business_loan",
     "outstanding_amount": f"{n * 137 % 1009}.{n % 100:02d}", "branch": f"B{n % 3}",
     "average_balance": f"{n * 41 % 503}.{n % 100:02d}"}
    for n in range(1, 61)
]  # fmt: skip
COUNTERPARTIES = [
    {"counterparty_id": f"C{n}", "sector": "C3011", "region": "500103", "total_equity": 40 + n,
     "total_debt": 1160, "revenue": 977, "emissions_scope1_tco2e": f"{n * 1000}.123456",
     "emissions_scope2_tco2e": f"{n * 100}.000001"}
    for n in range(6)
]  # fmt: skip


class Figures(NamedTuple):
    """Totals and the hash of the entries, by standard."""

    ledgers: dict[str, Ledger]
    prints: dict[str, dict[str, str]]


def write_parquet(path: Path, rows: list[dict[str, object]]) -> None:
    texts = {name: [str(row[name]) for row in rows] for name in rows[0]}
    money = pa.decimal128(25, 6)
    pq.write_table(pa.table({
        name: pa.array([Decimal(t) for t in cells], money)
        if name.startswith(("outstanding", "average", "emissions", "total", "revenue")) else cells
        for name, cells in texts.items()
    }), path)  # fmt: skip


def figures(folder: Path) -> Figures:
    config, issues = load_config(folder)
    assert config is not None, issues
    ready = prepare(config, folder, 2025)
    accounted = local.account(ready, None)
    assert not errors(ready.all_issues())
    return Figures(dict(accounted.ledgers), {k: dict(v) for k, v in accounted.fingerprints.items()})


def in_yuan(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    amounts = {"outstanding_amount", "average_balance", "total_equity", "total_debt", "revenue"}
    return [
        {n: Decimal(str(v)) * 10_000 if n in amounts else v for n, v in row.items()} for row in rows
    ]


@pytest.fixture
def straight(tmp_path: Path) -> Figures:
    return figures(write_folder(tmp_path / "straight", loans=LOANS, counterparties=COUNTERPARTIES))


def test_order_of_rows_in_files_changes_nothing(
    tmp_path: Path, straight: Figures
) -> None:
    assert straight.ledgers["pcaf-2025"].whole.rows_computed > 40
    assert straight.ledgers["pcaf-2025"].whole.rows_not_covered > 4
    for seed in range(3):
        shuffled, companies = list(LOANS), list(COUNTERPARTIES)
        random.Random(seed).shuffle(shuffled)
        random.Random(seed).shuffle(companies)
        folder = write_folder(tmp_path / str(seed), loans=shuffled, counterparties=companies)
        assert figures(folder) == straight


def test_split_of_files_changes_nothing(tmp_path: Path, straight: Figures) -> None:
    books = {"loans": {"file": ["one.csv", "two.csv"], "unit": "万元"},
             "counterparties": {"file": "companies*.csv", "unit": "万元"}}  # fmt: skip
    folder = write_folder(tmp_path / "split", {"books": books})
    (folder / "one.csv").write_text(csv_text(LOANS[:17]), encoding="utf-8")
    (folder / "two.csv").write_text(csv_text(LOANS[17:]), encoding="utf-8")
    (folder / "companies-1.csv").write_text(csv_text(COUNTERPARTIES[3:]), encoding="utf-8")
    (folder / "companies-2.csv").write_text(csv_text(COUNTERPARTIES[:3]), encoding="utf-8")
    assert figures(folder) == straight


def test_unit_of_files_changes_nothing(tmp_path: Path, straight: Figures) -> None:
    folder = write_folder(tmp_path / "yuan", {"unit": "元"}, loans=in_yuan(LOANS),
                          counterparties=in_yuan(COUNTERPARTIES))  # fmt: skip
    assert figures(folder) == straight


IN_FINGERPRINT = (
    "book", "position_id", "contract_id", "asset_class", "status", "reason", "outstanding_amount",
    "balance", "attribution_factor", "share_rule", "flags",
    *(n for n in SCHEMA.names if n.endswith("_g") or n.startswith(("option", "data_quality"))),
)  # fmt: skip
IDS = [None, "", "a", "L1", "L2", "12345678", "123456789", "借据一", "a" * 40]


@dataclass(frozen=True)
class Sealed:
    """A random book and its entries as they are sealed, some rows of it at a time."""

    book: Book
    standard: str
    names: Sequence[tuple[str | None, str | None]]

    def some(self, rows: Sequence[int]) -> tuple[Fingerprint, Counter[str]]:
        """The fingerprint of some rows, and what they show."""
        batch = cut(self.book.positions, rows)
        part = Book(batch, self.book.entities, [self.book.excluded[r] for r in rows])
        texts = {column: pa.array([self.names[r][k] for r in rows], pa.string())
                 for k, column in enumerate(("loan_id", "contract_id"))}  # fmt: skip
        typed = Typed(np.arange(len(rows)), texts)
        positions = Positions("loans", typed, batch, *np.zeros((2, len(rows)), np.bool_))
        entries, standard = part.account(self.standard).entries, standards()[self.standard]
        table = table_of(entries, positions, standard).select(IN_FINGERPRINT)
        return Fingerprint.of(entries, positions, standard), Counter(map(repr, table.to_pylist()))


@st.composite
def sealed(draw: st.DrawFn) -> Sealed:
    book, ids = draw(books(8)), st.sampled_from(IDS)
    names = [(draw(ids), draw(ids)) for _ in range(book.positions.size)]
    return Sealed(book, draw(STANDARDS), names)


@given(sealed(), st.data())
def test_order_and_batches_change_no_fingerprint(book: Sealed, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(book.book.positions.size)))
    at = data.draw(st.integers(0, len(order)))
    parts = [book.some(rows)[0] for rows in (order[:at], order[at:]) if rows]
    assert reduce(Fingerprint.merge, parts) == book.some(range(len(order)))[0]


@given(sealed(), st.data())
def test_other_entries_have_another_fingerprint(book: Sealed, data: st.DataObject) -> None:
    some = st.lists(st.integers(0, book.book.positions.size - 1), min_size=1, max_size=6)
    (one, shown), (two, shown_too) = book.some(data.draw(some)), book.some(data.draw(some))
    assert (one == two) == (shown == shown_too)


@pytest.mark.parametrize("size", [1, 7, 16, 59, 1000])
def test_batches_of_any_size_change_nothing(
    size: int, tmp_path: Path, straight: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "batches", {"books": {
        "loans": {"file": "loans.parquet", "unit": "万元"},
        "counterparties": {"file": "counterparties.parquet", "unit": "万元"}}})  # fmt: skip
    write_parquet(folder / "loans.parquet", LOANS)
    write_parquet(folder / "counterparties.parquet", COUNTERPARTIES)
    monkeypatch.setattr(parquet, "BATCH_ROWS", size)
    assert figures(folder) == straight


@pytest.mark.parametrize("change", ["fen", "id", "swap", "lost", "twice"])
def test_any_change_of_key_or_figure_shows(change: str, tmp_path: Path, straight: Figures) -> None:
    loans = [dict(row) for row in LOANS]
    match change:
        case "fen":
            loans[20]["average_balance"] = f"{loans[20]['average_balance']}0001"
        case "id":
            loans[20]["loan_id"] = "L21x"
        case "swap":
            loans[20]["loan_id"], loans[33]["loan_id"] = loans[33]["loan_id"], loans[20]["loan_id"]
        case "lost":
            del loans[20]
        case "twice":
            loans.append({**loans[20], "loan_id": "L61"})
    found = figures(write_folder(tmp_path / "changed", loans=loans, counterparties=COUNTERPARTIES))
    assert found.prints["pboc-2021"] != straight.prints["pboc-2021"]
    assert (found.ledgers == straight.ledgers) == (change in ("id", "swap")), "totals say less"

"""Names that might be one company's: few of them per name, for a person to decide on.

Candidates share their core but for one character, their brand, or a rare pair of characters;
comparing every name with every other is never needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel, Levenshtein

from carbonledger.codes import region_parents
from carbonledger.names import Name, parse

LEAST = 0.70
"""Below this score two names are not worth a look."""
MOST = 3
"""Candidates that are proposed for a name."""
COMMON = 100
"""A key that so many names share finds nothing."""
LONGEST = 14
BLOCK = 1_000_000


class Alike(NamedTuple):
    """Two names by position, how alike they are, and in what they differ."""

    left: int
    right: int
    score: float
    reasons: tuple[str, ...]


def alike(left: Sequence[str], right: Sequence[str]) -> list[Alike]:
    """The most alike of the right names for each left one, the best first."""
    lefts, rights = [parse(n) for n in left], [parse(n) for n in right]
    at, to = _candidates(lefts, rights)
    near = ~_apart(lefts, rights, at, to)
    at, to = at[near], to[near]
    cores = [n.core for n in lefts], [n.core for n in rights]
    best: dict[int, list[tuple[float, int]]] = {}
    for start in range(0, len(at), BLOCK):
        part = slice(start, start + BLOCK)
        scores = _scores(*cores, at[part], to[part])
        hits = np.flatnonzero(scores >= LEAST)
        for one, r, score in zip(at[part][hits].tolist(), to[part][hits].tolist(),
                                 scores[hits].tolist(), strict=True):  # fmt: skip
            best.setdefault(one, []).append((_judged(lefts[one], rights[r], score), r))
    found = []
    for one, judged in sorted(best.items()):
        kept = sorted((pair for pair in judged if pair[0] >= LEAST), key=lambda p: (-p[0], p[1]))
        found += [Alike(one, r, s, reasons(lefts[one], rights[r])) for s, r in kept[:MOST]]
    return found


def _candidates(
    lefts: Sequence[Name], rights: Sequence[Name]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs that share a key which is not common, each once, in order."""
    pairs = [_keys(names) for names in (lefts, rights)]
    encoded = pa.chunked_array([pa.array(keys, pa.string()) for keys, _ in pairs])
    codes = encoded.dictionary_encode().combine_chunks().indices.to_numpy()
    own = codes[: len(pairs[0][0])]
    owners, theirs = np.array(pairs[0][1], np.int64), np.array(pairs[1][1], np.int64)
    order = np.argsort(codes[len(own) :], kind="stable")
    listed, holders = codes[len(own) :][order], theirs[order]
    first, last = np.searchsorted(listed, own, "left"), np.searchsorted(listed, own, "right")
    count = last - first
    usable = (count > 0) & (count <= COMMON)
    first, count, owners = first[usable], count[usable], owners[usable]
    at = np.repeat(owners, count)
    offset = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    to = holders[np.repeat(first, count) + offset]
    both = np.sort(at * max(len(rights), 1) + to)  # np.unique hashes, which is ten times slower
    both = both[np.diff(both, prepend=-1) > 0]
    return both // max(len(rights), 1), both % max(len(rights), 1)


def _keys(names: Sequence[Name]) -> tuple[list[str], list[int]]:
    """Every key of every name, and whose it is."""
    keys: list[str] = []
    owners: list[int] = []
    for at, name in enumerate(names):
        own = set(_keys_of(name))
        keys += own
        owners += [at] * len(own)
    return keys, owners


def _keys_of(name: Name) -> Iterator[str]:
    core, brand = name.core[:LONGEST], name.brand[:LONGEST]
    yield core
    yield "b" + brand
    for k in range(len(core)):
        yield core[:k] + core[k + 1 :]
    for k in range(len(brand) if len(brand) > 2 else 0):
        yield "b" + brand[:k] + brand[k + 1 :]
    for k in range(min(max(len(brand), 1), len(core) - 1)):
        yield "p" + core[k : k + 2]
    if len(core) > 2:
        yield "s" + core[0] + core[2]


def _scores(
    left: Sequence[str], right: Sequence[str], at: NDArray[np.int64], to: NDArray[np.int64]
) -> NDArray[np.float32]:
    """How alike the cores are: by changed characters, or as one shortening the other."""
    own, theirs = [left[k] for k in at.tolist()], [right[k] for k in to.tolist()]
    changed = process.cpdist(own, theirs, scorer=Levenshtein.normalized_similarity)
    within = process.cpdist(own, theirs, scorer=Indel.distance)
    lengths = [np.array([len(c) for c in cores], np.float32) for cores in (own, theirs)]
    lacking = within == np.abs(lengths[0] - lengths[1])
    part = 0.6 + 0.4 * np.minimum(*lengths) / np.maximum(np.maximum(*lengths), 1)
    shortened = lacking & (np.minimum(*lengths) >= 2)
    scores: NDArray[np.float32] = np.maximum(changed, np.where(shortened, part, 0))
    return scores.astype(np.float32)


def _judged(one: Name, other: Name, core: float) -> float:
    """The score of the whole name: less where place, form or branch differ."""
    score = core - 0.03 * (one.places != other.places)
    score -= 0.03 * ((one.form, one.group) != (other.form, other.group))
    return round(score - 0.05 * (one.branch != other.branch), 4)


def _apart(
    lefts: Sequence[Name], rights: Sequence[Name], at: NDArray[np.int64], to: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Pairs that state two places, neither of which lies in the other; each two are asked once."""
    known: dict[tuple[str, ...], int] = {}
    own, theirs = (
        np.array([known.setdefault(n.places, len(known)) for n in names], np.int64)
        for names in (lefts, rights)
    )
    listed = list(known)
    both = own[at] * max(len(known), 1) + theirs[to]
    encoded = pa.array(both).dictionary_encode()
    apart = [
        _elsewhere(listed[pair // len(known)], listed[pair % len(known)])
        for pair in encoded.dictionary.to_pylist()
    ]
    asked: NDArray[np.bool_] = np.array(apart, np.bool_)[encoded.indices.to_numpy()]
    return asked


def _elsewhere(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return False
    above = [{p for place in places for p in region_parents(place)} for places in (one, other)]
    return not (set(one) & above[1] or set(other) & above[0])


def reasons(one: Name, other: Name) -> tuple[str, ...]:
    """In what two names differ."""
    differ = {
        "core": one.core != other.core,
        "form": (one.form, one.group) != (other.form, other.group),
        "place": one.places != other.places,
        "branch": one.branch != other.branch,
    }
    return tuple(name for name, so in differ.items() if so)

"""What a person may call a factor: titles, codes, and the names of what codes stand for."""

from __future__ import annotations

from carbonledger.factors import FactorRow, Factors, FactorSet
from carbonledger.factors.naming import names_of
from carbonledger.factors.order import chain
from carbonledger.registers import rows as register
from carbonledger.units import clean

NATION = "CN"
"""What answers for every place of the country says nothing about the one that was asked for."""


def matching(factors: Factors, text: str) -> tuple[list[FactorSet], list[FactorRow]]:
    """The sets whose id or title says every word, and the latest row of every key that does.

    A row is found by its codes and their names; further words may also be those of its set.
    """
    words = clean(text).casefold().split()
    if not words:
        return [], []
    said = {
        found.id: " ".join((found.id, found.title.zh, found.title.en)).casefold()
        for found in factors.sets.values()
    }
    sets = [found for id_, found in sorted(factors.sets.items())
            if all(word in said[id_] for word in words)]  # fmt: skip
    latest = _latest(factors)
    rows = [row for row in latest if _found(row, words, said[row.set_id])]
    return sets, rows or _answering(latest, clean(text).casefold())


def _found(row: FactorRow, words: list[str], of_set: str) -> bool:
    own = [any(_says(key, code, word) for key, code in row.keys) for word in words]
    return any(own) and all(o or w in of_set for o, w in zip(own, words, strict=True))


def _latest(factors: Factors) -> list[FactorRow]:
    """Of each set and its keys the last year, as last published."""
    best: dict[tuple[object, ...], FactorRow] = {}
    for row in factors.rows:
        key = (row.set_id, row.keys)
        if key not in best or (row.year, row.published) > (best[key].year, best[key].published):
            best[key] = row
    return sorted(best.values(), key=lambda row: (row.set_id, row.keys))


def _says(key: str, code: str, wanted: str) -> bool:
    if key in ("scope", "dimension"):
        return False
    return code.casefold().startswith(wanted) or any(wanted in name for name in names_of(key, code))


def _answering(rows: list[FactorRow], wanted: str) -> list[FactorRow]:
    """Rows of the nearest sectors or places above those that bear the name."""
    found: dict[int, FactorRow] = {}
    for key, list_ in (("sector", "gbt4754-2017"), ("region", "gbt2260")):
        bearing = [r["code"] for r in register(list_) if _says(key, r["code"], wanted)]
        sets = dict.fromkeys(row.set_id for row in rows if key in dict(row.keys))
        for set_id in sets if bearing else ():
            own = [row for row in rows if row.set_id == set_id]
            present = {dict(row.keys)[key] for row in own}
            nearest = {next((c for c in chain(key, code) if c in present), "") for code in bearing}
            nearest -= {NATION}
            found |= {id(row): row for row in own if dict(row.keys)[key] in nearest}
    return list(found.values())

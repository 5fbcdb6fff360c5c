"""What a person may call a factor: titles, codes, and the names of what codes stand for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from carbonledger import codes
from carbonledger.factors import FactorRow, Factors, FactorSet
from carbonledger.factors.lookup import chain
from carbonledger.issues import LANGUAGES, Language
from carbonledger.registers import rows as register
from carbonledger.units import clean

NATION = "CN"
"""What answers for every place of the country says nothing about the one that was asked for."""


def matching(factors: Factors, text: str) -> tuple[list[FactorSet], list[FactorRow]]:
    """The sets whose id or title says the text, and the latest row of every key that does."""
    wanted = clean(text).casefold()
    if not wanted:
        return [], []
    sets = [
        found for _, found in sorted(factors.sets.items())
        if any(wanted in words.casefold() for words in (found.id, found.title.zh, found.title.en))
    ]  # fmt: skip
    latest = _latest(factors)
    rows = [row for row in latest if any(_says(key, code, wanted) for key, code in row.keys)]
    return sets, rows or _answering(latest, wanted)


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
    return code.casefold().startswith(wanted) or any(wanted in name for name in _names(key, code))


@cache
def _names(key: str, code: str) -> tuple[str, ...]:
    """What a code is called, in both languages and small letters."""
    return tuple(name.casefold() for name in _called(key, code))


def _called(key: str, code: str) -> Iterator[str]:
    if key == "activity":
        for row in register("activities"):
            if row["activity"] == code:
                yield from (row["name_zh"], row["name_en"], *row["aliases"].split())
    elif key in ("sector", "region"):
        yield from (_name(key, code, language) for language in LANGUAGES)
    elif key == "currency":
        yield from (row["name_zh"] for row in register("iso4217") if row["alpha"] == code)


def _name(key: str, code: str, language: Language) -> str:
    """The register's name of a code, or nothing."""
    if key == "sector":
        return codes.sector_name(code, language)
    if key == "region" and (code == "CN" or not code.startswith("CN-")):
        name = codes.region_name(code, language)
        return "" if name == code else name
    if key == "activity":
        listed = (row for row in register("activities") if row["activity"] == code)
        return next((row[f"name_{language}"] for row in listed), "")
    return ""


def named(key: str, code: str, language: Language) -> str:
    """A code with its name, as a table prints it."""
    if key == "scope":
        return f"范围{code}" if language == "zh" else f"scope {code}"
    name = _name(key, code, language)
    return code if not name or name == code else f"{code} {name}"


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

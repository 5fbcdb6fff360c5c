"""Concordances between GB/T 4754 and other classifications, each match with its kind.

The kind says what the matched code is, seen from the code asked for: the same (exact), more than it
(broader), less than it (narrower), or partly other things (partial).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from carbonledger.codes.high_carbon import SEVERAL, high_carbon
from carbonledger.codes.sectors import sector, sector_parents, told
from carbonledger.issues import Refusal
from carbonledger.registers import rows
from carbonledger.units import clean

Kind = Literal["exact", "broader", "narrower", "partial"]
SYSTEMS = ("gbt4754", "isic4", "nace2", "nace21", "naics2022")
"""Classifications that a book may be coded in."""
HIGH_CARBON = "high-carbon"
_TURNED: dict[str, Kind] = {"broader": "narrower", "narrower": "broader"}
_BELOW: dict[str, Kind] = {"exact": "broader", "broader": "broader"}
"""What a match of a code is, seen from a code below it."""


class Match(NamedTuple):
    """A code of another classification, and what it is to the one asked for."""

    system: str
    code: str
    kind: Kind
    source: str


class Translated(NamedTuple):
    """The one sector of GB/T 4754 that stands for a code, and how well it does."""

    code: str
    kind: Kind


@lru_cache(maxsize=65_536)
def crosswalk(system: str, code: str) -> tuple[Match, ...]:
    """Every match of a code: into GB/T 4754 from another system, out of it into all others."""
    if system == "gbt4754":
        return _out_of_gbt4754(sector(code))
    plain = foreign_code(system, code)
    if system == "nace21":
        found = [m for other in _nace2_of(plain) for m in crosswalk("nace2", other)]
        same = _nace2_of(plain) == (plain,)
        return tuple(dict.fromkeys(found if same else [m._replace(kind="partial") for m in found]))
    matches = list(_into_gbt4754(system, plain))
    if system == "isic4":
        matches += _pacta(plain)
    return tuple(matches)


def _into_gbt4754(system: str, code: str) -> Iterator[Match]:
    """The rows of the code itself, else those of the nearest code above it."""
    for end in range(len(code), 0, -1):
        found = _listed().get((system, code[:end].rstrip(".")), ())
        for target, kind, source in found:
            same = not code[end:].strip(".0")  # the only code below another is that code again
            seen: Kind = kind if same else _BELOW.get(kind, "partial")
            yield Match("gbt4754", target, seen, source)
        if found:
            return


def _out_of_gbt4754(code: str) -> tuple[Match, ...]:
    """The rows of a sector or the nearest above it, and the industries that it belongs to."""
    found: list[Match] = []
    for system in ("isic4", "nace2", "naics2022", "io2018", "ceads"):
        for parent in sector_parents(code):
            theirs = _reversed().get((parent, system), ())
            found += [m if parent == code else m._replace(kind=_BELOW.get(m.kind, "partial"))
                      for m in theirs]  # fmt: skip
            if theirs:
                break
    major, kind = high_carbon(code)
    if major not in (None, SEVERAL):
        of: Kind = "narrower" if kind == "partial" else "exact"
        found.append(Match(HIGH_CARBON, str(major), of, "high-carbon"))
    return tuple(found)


def _pacta(code: str) -> Iterator[Match]:
    """The PACTA sector of an ISIC code; a borderline one is partial."""
    for row in rows("crosswalk-isic4-pacta"):
        if row["isic4"] == code:
            kind: Kind = "partial" if row["borderline"] == "1" else "broader"
            yield Match("pacta", row["pacta"], kind, row["source"])


@lru_cache(maxsize=65_536)
def translated(system: str, code: str) -> Translated | None:
    """The sector that a code of another classification stands for; None where none does.

    Of several matches the one that is the same, else their common parent if that is a division or
    finer: a whole section is no stand-in for an industry.
    """
    matches = [m for m in crosswalk(system, code) if m.system == "gbt4754"]
    exact = [m for m in matches if m.kind == "exact"]
    if len(exact) == 1 or len(matches) == 1:
        best = (exact or matches)[0]
        return Translated(best.code, best.kind)
    common = [c for c in sector_parents(matches[0].code) if len(c) > 1
              and all(c in sector_parents(m.code) for m in matches)] if matches else []  # fmt: skip
    return Translated(common[0], "partial") if common else None


def choices(system: str, code: str) -> str:
    """The sectors that a code overlaps, as a message lists them."""
    return told(m.code for m in crosswalk(system, code) if m.system == "gbt4754") or "-"


def foreign_code(system: str, text: str) -> str:
    """A code of another classification as its register writes it, without a section letter."""
    found = re.fullmatch(r"([A-U]?)\s*([0-9.]*)(?:[\s:-]+[^0-9.].*)?", clean(text).upper())
    letter, digits = found.groups() if found else ("", "")
    digits = digits.rstrip(".")
    if system in ("nace2", "nace21") and re.fullmatch("[0-9]{3,4}", digits):
        digits = f"{digits[:2]}.{digits[2:]}"
    elif system in ("isic4", "naics2022"):
        digits = digits.replace(".", "")
    if digits in _known(system):
        return digits
    if letter and not digits and letter in _known(system):
        return letter
    raise Refusal("sector_foreign_unknown", system=NAMES[system])


NAMES = {"gbt4754": "GB/T 4754-2017", "isic4": "ISIC Rev.4", "nace2": "NACE Rev.2",
         "nace21": "NACE Rev.2.1", "naics2022": "NAICS 2022"}  # fmt: skip


@cache
def _known(system: str) -> frozenset[str]:
    if system == "nace21":
        return frozenset(r["nace21"] for r in rows("crosswalk-nace21-nace2"))
    return frozenset(r["code"] for r in rows("foreign-sectors") if r["system"] == system)


@cache
def _listed() -> dict[tuple[str, str], tuple[tuple[str, Kind, str], ...]]:
    found: dict[tuple[str, str], tuple[tuple[str, Kind, str], ...]] = {}
    for row in rows("crosswalk-gbt4754"):
        key = (row["system"], row["code"])
        kind: Kind = row["match"]  # type: ignore[assignment]
        found[key] = (*found.get(key, ()), (row["gbt4754"], kind, row["source"]))
    return found


@cache
def _reversed() -> dict[tuple[str, str], tuple[Match, ...]]:
    found: dict[tuple[str, str], tuple[Match, ...]] = {}
    for (system, code), targets in _listed().items():
        for target, kind, source in targets:
            match = Match(system, code, _TURNED.get(kind, kind), source)
            found[target, system] = (*found.get((target, system), ()), match)
    for (gbt4754, system), codes in _accounts().items():
        for code, shared, source in codes:
            several: Kind = "narrower" if len(codes) > 1 else "broader" if shared else "exact"
            match = Match(system, code, several, source)
            found[gbt4754, system] = (*found.get((gbt4754, system), ()), match)
    return found


@cache
def _accounts() -> dict[tuple[str, str], tuple[tuple[str, bool, str], ...]]:
    """Sectors of the input-output table and the inventory by division; whether others share it."""
    listed = rows("crosswalk-io-ceads")
    users = [(r["system"], r["code"]) for r in listed]
    found: dict[tuple[str, str], tuple[tuple[str, bool, str], ...]] = {}
    for row in listed:
        key = (row["gbt4754"], row["system"])
        shared = users.count((row["system"], row["code"])) > 1
        found[key] = (*found.get(key, ()), (row["code"], shared, row["source"]))
    return found


@cache
def _nace2() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows("crosswalk-nace21-nace2"):
        found[row["nace21"]] = (*found.get(row["nace21"], ()), row["nace2"])
    return found


def _nace2_of(code: str) -> tuple[str, ...]:
    """The codes of NACE Rev. 2 of one of Rev. 2.1, by the table of Eurostat."""
    return _nace2()[code]

"""The eight high-carbon industries and carbon-related assets, as far as a sector belongs to one."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from carbonledger.codes.sectors import sector_codes, sector_level
from carbonledger.issues import Language
from carbonledger.registers import rows

Kind = Literal["exact", "group", "partial", "none"]
SEVERAL = "several"


class HighCarbon(NamedTuple):
    """Which high-carbon industry a sector belongs to, and how surely."""

    major: str | None
    kind: Kind


def _match(code: str, listed: Collection[str]) -> tuple[Kind, list[str]]:
    """Whether a sector is a listed class, holds only such, or some; and the classes it holds."""
    classes = _classes_of().get(code, [])
    held = [c for c in classes if c in listed]
    if not held:
        return "none", held
    if sector_level(code) == "class":
        return "exact", held
    return "group" if held == classes else "partial", held


@cache
def _classes_of() -> dict[str, list[str]]:
    """The classes that each sector holds, itself included."""
    held: dict[str, list[str]] = {}
    for code in (c for c in sector_codes() if sector_level(c) == "class"):
        for end in range(len(code) + 1):
            held.setdefault(code[:end], []).append(code)
    return held


@lru_cache(maxsize=65_536)
def high_carbon(code: str) -> HighCarbon:
    """Whether a sector is one of the listed high-carbon classes, holds only such, or some."""
    listed = {r["code"]: r["major_en"] for r in rows("high-carbon") if r["financed"] == "1"}
    kind, held = _match(code, listed)
    majors = {listed[c] for c in held}
    if not majors:
        return HighCarbon(None, kind)
    return HighCarbon(next(iter(majors)) if len(majors) == 1 else SEVERAL, kind)


@lru_cache(maxsize=65_536)
def carbon_related(code: str) -> Kind:
    """How a sector matches the carbon-related assets of TCFD (2017), as we read them."""
    return _match(code, {r["code"] for r in rows("carbon-related")})[0]


def high_carbon_name(major: str, language: Language) -> str:
    """The name of one of the eight high-carbon industries."""
    names = {r["major_en"]: r["major_zh"] for r in rows("high-carbon")} | {SEVERAL: "多个行业"}
    return names[major] if language == "zh" else major

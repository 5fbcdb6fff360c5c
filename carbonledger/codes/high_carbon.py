"""The eight high-carbon industries, as far as a sector belongs to one."""

from __future__ import annotations

from functools import lru_cache
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


@lru_cache(maxsize=65_536)
def high_carbon(code: str) -> HighCarbon:
    """Whether a sector is one of the listed high-carbon classes, holds only such, or some."""
    listed = {r["code"]: r["major_en"] for r in rows("high-carbon") if r["financed"] == "1"}
    classes = [c for c in sector_codes() if c.startswith(code) and sector_level(c) == "class"]
    majors = {listed[c] for c in classes if c in listed}
    if not majors:
        return HighCarbon(None, "none")
    kind: Kind = "group" if set(classes) <= set(listed) else "partial"
    major = next(iter(majors)) if len(majors) == 1 else SEVERAL
    return HighCarbon(major, "exact" if sector_level(code) == "class" else kind)


def high_carbon_name(major: str, language: Language) -> str:
    """The name of one of the eight high-carbon industries."""
    names = {r["major_en"]: r["major_zh"] for r in rows("high-carbon")} | {SEVERAL: "多个行业"}
    return names[major] if language == "zh" else major

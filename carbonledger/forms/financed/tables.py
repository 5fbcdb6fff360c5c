"""Tables by asset class, sector, region, branch and high-carbon industry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from carbonledger import codes
from carbonledger.figures import Line, Told
from carbonledger.form import Bars, Block
from carbonledger.ledger import Ledger, Total
from carbonledger.registers import rows
from carbonledger.totals import NONE, Where

MOST_BARS = 20


def asset_classes(told: Told) -> list[Block]:
    """By asset class."""
    totals = told.ledger.by.get("asset_class", {})
    lines = [
        Line(code, told.view.word("asset_classes", code) if code else _none(told, "asset_class"),
             total, (("asset_class", code or NONE),))
        for code, total in totals.items()
    ]  # fmt: skip
    return [told.table("asset_class", [*lines, told.whole()])]


def _none(told: Told, dimension: str) -> str:
    return told.view.word("without", dimension)


def rolled(told: Told, dimension: str, up: Callable[[str], str]) -> dict[str, Total]:
    """Totals of a dimension by what each of its codes belongs to."""
    held = told.ledger.by.get(dimension, {})
    return told.ledger.rolled(dimension, {code: up(code) if code else "" for code in held})


def section_of(sector: str) -> str:
    """The section of a sector."""
    return codes.sector_parents(sector)[-1]


def division_of(sector: str) -> str:
    """The division of a sector, or its section where no division is given."""
    return codes.sector_parents(sector)[-2:][0]


def province_of(region: str) -> str:
    """The province of a place; a country, or China as a whole, is its own."""
    return region[:2] + "0000" if region.isdigit() else region


MUNICIPALITIES = ("11", "12", "31", "50")
"""Beijing, Tianjin, Shanghai and Chongqing have no prefectures; 市辖区 and 县 are headings only."""


def prefecture_of(region: str) -> str:
    """The prefecture of a place, in a municipality its county; else the province."""
    if not region.isdigit():
        return region
    if region[:2] in MUNICIPALITIES:
        return province_of(region) if region.endswith("00") else region
    return region[:4] + "00"


def sectors(told: Told, period: int) -> list[Block]:
    """By section, drawn and tabled, and by division."""
    named = [
        Line(code, _sector(told, code), total, (("sector", f"{code}*" if code else NONE),))
        for code, total in _last(rolled(told, "sector", section_of)).items()
    ]
    divisions = [
        Line(code, _division(told, code), total, _division_where(code))
        for code, total in _last(rolled(told, "sector", division_of)).items()
    ]
    chart = _bars(told, named, period)
    return [
        *([chart] if chart else []),
        told.table("section", [*named, told.whole()]),
        told.table("division", [*divisions, told.whole()]),
    ]


def _last(totals: Mapping[str, Total]) -> dict[str, Total]:
    """The same with what has no code at the end."""
    return dict(sorted(totals.items(), key=lambda item: (not item[0], item[0])))


def _sector(told: Told, code: str) -> str:
    name = codes.sector_name(code, told.view.language) if code else ""
    return f"{code} {name}" if code else _none(told, "section")


def _division(told: Told, code: str) -> str:
    if len(code) != 1:
        return _sector(told, code)
    return told.view.word("without", "division_of", name=_sector(told, code))


def _division_where(code: str) -> Where:
    return (("sector", f"{code}*" if len(code) > 1 else code or NONE),)


def _bars(told: Told, lines: list[Line], period: int) -> Bars | None:
    emitting = [line for line in lines if line.total.scope12 > 0]
    emitting.sort(key=lambda line: (-line.total.scope12, line.code))
    if not emitting:
        return None
    cells = [
        told.cell("scope12", line.total, ("section", line.code), line.where) for line in emitting
    ]
    bars = tuple((line.label, cell) for line, cell in zip(emitting, cells, strict=True))
    named = "section_chart_avoided" if told.avoided else "section_chart"
    title = told.view.say("titles", named)
    return Bars(
        id=f"section_chart-{told.ledger.standard}",
        title=f"{title} · {told.title}",
        description=told.view.say("notes", "bars", count=len(bars), first=bars[0][0],
                                  text=bars[0][1].text),
        unit=told.view.unit("grams"),
        source=told.view.say("notes", "sector_bars", standard=told.title, period=period),
        bars=bars[:MOST_BARS],
    )  # fmt: skip


def regions(told: Told) -> list[Block]:
    """By province and by prefecture."""
    provinces = [
        Line(code, _region(told, code, "province"), total, _province_where(code))
        for code, total in _last(rolled(told, "region", province_of)).items()
    ]
    counties = _counties(told)
    prefectures = [
        Line(code, _region(told, code, "prefecture"), total, _prefecture_where(code, counties))
        for code, total in _last(rolled(told, "region", prefecture_of)).items()
    ]
    untranslated = any("\u4e00" <= letter <= "\u9fff" for p in prefectures for letter in p.label)
    notes = (told.view.say("notes", "places_in_chinese"),)
    in_english = told.view.language == "en" and untranslated
    return [
        told.table("province", [*provinces, told.whole()]),
        told.table("prefecture", [*prefectures, told.whole()], notes=notes if in_english else ()),
    ]


def _region(told: Told, code: str, dimension: str) -> str:
    if not code:
        return _none(told, dimension)
    name = codes.region_name(code, told.view.language)
    label = code if name == code else f"{code} {name}"
    if dimension == "province" or not code.isdigit():
        return label
    if code.endswith("0000"):
        level = "county_of" if code[:2] in MUNICIPALITIES else "prefecture_of"
        return told.view.word("without", level, name=label)
    province = codes.region_name(province_of(code), told.view.language)
    if name == code:
        return told.view.word("without", "unlisted", name=f"{code} {province}")
    return f"{code} {province} {name}"


def _province_where(code: str) -> Where:
    return (("region", f"{code[:2]}*" if code.isdigit() else code or NONE),)


def _counties(told: Told) -> dict[str, list[str]]:
    """The places that are held in municipalities, by what stands for their prefecture."""
    found: dict[str, list[str]] = {}
    for code in sorted(told.ledger.by.get("region", {})):
        if code[:2] in MUNICIPALITIES:
            found.setdefault(prefecture_of(code), []).append(code)
    return found


def _prefecture_where(code: str, counties: Mapping[str, list[str]]) -> Where:
    if not code.isdigit():
        return (("region", code or NONE),)
    if code[:2] in MUNICIPALITIES:
        return (("region", tuple(f"{c}*" for c in counties.get(code, ()))),)
    return (("region", f"{code if code.endswith('0000') else code[:4]}*"),)


def branches(told: Told) -> list[Block]:
    """By branch; entries number the branches, because a code such as 0101 reads as a number."""
    totals = _last(told.ledger.by.get("branch", {}))
    if not any(totals):
        return []
    numbers = branch_numbers(told.ledger)
    lines = [
        Line(code, code or _none(told, "branch"), total, (("branch_no", numbers[code]),))
        for code, total in totals.items()
    ]
    return [told.table("branch", [*lines, told.whole()])]


def branch_numbers(ledger: Ledger) -> dict[str, int]:
    """The number each branch has in the entries."""
    held = sorted(code for code in ledger.by.get("branch", {}) if code)
    return {"": 0} | {code: k for k, code in enumerate(held, 1)}


def high_carbon(told: Told) -> list[Block]:
    """The high-carbon industries: classes, whole groups and, apart from them, partial codes."""
    held = {c: t for c, t in told.ledger.by.get("sector", {}).items() if c}
    kinds: dict[tuple[str, str], list[str]] = {}
    for code in held:
        found = codes.high_carbon(code)
        if found.major is not None:
            kinds.setdefault((found.kind, found.major), []).append(code)
    majors = tuple(dict.fromkeys(r["major_en"] for r in rows("high-carbon")))
    lines = [_industry(told, "exact", m, kinds.get(("exact", m), []), held) for m in majors]
    lines += [_industry(told, kind, m, of, held)
              for (kind, m), of in sorted(kinds.items()) if kind == "group"]  # fmt: skip
    counted = [c for (kind, _), of in kinds.items() if kind in ("exact", "group") for c in of]
    listed = _sectors_line("listed", told.view.word("dimensions", "total"), counted, held)
    partial = [_industry(told, kind, m, of, held)
               for (kind, m), of in sorted(kinds.items()) if kind == "partial"]  # fmt: skip
    asides = [line._replace(kind="aside") for line in partial]
    notes = (told.view.say("notes", "partial"),) if asides else ()
    if not kinds:
        lines, notes = [], (told.view.say("notes", "no_high_carbon"),)
    every = [*lines, listed._replace(kind="total"), *asides]
    return [told.table("high_carbon", every, notes=notes)]


def _industry(told: Told, kind: str, major: str, of: list[str], held: Mapping[str, Total]) -> Line:
    name = codes.high_carbon_name(major, told.view.language)
    if told.view.language == "en":
        name = name[:1].upper() + name[1:]
    if kind != "exact":
        wording = "whole_group" if kind == "group" else "partial_line"
        name = told.view.say("notes", wording, name=f"{name} {' '.join(sorted(of))}")
    code = major.replace(" ", "_")
    return _sectors_line(code if kind == "exact" else f"{code}:{kind}", name, of, held)


def _sectors_line(code: str, label: str, of: list[str], held: Mapping[str, Total]) -> Line:
    total = sum((held[c] for c in of), Total())
    return Line(code, label, total, (("sector", tuple(sorted(of))),))

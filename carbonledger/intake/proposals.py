"""What a header may mean that no alias knows: proposed with its reasons, never applied.

A header and the known aliases are compared by the ideas that their words stand for, in Chinese or
English, then by their letters; what the first values look like speaks for or against.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from carbonledger import codes
from carbonledger.books import BOOKS, POSITIONS
from carbonledger.books.checks import is_blank
from carbonledger.books.kinds import Kind
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.headers import GROUPS, header_aliases, normal_header
from carbonledger.intake.initials import initials
from carbonledger.intake.lifted import lifted_columns
from carbonledger.issues import Refusal
from carbonledger.registers import rows
from carbonledger.units import header_unit, money_scale

LEAST = 0.60
"""Below this nothing is proposed."""
PINYIN = 0.60
"""Initials stand for many words: never more than a weak proposal."""
UNKNOWN = 0.35
"""Weight of a Chinese character or an English word that the register of words does not know."""

TRADITIONAL = (
    "貸餘額業總資產負債營統編號類別範疇圍間據權單電絡區國幣種價稱簡證級質體實標織億萬東發噸"
)
SIMPLIFIED = (
    "贷余额业总资产负债营统编号类别范畴围间据权单电络区国币种价称简证级质体实标织亿万东发吨"
)
SIMPLE = str.maketrans(TRADITIONAL, SIMPLIFIED)
"""The characters of headers that Taiwan and Hong Kong write otherwise."""


@dataclass(frozen=True)
class Proposal:
    """The column that a header may mean, how strongly, and why: codes with their words."""

    column: str
    score: float
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Alias:
    column: str
    text: str
    ideas: frozenset[str]


@lru_cache(maxsize=4_096)
def proposal(book: str, header: str, samples: tuple[str, ...] = ()) -> Proposal | None:
    """The best column for a header of a book, if any is good enough."""
    found = proposals(book, header, samples)
    return found[0] if found and found[0].score >= LEAST else None


def proposals(book: str, header: str, samples: Sequence[str] = ()) -> list[Proposal]:
    """Every column that shares an idea with the header, the best first."""
    ask = header_aliases(book).get(normal_header(header)) or header_aliases(book).get(
        normal_header(header_unit(header)[0])
    )
    if ask is not None:
        return [
            Proposal(ask[0], 0.9, (("alias_ask", ask[0]), *_evidence(book, ask[0], samples)[1]))
        ]
    if is_unused(header):
        return []
    best: dict[str, Proposal] = {}
    for alias, score in _scored(book, header):
        more, reasons = _evidence(book, alias.column, samples)
        total = min(max(score + more, 0.0), 0.95)
        if alias.column not in best or total > best[alias.column].score:
            reason = "initials" if alias.text in _initials_of(book, header) else "similar"
            best[alias.column] = Proposal(alias.column, total, ((reason, alias.text), *reasons))
    return sorted(best.values(), key=lambda p: (-p.score, p.column))


def _scored(book: str, header: str) -> Iterable[tuple[_Alias, float]]:
    """Aliases that share something with the header, with how much."""
    from rapidfuzz import fuzz  # 10 ms that only a header nobody knows need pay

    for alias in _aliases(book):
        if alias.text in _initials_of(book, header):
            yield alias, PINYIN
    plain, ideas = header_unit(header)[0], ideas_of(header_unit(header)[0])
    weights = _weights()
    for alias in _aliases(book):
        common = sum(weights.get(i, UNKNOWN) for i in ideas & alias.ideas)
        whole = sum(weights.get(i, UNKNOWN) for i in (*ideas, *alias.ideas))
        if common > 0.5 and whole:
            letters = fuzz.ratio(normal_header(plain), normal_header(alias.text)) / 100
            yield alias, 0.8 * 2 * common / whole + 0.2 * letters


@lru_cache(maxsize=4_096)
def _initials_of(book: str, header: str) -> frozenset[str]:
    """Aliases whose pinyin initials the header spells."""
    if not re.fullmatch(r"[A-Za-z]{2,16}", header) or ideas_of(header) & _weights().keys():
        return frozenset()
    return frozenset(a.text for a in _aliases(book) if initials(a.text) == header.upper())


@cache
def _aliases(book: str) -> tuple[_Alias, ...]:
    """Every known way to name a column of the book, and of entities in a flat file."""
    found = [(r["canonical"], r["alias"]) for r in rows("header-aliases")
             if r["book"] in GROUPS[book]]  # fmt: skip
    found += [(name, text) for name, spec in columns_of(BOOKS[book].row).items()
              for text in (name.replace("_", " "), spec.title)]  # fmt: skip
    if book in POSITIONS:
        lifted = lifted_columns()
        found += [
            (c, r["alias"])
            for r in rows("header-aliases")
            if (c := r["canonical"]) in lifted and r["book"] in GROUPS[lifted[c]]
        ]
    return tuple(_Alias(c, t, ideas_of(t)) for c, t in dict.fromkeys(found))


@lru_cache(maxsize=16_384)
def ideas_of(text: str) -> frozenset[str]:
    """The ideas that the words of a header stand for; words without one stand for themselves."""
    plain = re.sub(r"(?:19|20)\d\d(?:年度|年)?", " ", text.translate(SIMPLE))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])", " ",
                    plain)  # fmt: skip
    spaced = re.sub(r"(?i)scope\s*([123])", r"scope\1", spaced)
    found: set[str] = set()
    for run in re.findall(r"[a-z][a-z0-9+]*|[一-鿿0-9+]+", spaced.lower()):
        found |= {_words().get(run, run)} if run[0].isascii() else _cut(run)
    return frozenset(i for i in found if i != "of")


def _cut(run: str) -> set[str]:
    """Chinese cut at the longest known words from the left."""
    found, at = set[str](), 0
    while at < len(run):
        size = next((n for n in range(min(10, len(run) - at), 0, -1)
                     if run[at : at + n] in _words()), 0)  # fmt: skip
        found.add(_words()[run[at : at + size]] if size else run[at])
        at += size or 1
    return found


@cache
def _words() -> Mapping[str, str]:
    return {w: r["concept"] for r in rows("header-words") for w in r["words"].split("|")}


@cache
def _weights() -> Mapping[str, float]:
    return {r["concept"]: float(r["weight"]) for r in rows("header-words")}


@cache
def _unused() -> frozenset[str]:
    return frozenset(
        normal_header(n) for r in rows("headers-unused") for n in (r["header"], r["code"]) if n
    )


def is_unused(header: str) -> bool:
    """Whether it is a field of the PBoC or EAST tables that no column of ours takes."""
    return normal_header(header_unit(header)[0]) in _unused()


_TELLING = {"sector", "region", "currency", "date", "true or false", "enum", "year", "share"}
"""Kinds whose values look like nothing else."""


def _evidence(
    book: str, column: str, samples: Sequence[str]
) -> tuple[float, tuple[tuple[str, str], ...]]:
    """What the first values say for a column or against it."""
    model = book if column in BOOKS[book].row.model_fields else lifted_columns().get(column, book)
    spec = columns_of(BOOKS[model].row)[column]
    values = [v for v in samples if not is_blank(spec.kind, v)]
    if not values:
        return 0.0, ()
    if column == "counterparty_id":
        good = [codes.credit_code_problem(v) is None or codes.lei_problem(v) is None
                for v in values]  # fmt: skip
        return (0.15, (("values_fit", "credit code"),)) if all(good) else (0.0, ())
    if spec.kind.name in ("text", "label", "green tag"):
        return _as_words(spec, values)
    foreign = _classification(spec, values)
    if foreign:
        return 0.1, (("values_fit", foreign), ("classification", foreign))
    fitting = sum(_reads(spec.kind, v) for v in values) / len(values)
    if fitting < 0.5:
        return -0.35, (("values_unfit", spec.kind.name),)
    if fitting == 1 and spec.kind.name in _TELLING:
        return 0.1, (("values_fit", spec.kind.name),)
    return 0.0, ()


def _classification(spec: ColumnSpec, values: Sequence[str]) -> str | None:
    """Another classification whose codes the values are, where they are none of GB/T 4754."""
    if spec.kind.name != "sector" or sum(_reads(spec.kind, v) for v in values) > len(values) / 2:
        return None
    for system in ("naics2022", "nace2", "isic4"):
        known = sum(_is_foreign(system, v) for v in values)
        if len(values) > 1 and known >= 0.9 * len(values):
            return codes.NAMES[system]
    return None


def _is_foreign(system: str, value: str) -> bool:
    try:
        codes.foreign_code(system, value)
    except Refusal:
        return False
    return True


def _as_words(spec: ColumnSpec, values: Sequence[str]) -> tuple[float, tuple[tuple[str, str], ...]]:
    """Text says little: a name has letters, an amount or a date is none."""
    numeric = all(re.fullmatch(r"-?[\d,]+\.\d+|\d{4}-\d\d-\d\d", v.strip()) for v in values)
    named = spec.name in ("name", "counterparty_name")
    bare = named and not any(re.search(r"[^\W\d_]", v) for v in values)
    return (-0.35, (("values_unfit", spec.kind.name),)) if numeric or bare else (0.0, ())


_STILL = ("currency_in_cell", "cell_unit_unclear", "unit_contradiction", "sector_ambiguous")
"""Refusals of cells that are of the kind nevertheless."""


def _reads(kind: Kind, value: str) -> bool:
    try:
        kind.parse(value, money_scale("元") if kind.scaled else 0, "CNY")
    except Refusal as refusal:
        return refusal.code in _STILL
    return True

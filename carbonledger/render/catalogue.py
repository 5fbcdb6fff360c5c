"""The factor library as one searchable page: its data, style and script inside, nothing fetched.

The page's policy lets in one style and one script by their hashes; the data is a block that no
browser runs. The script writes text only, never markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from carbonledger.factors import FactorRow, Factors, FactorSet
from carbonledger.factors.naming import licence_named, named, names_of
from carbonledger.issues import Language
from carbonledger.render.html import asset, environment, policy_hash
from carbonledger.words import names, word

NAME = "factors.{language}.html"
REGISTER = "factors"


def catalogue_page(factors: Factors, language: Language) -> bytes:
    """Every set and value with source, licence, confidence and caveats, always the same bytes."""
    style, script = asset("catalogue.css"), asset("catalogue.js")
    sets = [found for _, found in sorted(factors.sets.items())]
    words = {n: word("catalogue", n, language, REGISTER) for n in names("catalogue", REGISTER)}
    data = {"sets": _sets(sets, factors.rows, language), "words": words,
            "language": language}  # fmt: skip
    page = environment().from_string(asset("catalogue.html.jinja")).render(
        lang={"zh": "zh-CN", "en": "en"}[language], other={"zh": "en", "en": "zh"}[language],
        name=NAME, words=words, sets=data["sets"], count=len(factors.rows),
        style=Markup(style), style_hash=policy_hash(style), script=Markup(script),
        script_hash=policy_hash(script), data=Markup(_block(data)),
    )  # fmt: skip
    return (page.strip() + "\n").encode()


def _block(data: object) -> str:
    """JSON that can't end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _sets(
    sets: Sequence[FactorSet], rows: Sequence[FactorRow], language: Language
) -> list[dict[str, Any]]:
    of_set: dict[str, list[FactorRow]] = {}
    for row in rows:
        of_set.setdefault(row.set_id, []).append(row)
    return [_set(found, of_set.get(found.id, []), language) for found in sets]


def _set(found: FactorSet, rows: Sequence[FactorRow], language: Language) -> dict[str, Any]:
    own = sorted(rows, key=lambda r: (r.keys, -r.year, -r.published.toordinal()))
    known = names("kinds")
    kind = word("kinds", found.kind, language) if found.kind in known else found.kind
    years = sorted({row.year for row in rows})
    tables = _Tables(
        [(key, code) for row in own for key, code in row.keys], (row.unit for row in own),
        (row.confidence for row in own), found.sources, found.caveats,
    )  # fmt: skip
    return {
        "id": found.id, "title": getattr(found.title, language), "kind": found.kind,
        "called": kind, "unit": ", ".join(tables.units) or found.unit,
        "gases": " ".join(filter(None, (found.gases, found.gwp))), "file": found.file,
        "years": "-".join(str(y) for y in dict.fromkeys((years[0], years[-1]))) if years else "",
        "stale": found.stale_after_years, "price_year": found.price_year,
        "money": bool(found.currency), "note": getattr(found.note, language),
        "find": " ".join((found.title.zh, found.title.en, found.kind)).casefold(),
        "sources": [
            {"id": s.id, "licence": licence_named(s.licence, language), "url": s.url,
             "said": "; ".join((getattr(s.publisher, language), getattr(s.document, language))),
             "find": " ".join((*s.publisher, *s.document)).casefold()}
            for s in found.sources.values()
        ],
        "caveats": [[n, getattr(text, language)] for n, text in found.caveats.items()],
        "codes": [[named(key, code, language), " ".join(names_of(key, code))]
                  for key, code in tables.codes],
        "units": list(tables.units), "confidences": list(tables.confidences),
        "rows": [tables.packed(row) for row in own],
    }  # fmt: skip


class _Tables:
    """What many rows share, so that a row names it by its place."""

    def __init__(
        self, codes: Iterable[tuple[str, str]], units: Iterable[str], confidences: Iterable[str],
        sources: Mapping[str, object], caveats: Mapping[str, object],
    ) -> None:  # fmt: skip
        self.codes, self.units = _places(codes), _places(units)
        self.confidences = _places(confidences)
        self.sources, self.caveats = _places(sources), _places(caveats)

    def packed(self, row: FactorRow) -> list[Any]:
        """Codes, year, value, unit, day, whether stated, confidence, source, page, caveat, note."""
        return [
            [self.codes[key] for key in row.keys], row.year, row.value, self.units[row.unit],
            row.published.isoformat(), int(row.published_basis == "first_known"),
            self.confidences[row.confidence], self.sources[row.source.id], row.page,
            self.caveats.get(row.caveat, -1), row.note,
        ]  # fmt: skip


def _places(values: Iterable[Any]) -> dict[Any, int]:
    return {value: at for at, value in enumerate(dict.fromkeys(values))}

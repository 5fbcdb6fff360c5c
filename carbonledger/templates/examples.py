"""What stands in a template: its columns and their meaning from the row model, example rows.

Headers are those of the row models, so a template can't drift from what is read; the example rows
stand in ``registers/template-books.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, cast

from carbonledger import codes, strict_yaml
from carbonledger.books import BOOKS
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.issues import Language
from carbonledger.words import names, word

Rows = Sequence[Mapping[str, str]]
FLAGS = {"true": ("是", "true"), "false": ("否", "false")}
MONEY_UNIT = "万元"
"""The unit of amounts in every template; the header says it, so that nothing need be configured."""


def columns(book: str) -> list[ColumnSpec]:
    """The columns of a template: the key first, then the order of the row model."""
    specs = columns_of(BOOKS[book].row)
    return [specs[name] for name in dict.fromkeys((*BOOKS[book].key, *specs))]


def header(book: str, spec: ColumnSpec, language: Language) -> str:
    """The header of a column, its unit included: its canonical name, or what a bank calls it."""
    fitting: dict[str, str] = _register()["headers"].get(book, {})
    named = spec.name if language == "en" else fitting.get(spec.name, spec.title)
    unit = unit_of(spec, language)
    if unit is None or (spec.name.endswith("_tco2e") and language == "en"):
        return named
    return f"{named}（{unit}）" if language == "zh" else f"{named} ({unit})"


def unit_of(spec: ColumnSpec, language: Language) -> str | None:
    """The unit that the figures of a column are written in, where they have one."""
    tonnes = "吨" if language == "zh" else "t"
    return {"money": MONEY_UNIT, "tonnes": tonnes}.get(spec.kind.name)


def rows(book: str, language: Language) -> Rows:
    """The example rows in the words of a language, by canonical column."""
    specs = columns_of(BOOKS[book].row)
    return [
        {name: _cell(specs[name], value, language) for name, value in row.items()}
        for row in _register().get(book, ())
    ]


def choices(spec: ColumnSpec, language: Language) -> list[str]:
    """What may stand in a column of a closed list, in the words of a language."""
    if spec.kind.name == "true or false":
        return [words[language == "en"] for words in FLAGS.values()]
    if language == "en":
        return list(spec.kind.values)
    listed = zip(spec.kind.values, spec.kind.aliases, strict=True)
    return [aliases[0] if aliases else value for value, aliases in listed]


def traits(spec: ColumnSpec, language: Language) -> list[str]:
    """What is to be known of a column besides its meaning: required, how to write it, its unit."""
    kind = spec.kind.name
    lines = [word("labels", "required", language, "columns")] if spec.required else []
    if kind in names("accepts", "columns"):
        text = word("accepts", kind, language, "columns")
        lines.append(word("labels", "accepts", language, "columns", text=text))
    unit = unit_of(spec, language)
    if unit is not None:
        shown = word("template", f"unit_of_{kind}", language, "columns", unit=unit)
        lines.append(word("labels", "unit", language, "columns", text=shown))
    for bound, label in ((spec.lowest, "at_least"), (spec.highest, "at_most")):
        if bound is not None:
            lines.append(word("labels", label, language, "columns", bound=bound))
    return lines


def explained(spec: ColumnSpec, language: Language) -> str:
    """The comment on a header: meaning, whether it must be there, unit, what may stand in it."""
    named, meaning = (spec.name, spec.zh) if language == "zh" else (spec.title, spec.en)
    kind = word("types", spec.kind.name, language, "columns")
    return "\n".join([f"{named}: {kind}", meaning, *traits(spec, language),
                      *choices(spec, language)])  # fmt: skip


def coded(code: str, kind: str, language: Language) -> str:
    """A sector or region as a template writes it: the code and its name."""
    name = codes.sector_name if kind == "sector" else codes.region_name
    return f"{code} {name(code, language)}"


@cache
def _register() -> Mapping[str, Any]:
    source = resources.files("carbonledger") / "registers" / "template-books.yaml"
    value, _ = strict_yaml.load(source.read_text("utf-8"), file=source.name)
    return cast(Mapping[str, Any], value)


def _cell(spec: ColumnSpec, value: str | Mapping[str, str], language: Language) -> str:
    if not isinstance(value, str):
        return value[language]
    if spec.kind.values:
        return choices(spec, language)[spec.kind.values.index(value)]
    if spec.kind.name in ("true or false", "green tag"):
        return FLAGS[value][language == "en"]
    if spec.kind.name in ("sector", "region"):
        return coded(value, spec.kind.name, language)
    return value

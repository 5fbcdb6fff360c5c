"""What holds because the configuration says so, in the words that a report prints."""

from __future__ import annotations

from collections.abc import Iterator

from carbonledger import units
from carbonledger.books import BOOKS
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.config import BookConfig, Config, Exclusions
from carbonledger.issues import Language
from carbonledger.method import Text
from carbonledger.standards import standards
from carbonledger.words import names, word

Pair = tuple[Text, Text]

ENUMS = {"asset_class": "asset_classes", "customer_type": "customer_types",
         "enterprise_scale": "enterprise_scales"}  # fmt: skip
"""Columns with a closed list of values, and where the words for them are."""

WAN = 1_000_000
"""Fen in 10,000 of money."""


def declared(config: Config) -> tuple[Pair, ...]:
    """Labels and values of all that the configuration declares."""
    return (
        (_label("currency"), _as_it_is(config.currency)),
        *(pair for name, book in config.books.items() for pair in _book(name, book, config)),
        (_label("activities"), _value("complete" if config.complete_activities else "incomplete")),
        (_label("above_one"), _value(config.attribution_above_one)),
        (_label("average_balance"), _value(config.average_balance)),
        *_thresholds(config),
        *_joins(config),
        *_intensities(config),
        *(_exclusions(name, config) for name in config.standards),
    )


def _text(group: str, name: str, **details: str | Text) -> Text:
    """Words of both languages; details that differ by language are filled in by each."""

    def of(language: Language) -> str:
        own = {k: _in(v, language) for k, v in details.items()}
        return word(group, name, language, **own)

    return Text(of("zh"), of("en"))


def _in(value: str | Text, language: Language) -> str:
    return value if isinstance(value, str) else getattr(value, language)


def _label(name: str, **details: str | Text) -> Text:
    return _text("declared", name, **details)


def _value(name: str, **details: str | Text) -> Text:
    return _text("declared_values", name, **details)


def _as_it_is(value: str) -> Text:
    return Text(value, value)


def _book(name: str, book: BookConfig, config: Config) -> Iterator[Pair]:
    title = _text("books", name)
    specs = columns_of(BOOKS[name].row)
    for entity in book.entity_names():
        yield _label("entity", book=title), _as_it_is(entity)
    if book.unit:
        yield _label("unit", book=title), Text(book.unit, _unit_en(book.unit, config.currency))
    for column, header in book.columns.items():
        yield _label("header", book=title, column=_column(specs[column])), _as_it_is(header)
    for column, value in book.values.items():
        yield _label("value", book=title, column=_column(specs[column])), _held(column, value)


def _column(spec: ColumnSpec) -> Text:
    """A column is known by its Chinese title, and in English by its canonical name."""
    return Text(spec.title, spec.name)


def _unit_en(unit: str, currency: str) -> str:
    whole = units.money_scale(unit) // units.money_scale("元")
    return f"{units.unit_currency(unit) or currency} {whole:,}"


def _held(column: str, value: str) -> Text:
    """A value that stands for a whole column, as a reader knows it."""
    group = ENUMS.get(column)
    if group and value in names(group):
        return _text(group, value)
    if value.lower() in ("true", "false"):
        return _value("yes" if value.lower() == "true" else "no")
    return _as_it_is(value)


def _thresholds(config: Config) -> Iterator[Pair]:
    if config.min_coverage is not None:
        yield _label("min_coverage"), _as_it_is(f"{config.min_coverage * 100:f}%")
    if config.allow:
        yield _label("allow"), _joined([_value(name) for name in sorted(config.allow)])
    if config.factors:
        yield _label("factors"), _joined([_as_it_is(name) for name in config.factors])


def _joins(config: Config) -> Iterator[Pair]:
    if config.matches:
        yield _label("matches"), _as_it_is(config.matches)
    if config.entities:
        yield _label("entities"), _joined([Text(f"{e.zh} {code}", f"{e.en} {code}")
                                           for code, e in config.entities.items()])  # fmt: skip


def _intensities(config: Config) -> Iterator[Pair]:
    """Intensities of earlier years that no sealed run stands behind."""
    unit = Text(f"tCO2e/{_wan_zh(config.currency)}", f"tCO2e per {config.currency} 10,000")
    base = config.base_year
    if base is not None and base.intensity is not None and base.run is None:
        yield _label("base", year=str(base.year)), _with_unit(f"{base.intensity:f}", unit)
    for year, intensity in sorted(config.history.items()):
        yield _label("history", year=str(year)), _with_unit(f"{intensity:f}", unit)


def _with_unit(value: str, unit: Text) -> Text:
    return Text(f"{value} {unit.zh}", f"{value} {unit.en}")


def _exclusions(standard: str, config: Config) -> Pair:
    rules = config.exclusions.get(standard)
    said = list(_rules(rules, config.currency)) if rules else []
    label = _label("exclusions", standard=standards()[standard].title)
    return label, _joined(said) if said else _value("none")


def _rules(rules: Exclusions, currency: str) -> Iterator[Text]:
    if rules.min_average_balance is not None:
        said = _value(rules.per, amount=_amount(rules.min_average_balance, currency))
        narrower = _value("non_project") if rules.of == "non_project" else Text("", "")
        yield Text(said.zh + narrower.zh, said.en + narrower.en)
    if rules.persons:
        yield _value("persons")
    if rules.scale:
        scales = [_scale(name) for name in rules.scale]
        yield Text("、".join(s.zh for s in scales), ", ".join(s.en for s in scales))
    if rules.overseas:
        yield _value("overseas")
    if rules.industries == "high_carbon":
        yield _value("high_carbon")


def _scale(name: str) -> Text:
    """A scale by its name; a code that no table lists stands as it is and excludes nothing."""
    listed = name in names("enterprise_scales")
    return _text("enterprise_scales", name) if listed else _as_it_is(name)


def _amount(fen: int, currency: str) -> Text:
    wan = units.ratio(fen, WAN, 0 if fen % WAN == 0 else 6)
    whole = units.ratio(fen, units.money_scale("元"), 0 if fen % 100 == 0 else 2)
    return Text(f"{wan} {_wan_zh(currency)}", f"{currency} {whole}")


def _wan_zh(currency: str) -> str:
    return "万元" if currency == "CNY" else f"万{currency}"


def _joined(parts: list[Text]) -> Text:
    return Text("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))

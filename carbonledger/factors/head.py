"""NAME.yaml of a factor set: what is true of the whole table."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field

from carbonledger import codes, strict_yaml
from carbonledger.factors.prices import KIND
from carbonledger.factors.sets import REFERENCE, FactorSet, FactorSource, Ratio, unit_of
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.method import Text

_FIELDS = frozenset({
    "id", "title", "factor", "unit", "currency", "keys", "gases", "gwp", "stale_after_years",
    "priority", "every_row", "extra", "source", "sources", "caveats", "note", "use", "outlook",
    "price_year",
})  # fmt: skip
_KIND = re.compile(r"^factor: *(\w+)", re.MULTILINE)
_SOURCE_FIELDS = frozenset({"id", "publisher", "document", "licence", "url"})


def read_head(text: str, file: str, layer: int) -> tuple[FactorSet | None, list[Issue]]:
    """What the YAML says of the table; None when anything in it is wrong."""
    document = strict_yaml.read(text, file=file)
    if document.issues:
        return None, document.issues
    head = _Head(document, file)
    found = head.factor_set(layer)
    return (None, head.issues) if head.issues else (found, [])


def kind_said(text: str) -> str:
    """The kind of factor that a file of ours says it holds, which tells whether to read on."""
    found = _KIND.search(text)
    return found.group(1) if found else ""


@dataclass
class _Head:
    """Fields of one YAML file, read one by one; every problem of them is collected."""

    document: strict_yaml.Document
    file: str
    issues: list[Issue] = field(default_factory=list)

    def refuse(self, code: str, path: strict_yaml.Path, value: str = "", **details: str) -> None:
        details["field"] = ".".join(map(str, path))
        place = Place(self.file, row=self.document.row(path))
        self.issues.append(Issue(code, place, value, tuple(sorted(details.items()))))

    def get(self, path: strict_yaml.Path) -> object:
        value = self.document.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step, "")
            elif isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                return ""
        return value

    def text(self, *path: str | int, default: str | None = None) -> str:
        value = self.get(path)
        if isinstance(value, str) and (value.strip() or default is not None):
            return value.strip() or default or ""
        self.refuse("factor_field_missing" if value == "" else "factor_field_unreadable", path)
        return ""

    def words(self, *path: str | int, optional: bool = False) -> Text:
        if isinstance(self.get(path), dict):
            self.only(path, frozenset({"zh", "en"}))
            return Text(self.text(*path, "zh"), self.text(*path, "en"))
        plain = self.text(*path, default="" if optional else None)
        return Text(plain, plain)

    def names(self, *path: str, optional: bool = False) -> tuple[str, ...]:
        value = self.get(path)
        if value and isinstance(value, list) and all(isinstance(v, str) and v for v in value):
            return tuple(str(v) for v in value)
        if not (optional and value == ""):
            self.refuse("factor_field_missing" if not value else "factor_field_unreadable", path)
        return ()

    def whole(self, name: str, default: str) -> int:
        return self._whole(name, self.text(name, default=default))

    def years(self, name: str) -> int | None:
        text = self.text(name)
        return None if text == "never" else self._whole(name, text)

    def _whole(self, name: str, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 5:
            return int(text)
        if text:
            self.refuse("factor_field_unreadable", (name,), text)
        return 0

    def only(self, path: strict_yaml.Path, allowed: frozenset[str]) -> None:
        value = self.get(path) if path else self.document.value
        for name in value if isinstance(value, dict) else ():
            if name not in allowed:
                self.refuse("factor_field_unknown", (*path, name))

    def mapping(self, name: str) -> dict[str, object]:
        value = self.get((name,))
        if value and not isinstance(value, dict):
            self.refuse("factor_field_unreadable", (name,))
        return value if isinstance(value, dict) else {}

    def sources(self) -> dict[str, FactorSource]:
        several = self.get(("sources",))
        count = len(several) if isinstance(several, list) else 0
        paths: list[strict_yaml.Path] = [("sources", i) for i in range(count)] or [("source",)]
        if several and (not count or self.get(("source",))):
            self.refuse("factor_field_unreadable", ("sources",))
        found: dict[str, FactorSource] = {}
        for path in paths:
            if self.get(path) == "":
                self.refuse("factor_field_missing", path)
                continue
            self.only(path, _SOURCE_FIELDS)
            source = FactorSource(
                self.text(*path, "id"), self.words(*path, "publisher"),
                self.words(*path, "document"), self.text(*path, "licence"),
                self.text(*path, "url", default=""),
            )  # fmt: skip
            if source.id in found:
                self.refuse("yaml_key_repeated", (*path, "id"), source.id)
            found[source.id] = source
        return found

    def unit(self, kind: str) -> tuple[str, Ratio | None]:
        unit, currency = self.text("unit"), self.text("currency", default="")
        with suppress(Refusal):  # an unreadable currency is said by its own field
            currency = codes.currency(currency) if currency else ""
        try:
            return unit, unit_of(kind, unit, currency) if unit and kind else None
        except Refusal as refusal:
            self.refuse(refusal.code, ("unit",), unit, **dict(refusal.details))
            return unit, None

    def gases(self, required: bool) -> tuple[str, str]:
        gases = self.text("gases", default=None if required else "")
        if gases not in ("CO2", "CO2e", ""):
            self.refuse("factor_field_unreadable", ("gases",), gases)
        return gases, self.text("gwp", default=None if gases == "CO2e" else "")

    def currency(self, required: bool) -> str:
        text = self.text("currency", default=None if required else "")
        try:
            return codes.currency(text) if text else ""
        except Refusal:
            self.refuse("factor_field_unreadable", ("currency",), text)
            return ""

    def one_of(self, name: str, allowed: str) -> bool:
        """Whether a field that knows one word says it."""
        text = self.text(name, default="")
        if text not in ("", allowed):
            self.refuse("factor_field_unreadable", (name,), text)
        return text == allowed

    def price_year(self, measured: Ratio | None) -> int | None:
        text = self.text("price_year", default="")
        if text and measured is not None and not measured.per_money:
            self.refuse("factor_price_year", ("price_year",), text)
        return self._whole("price_year", text) if text else None

    def factor_set(self, layer: int) -> FactorSet:
        self.only((), _FIELDS)
        kind, keys = self.text("factor"), self.names("keys")
        unit, measured = self.unit(kind)
        sides = () if measured is None else (measured.over, measured.under)
        gases, gwp = self.gases("emissions" in sides[:1])
        every_row = {name: self.text("every_row", name) for name in self.mapping("every_row")}
        if kind == "fx_rate" and "basis" not in keys:
            # Rates were averages before a set could say so; that they still are.
            keys, every_row = (*keys, "basis"), {"basis": "average", **every_row}
        return FactorSet(
            id=self.text("id"), title=self.words("title"), kind=kind, keys=keys,
            unit=unit, currency=self.currency(sides.count("money") == 1 or kind == KIND),
            gases=gases, gwp=gwp,
            stale_after_years=self.years("stale_after_years"),
            priority=self.whole("priority", "1"), sources=self.sources(),
            caveats={name: self.words("caveats", name) for name in self.mapping("caveats")},
            every_row=every_row, extra=self.names("extra", optional=True),
            note=self.words("note", optional=True), file=self.file, layer=layer,
            use=REFERENCE if self.one_of("use", REFERENCE) else "",
            outlook=self.one_of("outlook", "yes"), price_year=self.price_year(measured),
        )  # fmt: skip

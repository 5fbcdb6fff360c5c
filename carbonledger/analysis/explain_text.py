"""An explanation as a person reads it, one step a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carbonledger import units
from carbonledger.analysis.option_names import option_name
from carbonledger.analysis.routed import printed
from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.kinds import UNIT_NAMES
from carbonledger.books.rows import columns_of
from carbonledger.books.titles import MONTH_END, column_title
from carbonledger.codes import high_carbon_name
from carbonledger.factors.prices import sentences
from carbonledger.issues import Language, Place
from carbonledger.words import cited, names, word

MONEY = frozenset({"average_total_assets", "project_value"}) | frozenset(
    name for book in BOOKS.values() for name, spec in columns_of(book.row).items()
    if spec.kind.name == "money"
)  # fmt: skip

GRAMS = frozenset({"emissions", "emissions_incl_lulucf", "insured_emissions", "pooled_emissions"})
VALUES = {
    (name, value): aliases[0]
    for book in BOOKS.values() for name, spec in columns_of(book.row).items()
    for value, aliases in zip(spec.kind.values, spec.kind.aliases, strict=False) if aliases
} | {
    (column, name): word(group, name, "zh")
    for column, group in (("asset_class", "asset_classes"), ("green_tag", "green_tags"))
    for name in names(group)
}  # fmt: skip


def as_text(documents: Sequence[Mapping[str, Any]], currency: str, lang: Language) -> str:
    """The documents of ``explain`` as text: amounts in units of money, emissions in tonnes."""
    printed = Printed(currency, lang)
    return "\n\n".join("\n".join(printed.position(d)) for d in documents)


def _quoted(text: str | None) -> str:
    return '"' + str(text).replace("\n", " ") + '"'


class Printed:
    """Prints in one language and currency."""

    def __init__(self, currency: str, lang: Language) -> None:
        self.currency, self.lang = currency, lang
        self.book = ""
        """The book of the position that is printed, for its titles."""

    def position(self, document: Mapping[str, Any]) -> list[str]:
        """The lines of one position, a blank one before each standard."""
        self.book = document["book"]
        own = document["cells"].get("currency", self.currency)
        read: Mapping[str, Any] = document["as_read"] or {"sheet": None, "cells": {}}
        place = Place(document["file"], read["sheet"], document["row"])
        lines = [f"{word('books', document['book'], self.lang)}  {place}"]
        lines += [
            f"  {self._input(n, v, own)}{self._as_read(read['cells'].get(n))}"
            for n, v in document["cells"].items()
        ]
        lines += self._corrected(document["corrected"], self.book)
        for kind, entity in document["entities"].items():
            lines += self._entity(kind, entity)
        lines += [self._answer(a) for a in document["answers"]]
        if document["routing"]:
            lines += printed(document["routing"], self.lang)
        if document["joined_by"]:
            said = word("joined_by", document["joined_by"], self.lang)
            lines.append(f"  {self._word('joined_by')}: {said}")
        if document["group"]:
            lines.append(f"  {self._word('group')}: {document['group']}")
        for exchange in filter(None, (document["exchange"], document["exchange_usd"])):
            rate = exchange["rate"] or "-"
            told = f"1 {exchange['currency']} = {rate} {exchange['to']}  {exchange[self.lang]}"
            lines.append(f"  {self._word('exchange')}: {told}".rstrip())
        for said in document["standards"]:
            fate = word("statuses", said["status"], self.lang)
            if said["reason"]:
                fate += f" ({word('reasons', said['reason'], self.lang)})"
            lines += ["", f"{said['standard']}  {self._class(said['asset_class'])}  {fate}"]
            lines.append(f"  {cited(said['citation'], self.lang)}")
            lines += self._status(said)
            if said.get("sector_match"):
                lines.append(f"  {self._word('sector_match')}: {said['sector_match']}")
            if "share" in said:
                lines += self._share(said["share"])
                lines += self._pool(said.get("pool"))
                lines += self._structures(said.get("structures"))
                lines += [line for scope in said["scopes"] for line in self._scope(scope)]
                lines += [line for o in said["without_share"] for line in self._alone(o)]
                lines += self._entry(said)
        return lines

    def _status(self, said: Mapping[str, Any]) -> list[str]:
        """That a standard is provisional, and how the position's industry matched."""
        lines = [f"  {self._word('provisional')}"] if said["provisional"] else []
        found = said.get("industry")
        if found:
            major = high_carbon_name(found["major"], self.lang) if found["major"] else ""
            match, basis = (
                word("industry", name, self.lang, "explain", sector=found["sector"], major=major)
                for name in (found["match"] or "unknown", found["basis"])
            )
            lines.append(f"  {self._word('industry')}: {match} ({basis})")
        return lines

    def _entity(self, kind: str, entity: Mapping[str, Any]) -> list[str]:
        place = Place(entity["file"], entity["sheet"], entity["row"])
        name = word("entities", kind, self.lang, "explain")
        book = ENTITIES.get(kind, "")
        cells = [f"    {column_title(n, self.lang, book)}{self._as_read(c)}"
                 for n, c in entity["cells"].items()]  # fmt: skip
        changed = [f"  {line}" for line in self._corrected(entity["corrected"], book)]
        return [f"  {name} {entity['id']}  {place}", *cells, *changed]

    def _corrected(self, corrections: Sequence[Mapping[str, Any]], book: str) -> list[str]:
        """Who changed a cell from what to what, why, and where that is written."""
        said = []
        for one in corrections:
            names = {"column": column_title(one["column"], self.lang, book),
                     "old": _quoted(one["old"]), "new": _quoted(one["new"])}  # fmt: skip
            said.append("  " + self._word("corrected").format(**{**one, **names}))
        return said

    def _answer(self, answer: Mapping[str, Any]) -> str:
        """An answer with who gave it, when, and where it stands."""
        name = column_title(answer["field"], self.lang)
        place = Place(answer["place"]["file"], None, answer["place"]["row"])
        given = [answer["answered_by"], answer["answered_on"], answer["evidence"], str(place)]
        value = f"{answer['text']} {answer['unit']}".rstrip()
        return f"  {self._word('answered')} {name} = {value}  <- {', '.join(filter(None, given))}"

    def _word(self, name: str) -> str:
        return word("lines", name, self.lang, "explain")

    def _as_read(self, cell: Mapping[str, Any] | None) -> str:
        """The header and text of a cell as it stood in the file."""
        if cell is None or cell["text"] is None:
            return ""
        unit = UNIT_NAMES.get(cell["scale"], "") if cell["scale"] else ""
        read = f"  <- {cell['column'] or '-'}: {_quoted(cell['text'])}"
        return f"{read} x {unit}" if unit else read

    def _input(self, column: str, value: str | None, currency: str = "") -> str:
        name = column_title(column, self.lang, self.book)
        if value is None:
            return f"{name} = -"
        if column in MONEY or column.startswith(MONTH_END):
            return f"{name} = {units.money(int(value), 100, 2)} {currency or self.currency}"
        if column in GRAMS or column.endswith("_tco2e"):
            return f"{name} = {units.tonnes(int(value), 6)} t"
        return f"{name} = {self._value(column, value)}"

    def _value(self, column: str, value: str) -> str:
        """A word for a value of a closed list; English has the names that books have."""
        if value in ("True", "False"):
            return self._word(value.lower())
        return VALUES.get((column, value), value) if self.lang == "zh" else value

    def _class(self, name: str | None) -> str:
        return self._value("asset_class", name) if name else "-"

    def _inputs(self, inputs: Mapping[str, str | None]) -> str:
        return ", ".join(self._input(n, v) for n, v in inputs.items())

    def _why(self, closed: Mapping[str, str] | None) -> str:
        return f"  [{closed[self.lang]}]" if closed else ""

    def _share(self, share: Mapping[str, Any]) -> list[str]:
        lines = [f"  {self._word('attribution')} = {share['attribution_factor'] or '-'}"]
        for rule in share["rules"]:
            mark = "*" if rule["answered"] else "-"
            said = f"{rule[self.lang]}: {self._inputs(rule['inputs'])}"
            lines.append(f"    {mark} {said}{self._why(rule['closed'])}")
            lines += [f"        {line}" for f in rule["factors"] for line in self._factor(f)]
        return lines

    def _pool(self, pool: Mapping[str, Any] | None) -> list[str]:
        """The assets of the pool: their sums, and the largest of them."""
        if pool is None:
            return []
        money = f"{units.money(int(pool['outstanding']), 100, 2)} {self.currency}"
        tonnes = units.tonnes(int(pool["grams"]), 6)
        said = self._word("pool").format(**{**pool, "outstanding": money, "tonnes": tonnes})
        lines = [f"  {said}", *(f"    {self._asset(a['id'], a)}" for a in pool["largest"])]
        issuer = pool["issuer"]
        if issuer is not None:
            name = "pool_issuer" if issuer["sector"] is None else "pool_sector"
            said = self._word(name).format(id=issuer["id"] or "-", sector=issuer["sector"])
            lines.append(f"  {self._asset(said, issuer)}")
        return lines

    def _structures(self, taken: Mapping[str, str] | None) -> list[str]:
        """What was taken off a company for its own structures."""
        if taken is None:
            return []
        money = f"{units.money(int(taken['outstanding']), 100, 2)} {self.currency}"
        tonnes = units.tonnes(int(taken["grams"]), 6)
        return [f"  {self._word('structures').format(outstanding=money, tonnes=tonnes)}"]

    def _asset(self, name: str, asset: Mapping[str, Any]) -> str:
        return (
            f"{name}: {units.money(int(asset['outstanding']), 100, 2)} {self.currency}, "
            f"{self._word('attribution')} {asset['attribution_factor'] or '-'}, "
            f"{units.tonnes(int(asset['grams']), 6)} t, "
            f"{self._word('score')} {asset['score'] or '-'}"
        )

    def _scope(self, scope: Mapping[str, Any]) -> list[str]:
        name = self._word("scope12" if scope["scope"] == "12" else f"scope{scope['scope']}")
        found = ""
        if scope["option"]:
            tonnes = units.tonnes(round(float(scope["estimate_g"])), 6)
            found = f"{option_name(scope['option'], self.lang)} = {tonnes} t"
        closed = [option.get("closed") or {} for option in scope["options"]]
        if closed and all(why.get("code") == "nobody" for why in closed):
            return [f"  {name}: -{self._why(closed[0])}"]
        lines = [f"  {name}: {found or '-'}"]
        for option in scope["options"]:
            mark = "*" if option["answered"] else "-"
            inputs = self._inputs(option.get("inputs", {}))
            said = f"{option[self.lang]}: {inputs}" if inputs else option[self.lang]
            lines.append(f"    {mark} {said}{self._why(option.get('closed'))}")
            lines += [
                f"        {line}" for f in option.get("factors", ()) for line in self._factor(f)
            ]
        return lines

    def _alone(self, option: Mapping[str, Any]) -> list[str]:
        """An option of the position itself, which needs no share."""
        name = f"{self._word('scope' + option['scope'])}: {option['option']}"
        lines = [f"  {name}  {option[self.lang]}: {self._inputs(option['inputs'])}"]
        return lines + [f"        {line}" for f in option["factors"] for line in self._factor(f)]

    def _factor(self, factor: Mapping[str, Any]) -> list[str]:
        """The value with its source, the user's set where it is one, and its price level."""
        quantity = factor.get("quantity")
        before = f"{self._word('quantity')} {quantity} x " if quantity else ""
        own = f"  [{self._word('own_set')} {factor['set']}]" if factor["layer"] else ""
        price = factor.get("price")
        priced = [f"  {line}" for line in sentences(price, self.lang)] if price else []
        return [f"{before}{factor[self.lang]}{own}", *priced]

    def _entry(self, said: Mapping[str, Any]) -> list[str]:
        grams = ", ".join(f"{word('grams', s, self.lang, 'explain')} = {int(g):,} g"
                          for s, g in said["grams"].items() if g is not None)  # fmt: skip
        lines = [f"  {self._word('rounding')}: {grams or '-'}"]
        if said["data_quality_score"]:
            lines.append(f"  {self._word('score')}: {said['data_quality_score']}")
        lines += [f"  {self._word('flags')}: {word('flags', f, self.lang)}" for f in said["flags"]]
        return lines

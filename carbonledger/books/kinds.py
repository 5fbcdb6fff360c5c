"""Kinds of columns: how a cell of each becomes a value, alone and in a whole batch.

A kind's ``parse`` is the only reading of a cell; Pydantic calls it for a row, the column checks
call it for each distinct text. Kinds with a ``fast`` path take the plain cells of a batch at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from carbonledger import codes, units
from carbonledger.books import days, plain
from carbonledger.issues import Refusal

Parse = Callable[[str, int, str], object]
"""A cell's text, the scale of its column and the declared currency, to the value."""
Fast = Callable[[pa.Array, int], pa.Array]

UNIT_NAMES = {100: "元", 10**5: "千元", 10**6: "万元", 10**8: "百万元", 10**10: "亿元"}
MOST = 10**15
"""Beyond this no quantity of energy or output is meant: its unit is wrong."""
OVERSEAS = frozenset({"200", "2000"})
"""What the PBoC tables write for a use of funds abroad."""


@dataclass(frozen=True)
class Context:
    """What a cell's reading depends on besides its text."""

    scales: Mapping[str, int]
    currency: str


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of column: its Arrow type, how one cell reads, how plain cells read at once."""

    name: str
    type: pa.DataType
    parse: Parse
    fast: Fast | None = None
    values: tuple[str, ...] = ()
    scaled: bool = False
    aliases: tuple[tuple[str, ...], ...] = ()
    """Other ways to write each of the values, in their order."""

    def validator(self) -> BeforeValidator:
        """The same reading of a cell for Pydantic; the scale of the column comes in the context."""

        def read(value: object, info: ValidationInfo) -> object:
            if not isinstance(value, str):
                return value
            context: Context = info.context or Context({}, "CNY")
            scales = context.scales
            try:
                return self.parse(value, scales.get(info.field_name or "", 0), context.currency)
            except Refusal as refusal:
                words = {"why": refusal.code, **dict(refusal.details)}
                raise PydanticCustomError(refusal.code, "{why}", words) from None

        return BeforeValidator(read)


def _text(text: str, *_: object) -> str:
    plain = units.clean(text)
    if codes.destroyed(plain):
        raise Refusal("code_destroyed")
    if any(ord(c) < 32 for c in plain):
        raise Refusal("text_control_character")
    return plain


def _place(text: str, *_: object) -> str:
    """A country or division by its canonical code, anything else as it is written."""
    try:
        return codes.region(text)
    except Refusal:
        return _text(text)


def _label(text: str, *_: object) -> str:
    return units.clean(text)


def money(text: str, scale: int, currency: str) -> int:
    """An amount in whole fen; ``scale`` is the fen in one unit, 0 where only the cell says it."""
    _, unit = units.cell_unit(text)
    if unit is None and scale == 0:
        raise Refusal("unit_missing_in_cell")
    fen = units.minor(text, scale, currency=currency)
    if unit is not None and scale not in (0, units.money_scale(unit)):
        raise Refusal("unit_contradiction", said=f"{unit}, {UNIT_NAMES.get(scale, str(scale))}")
    return fen


def _tonnes(text: str, scale: int, _: str) -> int:
    return units.grams(text, scale or units.GRAMS)


def _number(text: str, *_: object) -> float:
    value = units.decimal(text)
    if abs(value) >= MOST:
        raise Refusal("number_too_large")
    return float(value)


def _share(text: str, *_: object) -> float:
    return units.share(text)


def _sector(text: str, *_: object) -> str:
    plain = units.clean(text)
    return "" if plain in OVERSEAS else codes.sector(plain)


def _region(text: str, *_: object) -> str:
    return codes.region(text)


def _currency(text: str, *_: object) -> str:
    return codes.currency(text)


_TRUE = frozenset(["true", "1", "是", "y", "yes", "t", "有", "已核查", "已上市", "1.0"])
_FALSE = frozenset(["false", "0", "否", "n", "no", "f", "无", "未核查", "未上市", "0.0"])


def _flag(text: str, *_: object) -> bool:
    plain = units.clean(text).lower()
    if plain in _TRUE:
        return True
    if plain in _FALSE:
        return False
    raise Refusal("flag_unknown")


def _green(text: str, *_: object) -> str:
    plain = units.clean(text)
    if plain.lower() in _TRUE:
        return "green"
    return "not_green" if plain.lower() in _FALSE | {"非绿色", "非绿"} else plain


def _year(text: str, *_: object) -> int:
    found = re.fullmatch(r"((?:19|20)\d\d)(?:\.0+)?年?(?:度)?", units.clean(text))
    if not found:
        raise Refusal("year_unreadable")
    return int(found.group(1))


def _date(text: str, scale: int, _: str) -> date:
    return days.day(text, scale)


def _plain_tonnes(column: pa.Array, scale: int) -> pa.Array:
    return plain.amounts(column, scale or units.GRAMS)


def _plain_text(column: pa.Array, _: int) -> pa.Array:
    return plain.texts(column)


TEXT = Kind("text", pa.string(), _text, _plain_text)
PLACE = Kind("text", pa.string(), _place)
LABEL = Kind("label", pa.dictionary(pa.int32(), pa.string()), _label)
GREEN = Kind("green tag", pa.dictionary(pa.int32(), pa.string()), _green)
MONEY = Kind("money", pa.int64(), money, plain.amounts, scaled=True)
TONNES = Kind("tonnes", pa.int64(), _tonnes, _plain_tonnes, scaled=True)
NUMBER = Kind("number", pa.float64(), _number)
SHARE = Kind("share", pa.float64(), _share)
SECTOR = Kind("sector", pa.dictionary(pa.int32(), pa.string()), _sector)
REGION = Kind("region", pa.dictionary(pa.int32(), pa.string()), _region)
CURRENCY = Kind("currency", pa.dictionary(pa.int32(), pa.string()), _currency)
FLAG = Kind("true or false", pa.bool_(), _flag)
YEAR = Kind("year", pa.int16(), _year)
DATE = Kind("date", pa.date32(), _date, plain.dates)


def enum(**values: str) -> Kind:
    """A closed list of values, each with its Chinese aliases after a space."""
    known = {name.lower(): name for name in values}
    for name, aliases in values.items():
        known |= {alias.lower(): name for alias in aliases.split()}

    def parse(text: str, *_: object) -> str:
        found = known.get(units.clean(text).lower())
        if found is None:
            raise Refusal("enum_unknown", known=", ".join(
                f"{n} ({a.split()[0]})" if a else n for n, a in values.items()))  # fmt: skip
        return found

    return Kind(
        "enum", pa.dictionary(pa.int32(), pa.string()), parse, values=tuple(values),
        aliases=tuple(tuple(a.split()) for a in values.values()),
    )  # fmt: skip

"""The fields of a configuration: how the text of one becomes its value, or a refusal."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from carbonledger import codes, units
from carbonledger.issues import Refusal
from carbonledger.standards import standards


def refuse(code: str, **words: str) -> PydanticCustomError:
    """What a validator raises: the code of the issue that it becomes."""
    return PydanticCustomError(code, "refused", dict(words))


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _years(value: object) -> object:
    found = re.fullmatch(r"((?:19|20)\d\d)(?:\.\.((?:19|20)\d\d))?", str(value).strip())
    if not found or (found.group(2) and found.group(2) < found.group(1)):
        raise refuse("config_period")
    first = int(found.group(1))
    return tuple(range(first, int(found.group(2) or first) + 1))


def _unit(value: object) -> object:
    try:
        units.money_scale(str(value))
    except Refusal as refusal:
        raise refuse("config_unit") from refusal
    return value


def _currency(value: object) -> object:
    try:
        return codes.currency(str(value))
    except Refusal as refusal:
        raise refuse("currency_unknown") from refusal


def _amount(value: object) -> object:
    if isinstance(value, int):
        return value  # fen already, as a sealed configuration has them
    number, unit = units.cell_unit(str(value))
    try:
        if unit is None:
            raise Refusal("unit_unknown")
        return units.minor(number, units.money_scale(unit))
    except Refusal as refusal:
        raise refuse("config_amount") from refusal


def _standard(value: object) -> object:
    never = ("waci", "tcfd", "undrawn_weighted")  # a weighted line never stands alone
    known = [s.id for s in standards().values() if s.account not in never]
    if value not in known:
        raise refuse("config_standard", known=", ".join(known))
    return value


Years = Annotated[tuple[int, ...], BeforeValidator(_years)]
Unit = Annotated[str, BeforeValidator(_unit)]
Currency = Annotated[str, BeforeValidator(_currency)]
Fen = Annotated[int, BeforeValidator(_amount)]
StandardId = Annotated[str, BeforeValidator(_standard)]
SectorColumn = Literal["sector", "borrower_sector"]
System = Literal["gbt4754", "isic4", "nace2", "nace21", "naics2022"]


def _length(value: object) -> object:
    if str(value) not in ("2", "3", "4"):
        raise refuse("config_choice", expected="2, 3, 4")
    return int(str(value))


Length = Annotated[int, BeforeValidator(_length)]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]

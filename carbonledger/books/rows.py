"""What all row models are made of: fields whose meaning stands beside them, in both languages."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from carbonledger.books import kinds
from carbonledger.books.kinds import Kind


class Row(BaseModel):
    """A row of a book; the only schema of it, for one row and for a batch of columns."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def column(name: str, zh: str, en: str, *, required: bool = False, **bounds: Any) -> Any:
    """A field with its Chinese name and the sentence that explains it."""
    extra: dict[str, Any] = {"zh": zh, "en": en}
    if required:
        return Field(title=name, json_schema_extra=extra, **bounds)
    return Field(default=None, title=name, json_schema_extra=extra, **bounds)


Id = Annotated[str | None, kinds.TEXT.validator(), kinds.TEXT]
PlaceId = Annotated[str | None, kinds.PLACE.validator(), kinds.PLACE]
Label = Annotated[str | None, kinds.LABEL.validator(), kinds.LABEL]
GreenTag = Annotated[str | None, kinds.GREEN.validator(), kinds.GREEN]
Money = Annotated[int | None, kinds.MONEY.validator(), kinds.MONEY]
Tonnes = Annotated[int | None, kinds.TONNES.validator(), kinds.TONNES]
Number = Annotated[float | None, kinds.NUMBER.validator(), kinds.NUMBER]
Fraction = Annotated[float | None, kinds.SHARE.validator(), kinds.SHARE]
Sector = Annotated[str | None, kinds.SECTOR.validator(), kinds.SECTOR]
Region = Annotated[str | None, kinds.REGION.validator(), kinds.REGION]
Currency = Annotated[str | None, kinds.CURRENCY.validator(), kinds.CURRENCY]
TrueFalse = Annotated[bool | None, kinds.FLAG.validator(), kinds.FLAG]
Year = Annotated[int | None, kinds.YEAR.validator(), kinds.YEAR]
Day = Annotated[Any, kinds.DATE.validator(), kinds.DATE]


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a book as its row model declares it."""

    name: str
    kind: Kind
    required: bool
    title: str
    zh: str
    en: str
    lowest: float | None
    highest: float | None


@cache
def columns_of(model: type[Row]) -> dict[str, ColumnSpec]:
    """The columns of a row model, in its own order."""
    return {name: _spec(name, info) for name, info in model.model_fields.items()}


def _spec(name: str, info: FieldInfo) -> ColumnSpec:
    kind = next(m for m in info.metadata if isinstance(m, Kind))
    extra: dict[str, str] = info.json_schema_extra  # type: ignore[assignment]
    highest = next((m.le for m in info.metadata if hasattr(m, "le")), None)
    lowest = next((m.ge for m in info.metadata if hasattr(m, "ge")), None)
    return ColumnSpec(
        name, kind, info.is_required(), info.title or name, extra["zh"], extra["en"], lowest,
        highest,
    )  # fmt: skip


@cache
def nothing_required(model: type[Row]) -> type[Row]:
    """The row model with every column optional, for reading a few of them alone."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        own = copy(info)
        if info.is_required():
            own.default = None
        fields[name] = (info.annotation, own)
    return create_model(f"{model.__name__}Some", __base__=Row, **fields)


@cache
def without_required(model: type[Row]) -> type[Row]:
    """The optional columns of a row model alone, for what a flat file carries of an entity."""
    fields: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in model.model_fields.items()
        if not info.is_required()
    }
    return create_model(f"{model.__name__}Part", __base__=Row, **fields)

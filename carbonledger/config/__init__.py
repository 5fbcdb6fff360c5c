"""The configuration of a working folder, carbonledger.yaml: read strictly, problems as issues."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from carbonledger import strict_yaml
from carbonledger.config.checks import FILE as FILE
from carbonledger.config.checks import MONEY, cross_checks, issue_of
from carbonledger.config.fields import (
    Currency,
    Fen,
    Length,
    Names,
    SectorColumn,
    StandardId,
    System,
    Unit,
    Years,
    refuse,
)
from carbonledger.issues import Issue, Place
from carbonledger.method import Text
from carbonledger.own_standards import load_standards
from carbonledger.reading.stores import holds_secret
from carbonledger.standards import lay_beside, standards


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Entity(_Strict):
    """The reporting institution, in both languages."""

    zh: str
    en: str


_SECRET = re.compile(r"(?:^|;)\s*(?:pwd|password)\s*=", re.IGNORECASE)


class BookConfig(_Strict):
    """Where a book lies and what is declared of it."""

    file: Names = ()
    months: Names = ()
    """Month-end files of the same positions; without ``file`` the last of them is the book."""
    query: str | None = None
    """A SELECT for a database file, or for the ODBC source under ``dsn``."""
    dsn: str | None = None
    unit: Unit | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = Field(default_factory=dict)
    """Canonical column to the header that holds it."""
    values: Mapping[str, str] = Field(default_factory=dict)
    """Canonical column to a value that holds for every row, declared for lack of a column."""
    mapping: str | None = None
    """A file of ``carbonledger map`` that a person has edited."""
    classification: Mapping[SectorColumn, System] = Field(default_factory=dict)
    """In which classification a sector column is written, where it is not GB/T 4754."""
    code_length: Mapping[SectorColumn, Length] = Field(default_factory=dict)
    """Digits of each code of a sector column, so that a lost leading zero can be put back."""
    entity: str | Mapping[str, str] | None = None
    """The reporting entity that holds the book, or that of each of its files."""

    def entity_names(self) -> tuple[str, ...]:
        """Every reporting entity that the book names."""
        if self.entity is None or isinstance(self.entity, str):
            return (self.entity,) if self.entity else ()
        return tuple(dict.fromkeys(self.entity.values()))

    def entity_of(self, file: str) -> str:
        """The reporting entity of a file of the book, '' where nothing is said."""
        if self.entity is None or isinstance(self.entity, str):
            return self.entity or ""
        return self.entity.get(file, "")

    @model_validator(mode="after")
    def _some_file(self) -> BookConfig:
        if not self.file and not self.months and self.dsn is None:
            raise refuse("config_no_file")
        if self.dsn is not None and (self.query is None or self.file):
            raise refuse("config_dsn")
        if self.dsn is not None and _SECRET.search(self.dsn):
            raise refuse("config_dsn_secret")
        if any(holds_secret(name) for name in (*self.file, *self.months)):
            raise refuse("config_url_secret")
        return self


class Exclusions(_Strict):
    """Which positions a standard leaves out: none unless configured, or said by the standard."""

    min_average_balance: Fen | None = None
    per: Literal["customer", "loan"] = "customer"
    of: Literal["all", "non_project"] = "all"
    """Whether projects count in a customer's balance and can be too small."""
    industries: Literal["all", "high_carbon"] = "all"
    persons: bool = False
    scale: Names = ()
    overseas: bool = False

    @property
    def asks_customers(self) -> bool:
        """Whether a position cannot be judged without the others of its customer."""
        sized = self.min_average_balance is not None and self.per == "customer"
        return sized or self.industries == "high_carbon"


class BaseYear(_Strict):
    """The base of the decline path: a figure, or a sealed run."""

    year: int | None = None
    intensity: Decimal | None = Field(default=None, gt=0)
    run: str | None = None

    @model_validator(mode="after")
    def _something(self) -> BaseYear:
        if self.year is None and self.run is None:
            raise refuse("config_base_year")
        return self


def _threshold(value: object) -> object:
    text = str(value).strip()
    return Decimal(text[:-1]) / 100 if re.fullmatch(r"\d+(\.\d+)?%", text) else value


class Recalculation(_Strict):
    """When a base year must be recalculated: the institution's own threshold."""

    threshold: Annotated[Decimal, BeforeValidator(_threshold), Field(gt=0, le=1)]


class Config(_Strict):
    """A working folder's configuration, one object for all its periods."""

    entity: Entity
    period: Years
    currency: Currency
    standards: Annotated[tuple[StandardId, ...], Field(min_length=1)]
    books: Mapping[Literal["loans", "investments", "facilitations", "policies", "counterparties",
                           "projects", "properties", "vehicles", "territories", "pools",
                           "pool_assets", "activities", "groups"], BookConfig]  # fmt: skip
    entities: Mapping[str, Entity] = Field(default_factory=dict)
    """The reporting entities that are consolidated, by the code they have in books and groups."""
    matches: str | None = None
    """The review file of joins that a person decides."""
    path: str | None = None
    base_year: BaseYear | None = None
    recalculation: Recalculation | None = None
    as_of: date | None = None
    known_on: date | None = None
    seal: Literal["copy", "reference"] | None = None
    exclusions: Mapping[str, Exclusions] = Field(default_factory=dict)
    compare_with: str | None = None
    history: Mapping[int, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)
    min_coverage: Decimal | None = Field(default=None, ge=0, le=1)
    allow: frozenset[Literal["recalled", "uncertain"]] = frozenset()
    attribution_above_one: Literal["flag", "refuse", "cap"] = "flag"
    complete_activities: bool = False
    average_balance: Literal["year", "held"] = "year"
    factors: Names = ()
    standard_folders: Names = ()
    """Folders of the institution's own standards: Python packages that are run."""
    answers: Names = ()
    """Files of answers to what earlier runs lacked; those of the period fill blank cells."""
    sm3: bool = False
    """Whether the manifest also holds the SM3 hash of every file."""
    four_eyes: bool = False
    """Whether who publishes a run must be somebody else than who sealed it."""
    overrides: str | None = None
    pseudonym_key: str | None = None
    """A file outside of the folder; never sealed, only the key's fingerprint is."""

    @field_validator("sm3")
    @classmethod
    def _sm3_is_there(cls, value: bool) -> bool:
        if value and "sm3" not in hashlib.algorithms_available:
            raise refuse("config_sm3")
        return value

    @model_validator(mode="before")
    @classmethod
    def _exclusions_of_standards(cls, value: Any) -> Any:
        """What a standard itself leaves out, where the configuration says nothing else.

        Amounts of a standard are in the currency of China and hold for no other.
        """
        if not isinstance(value, dict) or not isinstance(value.get("exclusions", {}), dict):
            return value
        said = dict(value.get("exclusions", {}))
        for name in value.get("standards") or ():
            own = standards()[name].exclusions if name in standards() else {}
            if value.get("currency") != "CNY":
                own = {k: v for k, v in own.items() if k != MONEY}
            if own and isinstance(said.get(name, {}), dict):
                said[name] = {**own, **said.get(name, {})}
        return {**value, "exclusions": said}

    @model_validator(mode="after")
    def _several_periods(self) -> Config:
        if len(self.period) > 1 and self.as_of is not None:
            raise refuse("config_as_of")
        return self

    def day_of(self, period: int) -> date:
        """The reporting date: the last day of the period unless configured."""
        return self.as_of or date(period, 12, calendar.monthrange(period, 12)[1])

    def known_on_of(self, period: int) -> date:
        """The cut-off for factors: the reporting date unless configured."""
        return self.known_on or self.day_of(period)

    @property
    def name(self) -> Text:
        """The institution's name."""
        return Text(self.entity.zh, self.entity.en)


def load_config(folder: Path) -> tuple[Config | None, list[Issue]]:
    """The configuration of a working folder; None where anything in it is wrong."""
    path = folder / FILE
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None, [Issue("config_missing", Place(FILE))]
    except (UnicodeDecodeError, OSError):
        return None, [Issue("config_unreadable", Place(FILE))]
    issues = own_standards(text, folder)
    return (None, issues) if issues else parse_config(text)


def own_standards(text: str, folder: Path) -> list[Issue]:
    """Lay the standards of a configuration's own folders beside the shipped ones."""
    value = strict_yaml.read(text, file=FILE).value
    said = value.get("standard_folders") if isinstance(value, dict) else None
    names = [said] if isinstance(said, str) and said else said if isinstance(said, list) else []
    if not all(isinstance(name, str) for name in names):
        return []  # said where the configuration itself is checked
    editions, issues = load_standards([folder / name for name in names], names)
    lay_beside(editions, alone=True)
    return issues


def parse_config(text: str) -> tuple[Config | None, list[Issue]]:
    """The same from the text of the file."""
    document = strict_yaml.read(text, file=FILE)
    if document.issues:
        return None, document.issues
    if not isinstance(document.value, dict):
        return None, [Issue("config_unreadable", Place(FILE))]
    try:
        config = Config.model_validate(_without_empty(document.value))
    except ValidationError as error:
        return None, [issue_of(found, document) for found in error.errors()]
    issues = cross_checks(config, document)
    return (None if issues else config), issues


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if v not in ("", None)}

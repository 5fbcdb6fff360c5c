"""What is wrong with a configuration, as issues at their places in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carbonledger import strict_yaml
from carbonledger.books import BOOKS, POSITIONS
from carbonledger.issues import Issue, Place
from carbonledger.standards import standards

if TYPE_CHECKING:
    from carbonledger.config import Config

FILE = "carbonledger.yaml"
MONEY = "min_average_balance"
"""The exclusion that is an amount."""
_BUILT_IN = {"missing": "config_missing_key", "extra_forbidden": "config_unknown_key"}


def issue_of(found: Any, document: strict_yaml.Document) -> Issue:
    """What a validator found wrong, at its place in the file."""
    way = tuple(found["loc"])
    code = _BUILT_IN.get(found["type"], found["type"])
    words = {k: str(v) for k, v in (found.get("ctx") or {}).items()}
    if found["type"] == "config_choice":
        words = {"allowed": words["expected"]}
    elif not code.startswith("config_") and code != "currency_unknown":
        words = {"allowed": str((found.get("ctx") or {}).get("expected", ""))}
        code = "config_choice" if found["type"] in ("literal_error", "enum") else "config_value"
    shown = "" if isinstance(found["input"], dict | list) else str(found["input"])
    place = Place(FILE, row=document.row(way), column=".".join(map(str, way)))
    return Issue(code, place, shown, tuple(sorted(words.items())))


def cross_checks(config: Config, document: strict_yaml.Document) -> list[Issue]:
    """What the keys of a configuration say against each other."""
    issues = []
    if not ({*POSITIONS} - {"pool_assets"}) & set(config.books):
        issues.append(Issue("config_no_positions", Place(FILE, row=document.row(("books",)))))
    for name, book in config.books.items():
        if book.months and name not in POSITIONS:
            row = document.row(("books", name, "months"))
            issues.append(Issue("config_months", Place(FILE, row=row), name))
        known = BOOKS[name].row.model_fields
        for part in ("columns", "values"):
            for column in getattr(book, part):
                if column not in known:
                    place = Place(FILE, row=document.row(("books", name, part, column)),
                                  column=f"books.{name}.{part}")  # fmt: skip
                    issues.append(Issue("config_unknown_column", place, column))
    issues += [
        Issue("config_entity", Place(FILE, row=document.row(("books", name, "entity"))), entity)
        for name, book in config.books.items()
        for entity in book.entity_names()
        if entity not in config.entities
    ]
    issues += [
        Issue("config_repeated", Place(FILE, row=document.row(("standards",))), standard)
        for k, standard in enumerate(config.standards)
        if standard in config.standards[:k]
    ]
    issues += [
        Issue(
            "config_exclusions", Place(FILE, row=document.row(("exclusions", standard))), standard
        )
        for standard in config.exclusions
        if standard not in config.standards
    ]
    issues += [
        Issue("config_exclusions_currency", Place(FILE, row=document.row(("standards",))), name,
              (("amount", str(standards()[name].exclusions[MONEY])),))
        for name in config.standards
        if MONEY in standards()[name].exclusions
        and config.exclusions[name].min_average_balance is None
    ]  # fmt: skip
    return issues

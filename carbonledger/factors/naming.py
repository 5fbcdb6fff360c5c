"""What the codes of factor keys are called, as people search for them and as tables print them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from carbonledger import codes
from carbonledger.issues import LANGUAGES, Language
from carbonledger.registers import rows as register


@cache
def names_of(key: str, code: str) -> tuple[str, ...]:
    """What a code is called, in both languages and small letters."""
    return tuple(name.casefold() for name in _called(key, code))


def _called(key: str, code: str) -> Iterator[str]:
    if key == "activity":
        for row in register("activities"):
            if row["activity"] == code:
                yield from (row["name_zh"], row["name_en"], *row["aliases"].split())
    elif key in ("sector", "region"):
        yield from (_name(key, code, language) for language in LANGUAGES)
    elif key == "currency":
        yield from (row["name_zh"] for row in register("iso4217") if row["alpha"] == code)


def _name(key: str, code: str, language: Language) -> str:
    """The register's name of a code, or nothing."""
    if key == "sector":
        return codes.sector_name(code, language)
    if key == "region" and (code == "CN" or not code.startswith("CN-")):
        name = codes.region_name(code, language)
        return "" if name == code else name
    if key == "activity":
        listed = (row for row in register("activities") if row["activity"] == code)
        return next((row[f"name_{language}"] for row in listed), "")
    return ""


SCOPES = {"1": "范围一", "2": "范围二", "12": "范围一和二", "3": "范围三"}


@cache
def named(key: str, code: str, language: Language) -> str:
    """A code with its name, as a table prints it."""
    if key == "scope":
        return SCOPES.get(code, f"范围{code}") if language == "zh" else f"scope {code}"
    name = _name(key, code, language)
    return code if not name or name == code else f"{code} {name}"


@cache
def unit_named(unit: str, currency: str, language: Language) -> str:
    """A unit of a factor as a sentence prints it: tCO2/万元 in English per CNY 10,000."""
    known = {row["unit"]: row for row in register("unit-words")}
    parts = [unit] if unit in known else unit.split("/")
    said = [known[p][language].format(currency=currency or "CNY") if p in known else p
            for p in parts]  # fmt: skip
    return (" per " if language == "en" and said != parts else "/").join(said)


@cache
def licence_named(licence: str, language: Language) -> str:
    """What a source's licence is called; one of the user's own stands as it was written."""
    said = {row["licence"]: row["zh"] for row in register("licence-words")}
    return said.get(licence, licence) if language == "zh" else licence

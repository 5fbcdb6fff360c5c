"""A company's name taken apart: place, brand, line of business, legal form, branch.

Two names are the same company's only where place, core and legal form are the same; whatever is
less sure is for a person to decide.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from carbonledger.names.latin import latin
from carbonledger.names.regions import leading_place, whole_place
from carbonledger.persons import is_name
from carbonledger.registers import rows
from carbonledger.units import clean

HAN = re.compile(r"[㐀-鿿]")
_BRACKETS = str.maketrans("[{〔【〈《<", "(((((((") | str.maketrans("]}〕】〉》>", ")))))))")
_DROPPED = re.compile(r"[\s,.;:、。·•‧・\"'’‘“”_*-]+")
_BRACKET = re.compile(r"\(([^()]*)\)")
SHORT_NAME = 4
"""Up to so many characters without a legal form could be a natural person's name."""


class Name(NamedTuple):
    """The parts of a name; ``form`` and ``branch`` are empty where the name states none."""

    places: tuple[str, ...]
    brand: str
    industry: str
    form: str
    group: bool
    branch: str

    @property
    def core(self) -> str:
        """What is left of the name without place, legal form and branch."""
        return self.brand + self.industry

    @property
    def key(self) -> tuple[str, str, bool, str]:
        """What must be equal, to the letter, beside the place."""
        return self.core, self.form, self.group, self.branch


@cache
def _words(kind: str) -> tuple[str, ...]:
    """The words of one kind, the longest first."""
    listed = next(r["words"] for r in rows("name-words") if r["kind"] == kind)
    return tuple(sorted(listed.split(), key=len, reverse=True))


@cache
def _forms() -> tuple[tuple[str, str], ...]:
    """Endings of Chinese names and the legal form that each one states, the longest first."""
    listed = [(word, r["form"]) for r in rows("legal-forms") if r["script"] == "han"
              for word in r["words"].split()]  # fmt: skip
    return tuple(sorted(listed, key=lambda pair: -len(pair[0])))


def plain(text: str) -> str:
    """The name in half width and small letters, one kind of brackets, nothing that says nothing."""
    return _DROPPED.sub("", clean(text).lower().translate(_BRACKETS))


@lru_cache(maxsize=262_144)
def parse(text: str) -> Name:
    """The parts of a company's name, Chinese or Latin."""
    if not HAN.search(text):
        core, form = latin(clean(text))
        return Name((), core, "", form, False, "")
    head, branch = _branch(plain(text))
    places: list[str] = []
    head, form, group = _brackets(head, places)
    head, own, grouped = _form(head)
    place, core = leading_place(head)
    places += [place] if place else []
    brand, industry = _industry(core)
    return Name(tuple(sorted(set(places))), brand, industry, form or own, group or grouped, branch)


def _branch(text: str) -> tuple[str, str]:
    """The head office's part of the name and the branch's; a branch is no head office."""
    bare = _BRACKET.sub(lambda m: "" if m.group(1) in _words("ownership") else m.group(), text)
    if not bare.endswith(_words("branch")):
        return bare, ""
    ends = [at + len(word) for word in _words("head") for at in _found(bare, word)]
    head = max((e for e in ends if e < len(bare) - 1 and not _cuts(bare, e)), default=0)
    return (bare[:head], bare[head:]) if head else (bare, bare)


def _found(text: str, word: str) -> list[int]:
    return [m.start() for m in re.finditer(word, text)]


def _cuts(text: str, end: int) -> bool:
    """Whether the word that ends here is itself the ending of a branch (分公司)."""
    return text[:end].endswith(_words("branch"))


def _brackets(text: str, places: list[str]) -> tuple[str, str, bool]:
    """Places, 集团 and kinds of partnership that stand in brackets; other words stay."""
    form, group = "", False

    def read(found: re.Match[str]) -> str:
        nonlocal form, group
        inside = found.group(1)
        place = whole_place(inside)
        if place:
            places.append(place)
        elif inside == "集团":
            group = True
        elif inside in dict(_forms()):
            form = dict(_forms())[inside]
        else:
            return found.group()
        return ""

    return _BRACKET.sub(read, text), form, group


def _form(text: str) -> tuple[str, str, bool]:
    """The name without its legal form, the form, and whether 集团 stands before it."""
    form = ""
    for ending, its_form in _forms():
        if text.endswith(ending) and len(text) > len(ending):
            text, form = text[: -len(ending)], its_form
            break
    grouped = len(text) > 2 and text.endswith("集团")
    return (text[:-2] if grouped else text), form, grouped


@cache
def _trades() -> tuple[frozenset[str], int]:
    words = frozenset(_words("industry"))
    return words, max(map(len, words))


def _industry(core: str) -> tuple[str, str]:
    """Brand and line of business: the words of trade that the core ends with."""
    words, longest = _trades()
    end = len(core)
    while end:
        size = next((n for n in range(min(longest, end), 0, -1) if core[end - n : end] in words), 0)
        if not size:
            break
        end -= size
    return core[:end], core[end:]


def may_be_person(text: str) -> bool:
    """Whether a name could be a natural person's: short, without any sign of an organisation."""
    bare = plain(text)
    if is_name(text) or any(word in bare for word in _words("person")):
        return True
    name = parse(text)
    if name.form or name.group or name.branch:
        return False
    if not HAN.search(bare):
        return True
    institution = len(bare) > 2 and bare.endswith(_words("institution"))
    return not institution and ("·" in text or len(bare) <= SHORT_NAME)

"""Good files with bytes flipped, cut, doubled, moved or replaced."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from corpus.writers import zipped

from hostile.case import COUNTERPARTIES, Case, config, good, with_book
from hostile.configurations import FACTOR_HEAD, FACTOR_TABLE, MAPPING, with_factors, with_mapping

TIMES = 8
NASTY = (b"\0", b"\xff", b"\r", b"\n", b'"', b"<", b"&", b"\x1a", b"=", b"\xef\xbb\xbf", b"%", b"*",
         b"\x80\x80\x80\x80", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"-1", b"[", b"{")  # fmt: skip
Change = Callable[[bytes, random.Random], bytes]


def _flip(content: bytes, chance: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _behead(content: bytes, chance: random.Random) -> bytes:
    return content[chance.randrange(1, len(content)) :]


def _double(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:last] + content[first:last] * chance.choice((1, 1, 3, 50)) + content[last:]


def _replace(content: bytes, chance: random.Random) -> bytes:
    out = content
    for _ in range(chance.choice((1, 2, 6))):
        at = chance.randrange(len(out))
        nasty = chance.choice(NASTY)
        out = out[:at] + nasty * chance.choice((1, 1, 5, 300)) + out[at + len(nasty) :]
    return out


def _blank(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:first] + b"\0" * (last - first) + content[last:]


CHANGES: Mapping[str, Change] = {"flipped": _flip, "cut": _cut, "beheaded": _behead,
                                 "doubled": _double, "replaced": _replace, "blanked": _blank}


def _inside(content: bytes, chance: random.Random, change: Change) -> bytes:
    """One member of a zip changed, the zip itself whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = chance.choice([name for name, inside in members.items() if inside])
    return zipped(members | {chosen: change(members[chosen], chance)})


def _book(name: str, change: Change, seed: str) -> dict[str, bytes]:
    return with_book(name, change(good()[name], random.Random(seed)))


def _book_inside(name: str, change: Change, seed: str) -> dict[str, bytes]:
    return with_book(name, _inside(good()[name], random.Random(seed), change))


def _beside(what: str, change: Change, seed: str) -> dict[str, bytes]:
    """The configuration, a mapping, a factor set or the second book changed."""
    chance = random.Random(seed)
    base = with_book("loans.csv", good()["loans.csv"])
    if what == "config":
        return base | {"carbonledger.yaml": change(config("loans.csv"), chance)}
    if what == "counterparties":
        return base | {"counterparties.csv": change(COUNTERPARTIES.encode(), chance)}
    if what == "mapping":
        return with_mapping(change(MAPPING, chance))
    if what == "factor_head":
        return with_factors(change(FACTOR_HEAD, chance), FACTOR_TABLE)
    return with_factors(FACTOR_HEAD, change(FACTOR_TABLE, chance))


def cases() -> Iterator[Case]:
    for word, change in CHANGES.items():
        for name in good():
            for number in range(TIMES):
                seed = f"{name} {word} {number}"
                yield Case(seed, partial(_book, name, change, seed))
        for name in ("loans.xlsx", "loans.ods"):
            for number in range(2 * TIMES):
                seed = f"inside {name} {word} {number}"
                yield Case(seed, partial(_book_inside, name, change, seed))
        for what in ("config", "counterparties", "mapping", "factor_head", "factor_table"):
            for number in range(TIMES):
                seed = f"{what} {word} {number}"
                yield Case(seed, partial(_beside, what, change, seed))

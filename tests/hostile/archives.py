"""Zip and gzip files that unpack to too much, to elsewhere, or to something else than they say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache, partial

from corpus.book import grid
from corpus.writers import gz, text, xlsx, zipped

from hostile.case import Case, good, with_book

MEGA = 1 << 20
LOANS = text(grid(header="贷款余额"))


@cache
def _packed(mega: int, filling: bytes = b"\0") -> bytes:
    """So many MB of one byte, deflated raw: one block that stands alone, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(filling * MEGA) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * mega + packer.flush()


def _gz_bomb(mega: int) -> dict[str, bytes]:
    content = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + _packed(mega, b"a") + struct.pack("<II", 0, 0)
    return with_book("loans.csv.gz", content)


def _raw_zip(
    members: list[tuple[str, bytes, int]], *, said: int | None = None, same: bool = False,
    flags: int = 0x800, count: int | None = None,
) -> bytes:  # fmt: skip
    """A zip written by hand: name, deflated bytes, true size; ``said`` lies about the sizes."""
    body, central = b"", b""
    for name, packed, size in members:
        raw, told = name.encode(), size if said is None else said
        place = 0 if same and body else len(body)
        head = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 33, 0, len(packed), told, len(raw), 0)
        central += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack(
            "<HHHII", 0, 0, 0, 0, place) + raw  # fmt: skip
        if place == len(body):
            body += b"PK\x03\x04" + head + raw + packed
    number = len(members) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, number & 0xFFFF, number & 0xFFFF, len(central), len(body), 0)
    return body + central + b"PK\x05\x06" + end


def _zip_bomb(mega: int, name: str, said: int | None) -> dict[str, bytes]:
    return with_book("loans.zip", _raw_zip([(name, _packed(mega), mega * MEGA)], said=said))


def _overlapping(count: int) -> dict[str, bytes]:
    members = [(f"{n}.csv", _packed(20), 20 * MEGA) for n in range(count)]
    return with_book("loans.zip", _raw_zip(members, same=True))


def _sheet_bomb(mega: int, member: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good()["loans.xlsx"])) as archive:
        kept = {n: archive.read(n) for n in archive.namelist() if n != member}
    members = [(n, _deflated(c), len(c)) for n, c in kept.items()]
    members.append((member, _packed(mega, b" "), mega * MEGA))
    return with_book("loans.xlsx", _raw_zip(members))


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def _nested(depth: int) -> dict[str, bytes]:
    content = zipped({"loans.csv": LOANS})
    for _ in range(depth):
        content = zipped({"loans.zip": content})
    return with_book("loans.zip", content)


def _named(name: str) -> dict[str, bytes]:
    return with_book("loans.zip", _raw_zip([(name, _deflated(LOANS), len(LOANS))]))


def _many(count: int, kind: str) -> dict[str, bytes]:
    members = {f"{n}.csv": b"" for n in range(count)}
    content = zipped(members) if kind == "zip" else zipped({"xl/workbook.xml": b"<a/>", **members})
    return with_book(f"loans.{kind}", content)


def _link() -> dict[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("loans.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "../secret.txt")
    return with_book("loans.zip", out.getvalue())


NAMES = ("../loans.csv", "../../../../tmp/evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..\\evil.csv",
         "a/../../evil.csv", "loans.csv\0.exe", "con.csv", "x" * 5_000 + ".csv", "", ".", "..", "/",
         "loans.csv/", "=cmd|' /C calc'!A1.csv", "\u202evsc.snaol", "\ud7ff.csv", "-rf.csv",
         "$(touch evil).csv", "`id`.csv", "loans.csv;id")  # fmt: skip


def cases() -> Iterator[Case]:
    for mega in (64, 300, 1_100):
        yield Case(f"gz bomb {mega}", partial(_gz_bomb, mega))
        for name in ("loans.csv", "loans.xlsx", "loans.parquet"):
            for said in (None, 10, 0, 0xFFFFFFFF):
                yield Case(f"zip bomb {mega} {name} said {said}",
                           partial(_zip_bomb, mega, name, said))  # fmt: skip
        for member in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml",
                       "xl/styles.xml", "[Content_Types].xml", "xl/media/image1.png"):
            yield Case(f"xlsx bomb {mega} {member}", partial(_sheet_bomb, mega, member))
    for count in (2, 50, 500):
        yield Case(f"overlapping {count}", partial(_overlapping, count))
    for depth in (1, 2, 5, 40):
        yield Case(f"nested {depth}", partial(_nested, depth))
    for name in NAMES:
        yield Case(f"member named {name[:30]!r}", partial(_named, name))
    for kind in ("zip", "xlsx", "ods"):
        yield Case(f"many members {kind}", partial(_many, 20_000, kind))
    yield Case("link in zip", _link)
    for flags, word in ((0x801, "encrypted"), (0x808, "sizes_behind"), (0x820, "patched")):
        content = _raw_zip([("loans.csv", _deflated(LOANS), len(LOANS))], flags=flags)
        yield Case(f"zip {word}", partial(with_book, "loans.zip", content))
    lying = _raw_zip([("loans.csv", _deflated(LOANS), len(LOANS))], count=60_000)
    yield Case("zip lying about its count", partial(with_book, "loans.zip", lying))
    yield Case("zip empty", partial(with_book, "loans.zip", zipped({})))
    yield Case("gz of gz of gz", partial(with_book, "loans.csv.gz", gz(gz(gz(LOANS)))))
    yield Case("gz twice in a row", partial(with_book, "loans.csv.gz", gz(LOANS) + gz(LOANS)))
    yield Case("gz with rubbish behind", partial(with_book, "loans.csv.gz", gz(LOANS) + b"x" * 99))
    yield Case("xlsx in zip in gz", partial(
        with_book, "loans.zip.gz", gz(zipped({"loans.xlsx": xlsx(grid())}))))  # fmt: skip
    yield Case("zip behind a program", partial(
        with_book, "loans.zip", b"MZ" + b"\0" * 500 + zipped({"loans.csv": LOANS})))  # fmt: skip

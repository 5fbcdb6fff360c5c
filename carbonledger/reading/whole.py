"""Every visible sheet of a workbook as rows of text, behind the same guards as a book."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from carbonledger.issues import Issue, Refusal
from carbonledger.reading import xlsx
from carbonledger.reading.sheet_scan import scanned
from carbonledger.reading.table import Request
from carbonledger.reading.workbook import sheets_of, values_of
from carbonledger.reading.xlsx import WRITTEN
from carbonledger.reading.zip_guard import DAMAGE, members, unpacked

Lines = list[tuple[int, list[str]]]


def whole_workbook(path: Path) -> tuple[dict[str, Lines], list[Issue]]:
    """The rows of each sheet with their numbers, and what could not be read."""
    request = Request(path, path.name, None, lambda _: False, None)
    try:
        with path.open("rb") as stream:
            if not xlsx.FORMAT.signature(stream.read(4)):
                return {}, [request.issue("format_unsupported", kind=path.suffix or "?")]
        listed = members(path)
        sheets = sheets_of(path, listed)
        own = {s.member: s for s in sheets if s.visible}
        found: dict[str, Lines] = {}
        for info in (i for i in listed if i.filename.lower() in own):
            scan = scanned(partial(unpacked, path, info))  # refuses what would harm the reader
            name = own[info.filename.lower()].name
            lines = {n: [WRITTEN[type(c)](c) for c in cells]
                     for n, cells in enumerate(values_of(path, name)(), 1)}  # fmt: skip
            for number, texts in (
                scan.texts if scan else {}
            ).items():  # cells that the reader left empty
                row = lines.setdefault(number, [])
                row += [""] * (max(texts) - len(row))
                for column, text in texts.items():
                    row[column - 1] = text
            found[name] = sorted(lines.items())
        return {s.name: found[s.name] for s in sheets if s.name in found}, []
    except Refusal as refusal:
        return {}, [request.refused(refusal)]
    except DAMAGE as problem:
        return {}, [request.issue("file_unreadable", reason=str(problem))]

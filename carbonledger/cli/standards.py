"""``carbonledger standards``: the same book under each standard of a run, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import named, print_json, print_table, provisional

if TYPE_CHECKING:
    import pyarrow as pa

    from carbonledger.analysis.side_by_side import Contrast, Sums
    from carbonledger.form import Form
    from carbonledger.runs import Run

REGISTER = "form-standards"
BY_ROW = ("csv", "json", "xlsx")
MOST_ROWS = 100_000
"""Positions that a workbook takes; a larger book goes into CSV or JSON, which are streams."""


@click.command()
@click.argument("run")
@click.option("--loans", is_flag=True, help="Position by position, with the cause of each "
              "difference named: as csv, json or xlsx.")  # fmt: skip
@click.option("--format", "kind", type=click.Choice(["html", "xlsx", "json", "md", "csv"]),
              help="Write it as a file.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
@json_option
@language_option
def command(
    run: str, loans: bool, kind: str | None, output: Path | None, as_json: bool, lang: Language
) -> None:
    """Show the book of RUN under each of its standards, and why the figures differ.

    \b
    carbonledger standards my-bank/runs/2025
    carbonledger standards my-bank/runs/2025 --format html -o standards.html
    carbonledger standards my-bank/runs/2025 --loans --format csv -o loans.csv
    """
    sealed = run_named(run, lang)
    names = named_standards(sealed, lang)
    kind = "json" if as_json and loans else kind
    _check(loans, kind, output, lang)
    if loans and kind != "xlsx":
        with _opened(output) as stream:
            _write_rows(sealed, names, str(kind), stream)
    elif as_json:
        print_json(_document(sealed, names))
    elif kind is not None:
        from carbonledger.cli.writing import write_whole
        from carbonledger.render import renderers

        write_whole(renderers()[kind](form_of(sealed, names, lang, loans)), output)
    else:
        _say(sealed, names, lang)


def named_standards(run: Run, lang: Language) -> list[str]:
    """The standards of a run that can be compared; a single one can't be."""
    from carbonledger.workflow.side_by_side import comparable

    names = comparable(run)
    if len(names) < 2:
        one = ", ".join(names) or "-"
        raise click.UsageError(
            f"对照需要两个以上的标准，批次 {run.id} 只有 {one}" if lang == "zh" else
            f"a comparison needs two standards, run {run.id} has {one}")  # fmt: skip
    return names


def _check(loans: bool, kind: str | None, output: Path | None, lang: Language) -> None:
    zh = lang == "zh"
    if output is not None and kind is None:
        raise click.UsageError("-o 需要 --format" if zh else "-o needs --format")
    if loans and kind not in BY_ROW:
        asked = "、".join(BY_ROW) if zh else ", ".join(BY_ROW)
        raise click.UsageError(f"--loans 需要 --format {asked} 之一" if zh else
                               f"--loans needs one of --format {asked}")  # fmt: skip
    if kind == "csv" and not loans:
        raise click.UsageError("csv 需要 --loans" if zh else "csv needs --loans")


def form_of(run: Run, names: Sequence[str], lang: Language, loans: bool = False) -> Form:
    """The form of a run, with the rows behind it where they are asked for."""
    from carbonledger.analysis.sealed import disclosure_of
    from carbonledger.forms.standards import form, view_of
    from carbonledger.forms.standards.loans import sheet
    from carbonledger.standards import standards
    from carbonledger.workflow.side_by_side import batches, comparison

    rows = None
    if loans:
        count = run.ledger(names[0]).whole.rows
        if count > MOST_ROWS:
            raise click.UsageError(
                f"工作簿最多 {MOST_ROWS:,} 笔，本批次 {count:,} 笔；请用 --format csv"
                if lang == "zh" else
                f"a workbook takes {MOST_ROWS:,} positions, the run has {count:,}; "
                "use --format csv")  # fmt: skip
        known = [standards()[n] for n in names]
        rows = sheet(view_of(disclosure_of(run), lang), known, batches(run, names))
    return form(comparison(run, names, rows), lang)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """The file, whole or not at all, or standard output."""
    import sys

    from carbonledger.cli.writing import beside

    if output is None:
        yield sys.stdout.buffer
    elif output.exists() and not output.is_file() and not output.is_dir():
        with output.open("wb") as stream:
            yield stream
    else:
        with beside(output) as unfinished, unfinished.open("wb") as stream:
            yield stream


def _write_rows(run: Run, names: Sequence[str], kind: str, stream: IO[bytes]) -> None:
    """Batch by batch, causes in Chinese and English beside each other."""
    from carbonledger.analysis.sealed import disclosure_of
    from carbonledger.forms.standards import view_of
    from carbonledger.forms.standards.loans import Rows
    from carbonledger.standards import standards
    from carbonledger.workflow.side_by_side import batches

    disclosure = disclosure_of(run)
    languages: tuple[Language, ...] = ("zh", "en")
    made = Rows([view_of(disclosure, n) for n in languages], [standards()[n] for n in names])
    tables = (made.of(group) for group in batches(run, names))
    if kind == "csv":
        _csv(tables, stream)
    else:
        _json(run, names, tables, stream)


def _csv(tables: Iterator[pa.Table], stream: IO[bytes]) -> None:
    """UTF-8 with BOM for Excel; text that a spreadsheet would take for a formula is quoted."""
    from pyarrow import csv

    from carbonledger.forms.standards.loans import guarded_text

    stream.write("\ufeff".encode())
    for number, table in enumerate(tables):
        csv.write_csv(guarded_text(table), stream, csv.WriteOptions(include_header=number == 0))


def _json(
    run: Run, names: Sequence[str], tables: Iterator[pa.Table], stream: IO[bytes]
) -> None:  # fmt: skip
    """One document; numbers as strings, as everywhere."""
    import json

    from carbonledger.forms.standards.loans import numbers_as_text

    known = [{"standard": n, "provisional": provisional(n)} for n in names]
    head = {"schema": "carbonledger.standards-loans/1", "run_id": run.id, "standards": known}
    stream.write((json.dumps(head, ensure_ascii=False)[:-1] + ', "positions": [').encode())
    comma = b"\n"
    for table in tables:
        text = numbers_as_text(table).to_pandas().to_json(orient="records", force_ascii=False)
        rows = text[1:-1].encode()
        if rows:
            stream.write(comma + rows)
            comma = b",\n"
    stream.write(b"\n]}\n")


def _document(run: Run, names: Sequence[str]) -> dict[str, Any]:
    from carbonledger.workflow.side_by_side import compared

    return {
        "schema": "carbonledger.standards/1",
        "run_id": run.id,
        "period": run.period,
        "standards": [_totals(run, n) for n in names],
        "pairs": [_pair(p) for p in compared(run, names)],
    }


def _totals(run: Run, name: str) -> dict[str, Any]:
    whole = run.ledger(name).whole
    exact = {m: getattr(whole, m) for m in ("intensity", "coverage", "score")}
    return {
        "standard": name,
        "provisional": provisional(name),
        **{m: str(getattr(whole, m)) for m in ("book", "computed", "not_covered", "excluded",
                                               "refused", "balance", "scope12")},
        **{m: None if v is None else f"{v.numerator}/{v.denominator}" for m, v in exact.items()},
    }  # fmt: skip


def _pair(pair: Contrast) -> dict[str, Any]:
    from carbonledger.analysis.contrast import EFFECTS

    return {
        "first": pair.first, "second": pair.second, **_grams(pair.whole),
        "positions": _counts(pair.whole),
        "absences": [
            {"standard": why.standard, "status": why.status, "reason": why.reason,
             "rows": gone.rows, "outstanding": str(gone.outstanding), "grams": str(gone.grams)}
            for why, gone in sorted(pair.absences.items())
        ],
        "by": {dimension: [{"code": code, **_grams(sums)} for code, sums in sorted(found.items())]
               for dimension, found in pair.by.items()},
        "largest": [
            {"position_id": one.id, "book": one.book,
             "first": None if one.first is None else str(one.first),
             "second": None if one.second is None else str(one.second),
             **{n: str(e) for n, e in zip(EFFECTS, one.effects, strict=True)}}
            for one in pair.largest
        ],
    }  # fmt: skip


def _grams(sums: Sums) -> dict[str, Any]:
    from carbonledger.analysis.side_by_side import MEASURES

    grams = {m: str(sums.of(m)) for m in ("first", "second", "difference")}
    return {"grams": grams, "effects": {m: str(sums.of(m)) for m in MEASURES[2:]}}


def _counts(sums: Sums) -> dict[str, int]:
    from carbonledger.analysis.side_by_side import MEASURES

    return dict(zip(MEASURES[2:], sums.rows[2:], strict=True))


def _say(run: Run, names: Sequence[str], lang: Language) -> None:
    from carbonledger import units
    from carbonledger.words import word
    from carbonledger.workflow.side_by_side import compared

    for pair in compared(run, names):
        whole = pair.whole
        ends = {"first": named(pair.first, lang), "second": named(pair.second, lang)}
        rows = [[ends["first"], units.tonnes(whole.of("first"), 3), ""]]
        for effect, count in _counts(whole).items():
            tonnes = _signed(units.tonnes(whole.of(effect), 3))
            rows.append([word("effects", effect, lang, REGISTER, **ends), tonnes, f"{count:,}"])
        rows.append([ends["second"], units.tonnes(whole.of("second"), 3), ""])
        heads = [word("columns", n, lang, REGISTER) for n in ("effect", "positions")]
        print_table([heads[0], "tCO2e", heads[1]], rows)


def _signed(text: str) -> str:
    return text if text.startswith("-") or not text.strip("0.,") else f"+{text}"

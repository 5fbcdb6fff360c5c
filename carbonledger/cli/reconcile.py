"""``carbonledger reconcile``: the books of a run against the general ledger, to the fen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import (
    FINDING,
    named,
    print_json,
    print_table,
    provisional,
    refuse,
)

if TYPE_CHECKING:
    from carbonledger.analysis.reconcile import Line, Reconciliation


@click.command()
@click.argument("run")
@click.option("--general-ledger", "file", type=click.Path(path_type=Path), required=True,
              help="Balances of the general ledger: CSV, XLSX or Parquet.")  # fmt: skip
@click.option("--unit", help="Unit of the balances, where the file does not say it.")
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it and its books are sealed by reference.")  # fmt: skip
@json_option
@language_option
def command(
    run: str, file: Path, unit: str | None, folder: Path | None, as_json: bool, lang: Language
) -> None:
    """Compare the books of RUN with the general ledger by account, branch and currency.

    Leaves with 4 where a balance differs. `carbonledger columns general_ledger` names its columns.

    \b
    carbonledger reconcile my-bank/runs/2025-1a2b3c4d --general-ledger gl.csv --unit 元
    """
    from carbonledger.analysis.reconcile import reconciled
    from carbonledger.books import POSITIONS
    from carbonledger.config import BookConfig
    from carbonledger.intake.book import open_book
    from carbonledger.issues import errors, in_order
    from carbonledger.workflow.reopen import sealed_books

    sealed = run_named(run, lang)
    currency = sealed.manifest["inputs"]["config"]["currency"]
    books, issues = sealed_books(sealed, folder)
    config = BookConfig(file=(file.name,), unit=unit)
    general = open_book("general_ledger", config, file.parent, sealed.period, currency)
    for _ in general.batches():
        pass  # so that all problems of its rows are known
    issues = in_order(issues + general.issues)
    if errors(issues):
        refuse(issues, lang)
    positions = [b for n, b in books.items() if n in POSITIONS]
    standards = sealed.manifest["inputs"]["config"]["standards"]
    found = reconciled(general, positions, [sealed.ledger(s) for s in standards], currency)
    if as_json:
        print_json(_document(sealed.id, found))
    else:
        _say(found, currency, lang)
    if not found.agrees:
        raise click.exceptions.Exit(FINDING)


def _document(run_id: str, found: Reconciliation) -> dict[str, Any]:
    return {
        "schema": "carbonledger.reconciliation/1", "run_id": run_id, "agrees": found.agrees,
        "keys": list(found.keys),
        "lines": [{**dict(zip(found.keys, line.key, strict=True)),
                   "general_ledger": str(line.ledger), "book": str(line.book),
                   "difference": str(line.difference)} for line in found.lines],
        "fates": [{"standard": f.standard, "provisional": provisional(f.standard),
                   "foots": f.foots, **{
            n: str(getattr(f, n)) for n in ("book", "computed", "not_covered", "excluded",
                                            "refused")}} for f in found.fates],
    }  # fmt: skip


def _say(found: Reconciliation, currency: str, lang: Language) -> None:
    from carbonledger.books.titles import column_title

    zh = lang == "zh"
    if found.differences:
        titles = [column_title(k, lang) for k in found.keys]
        titles += ["总账", "账簿", "差额"] if zh else ["general ledger", "book", "difference"]
        print_table(titles, [_cells(line) for line in found.differences])
    count, all_ = len(found.differences), len(found.lines)
    click.echo(f"{all_} 项中有 {count} 项不符" if zh else f"{count} of {all_} balances differ")
    for fates in found.fates:
        parts = [_money(getattr(fates, n)) for n in ("computed", "not_covered", "excluded",
                                                     "refused")]  # fmt: skip
        mark = "=" if fates.foots else "<>"
        words = "账簿 = 已核算 + 未覆盖 + 排除 + 退回" if zh else (
            "book = computed + not covered + excluded + refused")  # fmt: skip
        click.echo(f"{named(fates.standard, lang)}  {words}, {currency}")
        click.echo(f"  {_money(fates.book)} {mark} {' + '.join(parts)}")


def _cells(line: Line) -> list[str]:
    return [*(k or "-" for k in line.key), _money(line.ledger), _money(line.book),
            _money(line.difference)]  # fmt: skip


def _money(fen: int) -> str:
    from carbonledger import units

    return units.money(fen, 100, 2)

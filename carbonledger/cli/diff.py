"""``carbonledger diff``: what moved financed emissions and intensity from one run to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import named, print_json, print_table, provisional

if TYPE_CHECKING:
    from fractions import Fraction

    from carbonledger.analysis.comparison import Comparison, Mover, StandardChange
    from carbonledger.runs import Run

REGISTER = "form-changes"


@click.command()
@click.argument("run_a")
@click.argument("run_b")
@click.option("--standard", metavar="ID", help="One standard; by default all that both have.")
@click.option("--format", "kind", type=click.Choice(["html", "xlsx", "json", "md"]),
              help="Write the comparison as a file, with its waterfall.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
@json_option
@language_option
def command(
    run_a: str, run_b: str, standard: str | None, kind: str | None, output: Path | None,
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Split the change from RUN_A to RUN_B into its causes, to the gram.

    \b
    carbonledger diff my-bank/runs/2024 my-bank/runs/2025
    carbonledger diff my-bank/runs/2024 my-bank/runs/2025 --format html -o changes.html
    """
    from carbonledger.workflow.compared_runs import compared

    if output is not None and kind is None:
        raise click.UsageError("-o 需要 --format" if lang == "zh" else "-o needs --format")
    before, after = run_named(run_a, lang), run_named(run_b, lang)
    found = compared(before, after, _standards(before, after, standard, lang))
    if as_json:
        print_json(_document(found))
    elif kind is not None:
        _write(found, kind, lang, output)
    else:
        _say(found, lang)


def _standards(before: Run, after: Run, wanted: str | None, lang: Language) -> list[str]:
    """The standards to compare; runs that share none, or no currency, can't be."""
    from carbonledger.workflow.compared_runs import common_standards

    zh = lang == "zh"
    money = [r.manifest["inputs"]["config"]["currency"] for r in (before, after)]
    if money[0] != money[1]:
        raise click.UsageError(
            f"两个批次的报告货币不同：{money[0]}、{money[1]}" if zh else
            f"the runs report in two currencies: {money[0]}, {money[1]}")  # fmt: skip
    both = common_standards(before, after)
    if not both or (wanted is not None and wanted not in both):
        known = ", ".join(both) or "-"
        raise click.UsageError(
            f"两个批次共有的标准：{known}" if zh else f"the standards that both runs have: {known}"
        )
    return [wanted] if wanted is not None else both


def _write(found: Comparison, kind: str, lang: Language, output: Path | None) -> None:
    from carbonledger.cli.writing import write_whole
    from carbonledger.forms.changes import form
    from carbonledger.render import renderers

    write_whole(renderers()[kind](form(found, lang)), output)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


def _document(found: Comparison) -> dict[str, Any]:
    sides = {n: {"run_id": r, "period": p} for n, (r, p) in
             (("before", found.before), ("after", found.after))}  # fmt: skip
    return {"schema": "carbonledger.diff/1", **sides, "currency": found.currency,
            "remarks": list(found.remarks),
            "standards": [_standard(c) for c in found.changes]}  # fmt: skip


def _standard(change: StandardChange) -> dict[str, Any]:
    split = change.split
    return {
        "standard": change.standard,
        "provisional": provisional(change.standard),
        "grams": {"before": str(split.before), "after": str(split.after),
                  "change": str(split.after - split.before)},
        "intensity_g_per_fen": {"before": _exact(split.intensity_before),
                                "after": _exact(split.intensity_after)},
        "effects": [
            {"effect": name, "grams": str(grams),
             "intensity_g_per_fen": None if split.intensity is None
             else _exact(split.intensity[name])}
            for name, grams in split.grams.items()
        ],
        "positions": dict(change.positions),
        "largest_positions": [_mover(m) for m in change.largest_positions],
        "largest_borrowers": [_mover(m) for m in change.largest_borrowers],
    }  # fmt: skip


def _mover(mover: Mover) -> dict[str, Any]:
    grams = {n: None if g is None else str(g) for n, g in
             (("before", mover.before), ("after", mover.after))}  # fmt: skip
    place = {"book": mover.book, "effect": mover.effect} if mover.book else {}
    return {"id": mover.id, **place, **grams, "change": str(mover.change)}


def _say(found: Comparison, lang: Language) -> None:
    from carbonledger import units
    from carbonledger.words import word

    def said(group: str, name: str) -> str:
        return word(group, name, lang, REGISTER)

    for change in found.changes:
        split = change.split
        click.echo(f"{named(change.standard, lang)}  {found.before[0]} -> {found.after[0]}")
        rows = [[said("titles", "before"), units.tonnes(split.before, 3),
                 _places(split.intensity_before)]]  # fmt: skip
        rows += [[said("effects", name), _signed(units.tonnes(grams, 3)),
                  _signed(_places(None if split.intensity is None else split.intensity[name]))]
                 for name, grams in split.grams.items()]  # fmt: skip
        rows.append([said("titles", "after"), units.tonnes(split.after, 3),
                     _places(split.intensity_after)])  # fmt: skip
        money = word("units", "intensity", lang, money="万元" if lang == "zh" else
                     f"{found.currency} 10,000")  # fmt: skip
        print_table([said("columns", "effect"), "tCO2e", _ascii(money)], rows)
    for remark in found.remarks:
        click.echo(said("remarks", remark), err=True)


def _ascii(text: str) -> str:
    return text.replace("₂", "2")


def _places(value: Fraction | None) -> str:
    from carbonledger import units

    return "-" if value is None else units.ratio(value.numerator, value.denominator, 6)


def _signed(text: str) -> str:
    return text if text.startswith("-") or not text.strip("0.,") else f"+{text}"

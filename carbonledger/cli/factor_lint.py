"""``carbonledger factors lint``: every problem of factor files at once, own or shipped."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.printing import (
    FINDING,
    REFUSED,
    counted,
    issue_document,
    print_json,
    say_issues,
)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@json_option
@language_option
def lint(path: Path, as_json: bool, lang: Language) -> None:
    """Check PATH, a folder or a workbook of factor sets: every problem with file and line.

    Leaves with 3 where an error keeps a set or row out, with 4 where something is odd.

    \b
    carbonledger factors lint my-bank/my-factors
    carbonledger factors lint my-factors.xlsx --lang zh
    """
    from carbonledger.factors import shipped_root
    from carbonledger.factors.lint import lint as check
    from carbonledger.issues import errors
    from carbonledger.words import word

    library, issues = check(path, shipped_root())
    rows = sum(len(values) for _, values in library.sets)
    if as_json:
        print_json(issue_document(issues) | {"sets": len(library.sets), "rows": rows})
    else:
        say_issues(issues, lang, to_stderr=False)
        name = "counted" if issues else "sound"
        click.echo(word("lines", name, lang, "factors", sets=len(library.sets), rows=rows,
                        **counted(issues)), err=bool(issues))  # fmt: skip
    if issues:
        raise click.exceptions.Exit(REFUSED if errors(issues) else FINDING)

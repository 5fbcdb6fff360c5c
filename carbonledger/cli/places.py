"""Where commands look for the run that a person names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language
from carbonledger.cli.printing import refuse

if TYPE_CHECKING:
    from carbonledger.runs import Run


def run_named(reference: str, lang: Language, *, adopted: bool = True) -> Run:
    """The run of a path or id: here, in runs/, or in the runs/ of a folder below.

    The user's own standards that it was sealed under are taken in, unless they are not wanted.
    """
    from carbonledger.runs import find_run

    here = Path()
    places = [here, here / "runs", *sorted(here.glob("*/runs")), *sorted(here.glob("*/*/runs"))]
    run, issues = find_run(reference, places)
    if run is None:
        raise click.UsageError(issues[0].text(lang))
    if adopted and run.manifest["inputs"]["config"].get("standard_folders"):
        from carbonledger.workflow.own_code import adopt

        issues = adopt(run)
        if issues:
            refuse(issues, lang)
    return run

"""Where commands look for the run that a person names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language

if TYPE_CHECKING:
    from carbonledger.runs import Run


def run_named(reference: str, lang: Language) -> Run:
    """The run of a path or id: here, in runs/, or in the runs/ of a folder below."""
    from carbonledger.runs import find_run

    here = Path()
    places = [here, here / "runs", *sorted(here.glob("*/runs")), *sorted(here.glob("*/*/runs"))]
    run, issues = find_run(reference, places)
    if run is None:
        raise click.UsageError(issues[0].text(lang))
    return run

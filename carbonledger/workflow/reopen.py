"""A sealed run opened again, to explain or to work it anew."""

from __future__ import annotations

from pathlib import Path

from carbonledger.config import Config
from carbonledger.intake.sealed import open_sealed
from carbonledger.issues import Issue, errors
from carbonledger.runs import (
    Run,
)
from carbonledger.scale.local import (
    Period,
    prepare_books,
)
from carbonledger.workflow.factor_files import sealed_roots


def reopened(run: Run, folder: Path | None = None) -> tuple[Period | None, list[Issue]]:
    """A sealed run's books, factors and entities again, as they were when it was sealed.

    ``folder`` is the working folder, for a run that lies outside of it.
    """
    config = Config.model_validate(run.manifest["inputs"]["config"] | {"period": str(run.period)})
    working = folder or run.folder.resolve().parent.parent
    inputs = run.manifest["inputs"]["files"]
    books, issues = open_sealed(run.folder, config, run.period, working,
                                {f["file"]: f["sha256"] for f in inputs})  # fmt: skip
    if errors(issues):
        return None, issues
    ready = prepare_books(config, working, run.period, books, sealed_roots(run.folder))
    return ready, issues + ready.all_issues()

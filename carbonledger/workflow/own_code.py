"""The code of a user's own standards: sealed with a run, and run again only where it is trusted."""

from __future__ import annotations

import shutil
from pathlib import Path

from carbonledger.issues import Issue, Place
from carbonledger.own_standards import code_files, code_of, load_standards
from carbonledger.runs import Run
from carbonledger.scale.period import Period
from carbonledger.standards import lay_beside

CODE = "standards"
"""The folder of a run that holds them, a folder a layer."""


def folders_of(ready: Period) -> list[Path]:
    """Where the period's own standards lie."""
    return [ready.folder / name for name in ready.config.standard_folders]


def write_code(ready: Period, folder: Path) -> None:
    """The files of the period's own standards, as they are."""
    for layer, root in enumerate(folders_of(ready)):
        for file in code_files(root):
            place = folder / str(layer) / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


def adopt(run: Run, folder: Path | None = None, *, trusted: bool = False) -> list[Issue]:
    """Lay a run's own standards beside the shipped ones.

    Sealed code is run where it is ``trusted``; else only the working folder's own, which must be
    the same to the byte.
    """
    names = run.manifest["inputs"]["config"].get("standard_folders") or []
    if not names:
        return []
    working = folder or run.folder.resolve().parent.parent
    roots = [run.folder / CODE / str(k) if trusted else working / n for k, n in enumerate(names)]
    if code_of(roots) != run.manifest["inputs"]["standards"]:
        return [Issue("standard_code_differs", Place(run.id), ", ".join(names))]
    editions, issues = load_standards(roots, names)
    lay_beside(editions, alone=False)
    return issues

"""Where commands look for the run that a person names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language, answered
from carbonledger.cli.printing import refuse

if TYPE_CHECKING:
    from carbonledger.runs import Mirror, Run


def public(url: str, lang: Language) -> str:
    """A URL that may be shown and sealed."""
    from carbonledger.issues import Issue
    from carbonledger.reading.stores import holds_secret

    if holds_secret(url):
        raise click.UsageError(Issue("config_url_secret").text(lang))
    return url.rstrip("/")


def mirror_of(url: str, refused: Path) -> Mirror:
    """The runs at a URL, worked in a folder that goes with the command."""
    from carbonledger.runs import Mirror

    place = click.get_current_context().with_resource(tempfile.TemporaryDirectory())
    (folder := Path(place) / "runs").mkdir()
    return Mirror(folder, refused, url)


def brought_here(url: str, lang: Language) -> str:
    """A folder of this machine with what a URL names: a run, or a folder of runs."""
    from carbonledger.issues import Issue, Place
    from carbonledger.runs import runs_at

    with answered(lang):
        runs, run_id = runs_at(public(url, lang)) or ("", "")
        mirror = mirror_of(runs, Path())
        if runs:
            mirror.fetch()
        named = [p.name for p in mirror.folder.iterdir() if p.name.startswith(run_id)]
        if not named:
            raise click.UsageError(Issue("run_unknown", Place(), url).text(lang))
        mirror.fetch(*named)
    return str(mirror.folder / run_id)


def is_bundle(reference: str) -> bool:
    """Whether a file that ``bundle`` may have written is meant."""
    return reference.lower().endswith(".zip") and Path(reference).is_file()


def unpacked(bundle: str, lang: Language) -> Path:
    """A folder with the files of a bundle, which goes with the command."""
    from carbonledger.runs.archive import unpack

    place = Path(click.get_current_context().with_resource(tempfile.TemporaryDirectory()))
    issues = unpack(Path(bundle), place)
    if issues:
        refuse(issues, lang)
    return place


def _run_of_bundle(bundle: str, lang: Language) -> str:
    """The run that is packed whole in a bundle; every byte must be what was sealed."""
    from carbonledger.runs.verify import verify_bundle

    (run, *_), issues = verify_bundle(unpacked(bundle, lang) / "runs")
    if issues:
        refuse(issues, lang)
    return str(run.folder)


def run_named(reference: str, lang: Language, *, adopted: bool = True) -> Run:
    """The run of a path or id: here, in runs/, or in the runs/ of a folder below.

    Of a bundle it is the run that it holds. The user's own standards that it was sealed under
    are taken in, unless they are not wanted.
    """
    from carbonledger.reading.stores import is_url
    from carbonledger.runs import find_run

    if is_url(reference):
        reference = brought_here(reference, lang)
    elif is_bundle(reference):
        reference = _run_of_bundle(reference, lang)
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

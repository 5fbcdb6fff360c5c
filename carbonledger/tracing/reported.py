"""A sealed run asked for any figure of its reports by the key of the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import tee
from typing import Any
from urllib.parse import unquote

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.analysis.sealed import disclosure_of
from carbonledger.form import Section
from carbonledger.forms import changes, forms
from carbonledger.forms.financed import view_of
from carbonledger.issues import Issue, Language
from carbonledger.runs import ENTRIES, Run, find_run
from carbonledger.standards import standards
from carbonledger.tracing.cell import traced
from carbonledger.tracing.document import document
from carbonledger.tracing.lookup import Shown, branch_order, of_code, shown


@dataclass
class Reported:
    """A run and its reports in one language, made as far as a figure of them is asked for."""

    run: Run
    language: Language
    _made: dict[str, Iterator[Section]] = field(default_factory=dict)

    @cached_property
    def disclosure(self) -> Disclosure:
        """What the reports are made from."""
        return disclosure_of(self.run)

    def explained(self, key: str) -> dict[str, Any] | None:
        """How a figure is made; None where no report has the key."""
        if key.startswith("standards/"):
            from carbonledger.tracing.standards import explained

            return explained(self.run, key, self.language)
        found = self._shown(key)
        if found is None:
            return None
        named = None if found.cell.formula is None else key.split("/")[0]
        standard = None if named is None else standards()[named]
        entries = None if named is None else self.run.folder / ENTRIES / f"{named}.parquet"
        made = traced(found.cell, entries, standard, branch_order(self.disclosure, standard))
        return document(self.run.id, made, found.where, found.unit, found.notes,
                        self.run.folder / "factors.csv", self.disclosure.currency)  # fmt: skip

    def _shown(self, key: str) -> Shown | None:
        for sections in self._forms(key):
            found = shown(sections, key)
            if found is not None:
                return found
        return of_code(self.disclosure, view_of(self.disclosure, self.language), key)

    def _forms(self, key: str) -> Iterator[Iterator[Section]]:
        """The forms that may show the figure: of this run, or of this and the one before it."""
        if earlier_in(key) is not None:
            before, _ = earlier_run(self.run, key)
            if before is not None:
                yield self._held(before.id, partial(self._changes, before))
            return
        for name, kind in forms().items():
            yield self._held(name, partial(kind.sections, self.disclosure, self.language))

    def _changes(self, before: Run) -> Iterator[Section]:
        from carbonledger.workflow.compared_runs import common_standards, compared

        found = compared(before, self.run, common_standards(before, self.run))
        return iter(changes.form(found, self.language).sections)

    def _held(self, name: str, make: Callable[[], Iterator[Section]]) -> Iterator[Section]:
        """The chapters of a form from the first on; none is made twice."""
        if name not in self._made:
            self._made[name] = make()
        self._made[name], again = tee(self._made[name])
        return again


def earlier_in(key: str) -> str | None:
    """The run that a change is from, where the key is one of a change."""
    second = unquote((*key.split("/"), "")[1])
    return second.removeprefix(changes.CHANGE) if second.startswith(changes.CHANGE) else None


def earlier_run(run: Run, key: str) -> tuple[Run | None, list[Issue]]:
    """That run, which lies beside the later one."""
    return find_run(earlier_in(key) or "", [run.folder.parent])

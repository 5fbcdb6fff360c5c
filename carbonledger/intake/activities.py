"""Energy, fuel and output of entities as encoded columns in canonical units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.books.checks import Typed
from carbonledger.factors import FactorsAt
from carbonledger.flags import NO_FLAG
from carbonledger.intake.answered import energy_conflicts, energy_rows, energy_standing
from carbonledger.intake.answers import ENERGY, Answer
from carbonledger.intake.book import OpenBook
from carbonledger.intake.energy_names import activity_names
from carbonledger.intake.entities import Entities
from carbonledger.intake.gathered import joined
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.lookup import find
from carbonledger.method import SCOPES, Batch, Codes, Column, Flag, Key


def load_activities(
    opened: OpenBook | None, entities: Mapping[str, Entities], factors: FactorsAt, period: int,
    complete: bool, answers: Sequence[Answer] = (),
) -> tuple[dict[str, Batch], list[Issue]]:  # fmt: skip
    """A batch of activities per kind of entity; energy counts only where declared complete."""
    issues: list[Issue] = []
    parts: dict[str, list[Batch]] = {kind: [] for kind in entities}
    asked = [a for a in answers if a.field.startswith(ENERGY)]
    for kind, entity in entities.items() if asked else ():
        standing = energy_standing(kind, list(opened.batches()) if opened else [], period)
        kept, problems = energy_conflicts([a for a in asked if a.entity == kind], standing)
        issues += problems
        for given in energy_rows(kind, kept, period):
            parts[kind].append(_batch(kind, given, entity, factors, period, complete, issues,
                                      given.file, Flag.ANSWERED))  # fmt: skip
    for whole in _files(opened):
        for kind, entity in entities.items():
            if f"{kind}_id" in whole.columns:
                parts[kind].append(
                    _batch(kind, whole, entity, factors, period, complete, issues, whole.file)
                )
    return {kind: joined(batches) for kind, batches in parts.items() if batches}, issues


def _files(opened: OpenBook | None) -> Iterator[Typed]:
    """Each file's rows as one, so that warnings count over the file, however it was read."""
    held: dict[str, list[Typed]] = {}
    for batch in opened.batches() if opened is not None else ():
        held.setdefault(batch.file, []).append(batch)
    for batches in held.values():
        first, *others = batches
        if not others:
            yield first
            continue
        table = pa.concat_tables([pa.table(dict(b.columns)) for b in batches])
        table = table.unify_dictionaries().combine_chunks()
        columns = {n: table.column(n).combine_chunks() for n in table.column_names}
        yield replace(first, columns=columns, rows=np.concatenate([b.rows for b in batches]))


def _batch(
    kind: str, typed: Typed, entity: Entities, factors: FactorsAt, period: int, complete: bool,
    issues: list[Issue], file: str, flag: Flag = NO_FLAG,
) -> Batch:  # fmt: skip
    columns = typed.columns
    ids = columns[f"{kind}_id"]
    right_year = pc.fill_null(pc.equal(columns["year"], period), False)
    keep = np.asarray(pc.and_(right_year, pc.is_valid(ids)))
    at = np.flatnonzero(keep)
    rows_ = typed.rows[at]
    activity, energy, product, scope = _activities(
        columns["activity"].take(pa.array(at)), factors, rows_, file, issues
    )
    quantity, dimension = _quantities(columns, at, rows_, file, issues)
    link = pc.index_in(ids.take(pa.array(at)), value_set=entity.ids) if len(entity.ids) else None
    owner: Codes = (np.full(len(at), -1, np.int32) if link is None else
                    link.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32))  # fmt: skip
    keys = {"activity": activity, "dimension": dimension,
            "region": _owner_key(entity.batch.keys["region"], owner)}  # fmt: skip
    flags = {"region": entity.batch.flags["region"][np.where(owner >= 0, owner, 0)]} if len(
        entity.ids) else {}  # fmt: skip
    flags["quantity"] = np.full(len(at), flag, np.uint32)
    always = np.ones(len(at), np.bool_)
    bare = Batch(len(at), {"quantity": Column(quantity, always)}, keys, {"entity": owner}, flags)
    lacking = _lacking(bare, factors, energy & complete, product, ~(energy | product), scope)
    place = _Where(file, rows_)
    if len(ids) - ids.null_count and not len(at):
        issues.append(Issue("activity_other_year", Place(file), "",
                            (("count", str(len(ids))), ("period", str(period)))))  # fmt: skip
    _warn(issues, place, activity, columns["unit"].take(pa.array(at)), lacking, energy | product)
    _warn_unmatched(issues, place, ids.take(pa.array(at)), owner)
    return Batch(len(at), {**bare.columns,
        "is_energy": Column(energy & complete, always),
        "is_production": Column(product, always),
        **{f"no_{option}_scope{s}": Column(rows, always)
           for (option, s), rows in lacking.items()}},
        keys, bare.links, flags)  # fmt: skip


@dataclass(frozen=True)
class _Where:
    """The file and rows that a batch of activities comes from."""

    file: str
    rows: NDArray[np.int64]

    def issue(
        self, code: str, at: NDArray[np.intp], column: str, value: str, **words: str
    ) -> Issue:
        """One issue for several rows, placed at the first."""
        place = Place(self.file, row=int(self.rows[at[0]]), column=column)
        said = {"count": str(len(at)), **words}
        return Issue(code, place, value, tuple(sorted(said.items())))


def _warn(
    issues: list[Issue], where: _Where, activity: Key, unit: pa.Array,
    lacking: Mapping[tuple[str, str], NDArray[np.bool_]], known: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Known activities that no factor answers for in their unit: their sums are not used."""
    without = lacking["energy", "1"] | lacking["energy", "2"]
    without |= lacking["production", "1"] & lacking["production", "12"]
    units_of = unit.cast(pa.string()).to_pylist()
    groups: dict[tuple[str, str], list[int]] = {}
    for k in np.flatnonzero(without & known).tolist():
        groups.setdefault((activity.names[activity.codes[k]], str(units_of[k])), []).append(k)
    for (name, said), found in groups.items():
        issues.append(
            where.issue("activity_no_factor", np.array(found), "activity", name, unit=said)
        )


def _warn_unmatched(issues: list[Issue], where: _Where, ids: pa.Array, owner: Codes) -> None:
    rows = np.flatnonzero(owner < 0)
    if rows.size:
        issues.append(where.issue("activity_unmatched", rows, "", str(ids[int(rows[0])])))


def _lacking(
    batch: Batch, factors: FactorsAt, energy: NDArray[np.bool_], product: NDArray[np.bool_],
    unknown: NDArray[np.bool_], scope: NDArray[np.str_],
) -> dict[tuple[str, str], NDArray[np.bool_]]:  # fmt: skip
    """Rows without a factor, by the option and scope whose sum would lack them.

    Energy belongs to one scope, and a sum over both needs all of it; output needs its factor in
    each scope that is summed; what nothing knows could be either.
    """
    keys = ("activity", "dimension", "region", "scope")
    found = {(kind, s): find(factors, kind, keys, s, batch).row >= 0
             for kind in ("energy_factor", "production_factor") for s in SCOPES}  # fmt: skip
    some = np.zeros(batch.size, np.bool_)
    for s in SCOPES:
        some |= found["energy_factor", s]
    lacking = {("energy", s): (energy | unknown) & ~some & np.isin(scope, ("", s))
               for s in ("1", "2")}  # fmt: skip
    lacking["energy", "12"] = (energy | unknown) & ~found["energy_factor", "12"]
    return lacking | {("production", s): (product | unknown) & ~found["production_factor", s]
                      for s in SCOPES}  # fmt: skip


def _activities(
    column: pa.Array, factors: FactorsAt, rows_: NDArray[np.int64], file: str, issues: list[Issue]
) -> tuple[Key, NDArray[np.bool_], NDArray[np.bool_], NDArray[np.str_]]:
    """Activities by code, kind and scope; one that nothing knows is warned of."""
    energy_names = factors.vocabulary("energy_factor", "activity")
    product_names = factors.vocabulary("production_factor", "activity")
    names, energy, product, scopes = [], [], [], []
    codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    for k, text in enumerate(column.dictionary.to_pylist()):
        code, kind, scope = activity_names().get(text.lower(), (text, "", ""))
        is_energy = kind == "energy" or code in energy_names
        is_product = kind == "product" or code in product_names
        names.append(code)
        scopes.append(scope)
        energy.append(is_energy)
        product.append(is_product and not is_energy)
        if not (is_energy or is_product) and (codes == k).any():
            row = int(rows_[np.flatnonzero(codes == k)[0]])
            issues.append(Issue("activity_unknown", Place(file, row=row, column="activity"), text))
    return (Key(codes, tuple(names)), np.array([*energy, False])[codes],
            np.array([*product, False])[codes], np.array([*scopes, ""])[codes])  # fmt: skip


def _quantities(
    columns: Mapping[str, pa.Array], at: NDArray[np.intp], rows_: NDArray[np.int64], file: str,
    issues: list[Issue],
) -> tuple[NDArray[np.float64], Key]:  # fmt: skip
    """Quantities in canonical units, and what each measures."""
    unit = columns["unit"].take(pa.array(at))
    codes = unit.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    dimensions, multipliers = [], []
    for k, text in enumerate(unit.dictionary.to_pylist()):
        try:
            known = units.quantity_unit(text)
        except Refusal as refusal:
            dimensions.append("")
            multipliers.append(1.0)
            if (codes == k).any():
                row = int(rows_[np.flatnonzero(codes == k)[0]])
                issues.append(Issue(refusal.code, Place(file, row=row, column="unit"), text))
            continue
        dimensions.append(known.dimension)
        multipliers.append(float(known.multiplier))
    quantity = columns["quantity"].take(pa.array(at)).fill_null(0).to_numpy(zero_copy_only=False)
    scale = np.array([*multipliers, 1.0])[codes]
    return quantity * scale, Key(codes, tuple(dimensions))


def _owner_key(key: Key, owner: Codes) -> Key:
    if not len(key.codes):
        return Key(np.full(len(owner), -1, np.int32), ())
    return Key(np.where(owner >= 0, key.codes[np.where(owner >= 0, owner, 0)], -1).astype(np.int32),
               key.names)  # fmt: skip

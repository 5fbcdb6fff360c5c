"""The corpus: every variant of the small book loads exactly, or is refused as stated by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from corpus import Variant, variants

from carbonledger.config import BookConfig
from carbonledger.intake.book import open_book


@dataclass(frozen=True)
class Read:
    """What the product made of a variant."""

    rows: tuple[dict[str, Any], ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def read(variant: Variant, folder: Path) -> Read:
    for name, content in variant.files.items():
        (folder / name).write_bytes(content)
    says = {"file": list(variant.files), **variant.says}
    book = open_book(variant.book, BookConfig.model_validate(says), folder, 2025, "CNY")
    rows: list[dict[str, Any]] = []
    for batch in book.batches():
        rows += _rows(batch.columns, len(batch.rows))
    said = {s: tuple(sorted({i.code for i in book.issues if i.severity == s}))
            for s in ("error", "warning")}  # fmt: skip
    return Read(tuple(rows), said["error"], said["warning"])


def _rows(columns: Any, size: int) -> list[dict[str, Any]]:
    values = {name: column.to_pylist() for name, column in columns.items()}
    assert all(len(column) == size for column in values.values())
    return [{name: column[at] for name, column in values.items()} for at in range(size)]


def differences(variant: Variant, found: Read) -> list[str]:
    """What differs from what must come out; nothing where all is right."""
    if variant.refused:
        wrong = variant.refused not in found.errors
        return [f"refused for {found.errors}, not {variant.refused}"] if wrong else []
    if found.errors:
        return [f"refused for {found.errors}"]
    out = [f"no warning {code}" for code in variant.warned if code not in found.warnings]
    if len(found.rows) != len(variant.rows):
        return [*out, f"{len(found.rows)} rows, not {len(variant.rows)}"]
    for number, (is_, must) in enumerate(zip(found.rows, variant.rows, strict=True)):
        out += [f"row {number}: {name} is {is_.get(name)!r}, not {value!r}"
                for name, value in must.items() if is_.get(name) != value]  # fmt: skip
    return out


Results = list[tuple[Variant, Read]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return [(v, read(v, tmp_path_factory.mktemp("variant"))) for v in variants()]


def stopped(variant: Variant, found: Read) -> bool:
    """Whether a good file is refused, for the reason stated for it: a pity, but nothing wrong."""
    return bool(variant.or_refused) and variant.or_refused in found.errors


def test_nothing_differs_from_what_was_stated_by_hand(results: Results) -> None:
    wrong = {v.name: differences(v, f) for v, f in results if not stopped(v, f)}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_most_good_variants_load_without_options(results: Results) -> None:
    good = [(v, f) for v, f in results if not v.refused]
    plain = [v for v, f in good if v.without_options and not stopped(v, f)]
    bad = [v for v in variants() if v.refused]
    declared = sum(not v.without_options for v, _ in good)
    print(f"\n{len(variants())} variants: {len(plain)} of {len(good)} good ones load right without "
          f"options ({len(plain) / len(good):.1%}), {declared} with a line of configuration, "
          f"{sum(stopped(v, f) for v, f in good)} are refused; all {len(bad)} bad ones are refused "
          f"for {len({v.refused for v in bad})} stated reasons")  # fmt: skip
    assert len(variants()) == len({v.name for v in variants()})
    assert len(variants()) >= 120
    assert len(plain) >= 0.95 * len(good)


def test_big5_is_smelt(tmp_path: Path) -> None:
    """Big5 decodes as GB18030 without an error, so its names come out as others: a warning."""
    names = ("中國鋼鐵股份有限公司", "臺灣水泥股份有限公司", "臺灣電力股份有限公司",
             "遠東紡織股份有限公司")  # fmt: skip
    rows = [f"L{n},C{n},{name},5000000" for n, name in enumerate(names)]
    header = "loan_id,counterparty_id,counterparty_name,outstanding_amount (yuan)"
    text = "\n".join([header, *rows])
    found = read(Variant("big5", {"loans.csv": text.encode("big5")}), tmp_path)
    assert found.errors == ()
    assert "encoding_big5" in found.warnings


def test_the_corpus_can_fail(tmp_path: Path) -> None:
    """A statement that is off by one fen, one row or one digit of a code is noticed."""
    right = next(v for v in variants() if v.name == "utf8_comma")
    found = read(right, tmp_path)
    assert differences(right, found) == []
    off = {**right.rows[0], "outstanding_amount": 1_234_560_001}
    assert differences(replace(right, rows=(off, *right.rows[1:])), found)
    code = {**right.rows[0], "sector": "C3012"}
    assert differences(replace(right, rows=(code, *right.rows[1:])), found)
    assert differences(replace(right, rows=right.rows[1:]), found)
    assert differences(replace(right, refused="unit_missing"), found)

"""``carbonledger entries``: the figures per position, back to the core system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from carbonledger.cli.frames import show_pandas
from carbonledger.cli.language import Language, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.writing import write_whole


@click.command()
@click.argument("run")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv",
              show_default=True, help="Kind of file.")  # fmt: skip
@click.option("--standard", help="Only this standard; all of the run's by default.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
@language_option
def command(run: str, kind: str, standard: str | None, output: Path | None, lang: Language) -> None:
    """Write one row a position and standard of RUN: status, share, grams, score, flags."""
    sealed = run_named(run, lang)
    known = [ledger["standard"] for ledger in sealed.summary["ledgers"]]
    if standard is not None and standard not in known:
        raise click.BadParameter(f"the run has {', '.join(known)}", param_hint="--standard")
    table = _table(sealed, [standard] if standard else known)
    write_whole(_csv(table) if kind == "csv" else _parquet(table), output)


def _table(run: Any, names: list[str]) -> Any:
    """The entries of the standards one below the other, flags by name."""
    import pyarrow as pa

    from carbonledger.entries import flag_names

    parts = []
    for name in names:
        table = run.entries(name)
        flags = table.column("flags").combine_chunks().dictionary_encode()
        words = pa.array([flag_names(bits) for bits in flags.dictionary.to_pylist()], pa.string())
        at = table.column_names.index("flags")
        named = pa.DictionaryArray.from_arrays(flags.indices, words).cast(pa.string())
        table = table.set_column(at, "flags", named)
        parts.append(table.add_column(0, "standard", pa.array([name] * len(table), pa.string())))
    return pa.concat_tables(parts)


def _csv(table: Any) -> bytes:
    """UTF-8 with BOM for Excel; text that a spreadsheet would take for a formula is quoted."""
    show_pandas()
    import pandas as pd

    from carbonledger.issues import guarded

    frame: pd.DataFrame = table.to_pandas(types_mapper=_nullable, strings_to_categorical=False)
    for name in ("position_id", "contract_id", "counterparty_id", "project_id", "branch",
                 "product", "green_tag", "group", "reporting_entity"):  # fmt: skip
        frame[name] = (
            frame[name]
            .astype("object")
            .map(lambda cell: guarded(cell) if isinstance(cell, str) else cell)
        )
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig")


def _nullable(kind: Any) -> Any:
    """Whole numbers stay whole where some are missing."""
    import pandas as pd
    import pyarrow as pa

    return {
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int8(): pd.Int8Dtype(),
    }.get(kind)


def _parquet(table: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content

"""A working folder to a sealed run, its units worked by Spark: the same run as on one machine.

spark-submit run_on_spark.py FOLDER OUT PERIOD

carbonledger of one version is installed on every machine. FOLDER is here, with its configuration;
its books and OUT lie where every machine reaches them: on a disk that all have at the same path,
or at a URL (s3://, hdfs:// ...) with the extra ``stores``. Nothing here is Spark's but two lines
in ``mapper``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from carbonledger.config import load_config
from carbonledger.reading.stores import is_url
from carbonledger.render import reports
from carbonledger.runs import Mirror, Store
from carbonledger.scale.local import Accounted, account
from carbonledger.scale.many import account_on, kept_here
from carbonledger.scale.period import Period
from carbonledger.scale.units import Done, Unit, work
from carbonledger.workflow.seal import Sealed, Sealing, code_digest, seal


def seal_on(context: Any, folder: Path, out: str, period: int) -> int:
    """Seal the run of a period; the exit code as ``carbonledger run`` has it."""
    if not is_url(out):
        return sealed_in(Store(Path(out), Path(out) / "refused"), None, context, folder, period)
    with tempfile.TemporaryDirectory() as place:
        (runs := Path(place) / "runs").mkdir()
        return sealed_in(Mirror(runs, folder / "refused", out), out, context, folder, period)


def sealed_in(
    store: Store, shared: str | None, context: Any, folder: Path, period: int
) -> int:  # fmt: skip
    """The same in a store of runs; the parts of units lie at its URL, or in its folder."""

    def mapper(units: Sequence[Unit]) -> Iterable[Done]:
        return context.parallelize(units, len(units)).map(work).collect()

    def engine(ready: Period, place: Path | None, progress: Any) -> Accounted:
        if place is None or kept_here(ready):
            return account(ready, place, progress)
        parts = f"{shared}/{place.parent.name}" if shared else None
        return account_on(mapper, code_digest, ready, place, progress, parts)

    config, issues = load_config(folder)
    if config is not None:
        with store.lock():
            result = seal(config, folder, period, store, {}, Sealing(reports, engine=engine))
        if isinstance(result, Sealed):
            print(result.run.id, result.run.summary["figures_id"])
            return 0
        issues = list(result.issues)
    for issue in issues:
        print(issue.severity, issue.code, issue.text("en"), file=sys.stderr)
    return 3


if __name__ == "__main__":
    from pyspark import SparkContext

    with SparkContext.getOrCreate() as spark:
        sys.exit(seal_on(spark, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))

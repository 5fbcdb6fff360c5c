"""A working folder to a sealed run, its units worked by Spark: the same run as on one machine.

spark-submit run_on_spark.py FOLDER OUT PERIOD

carbonledger of one version is installed on every machine, and FOLDER and OUT lie on a disk that
every machine has at the same path. Nothing here is Spark's but two lines in ``mapper``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from carbonledger.config import load_config
from carbonledger.render import reports
from carbonledger.runs import Store
from carbonledger.scale.local import Accounted, account
from carbonledger.scale.many import account_on, kept_here
from carbonledger.scale.period import Period
from carbonledger.scale.units import Done, Unit, work
from carbonledger.workflow.seal import Sealed, Sealing, code_digest, seal


def seal_on(context: Any, folder: Path, out: Path, period: int) -> int:
    """Seal the run of a period; the exit code as ``carbonledger run`` has it."""

    def mapper(units: Sequence[Unit]) -> Iterable[Done]:
        return context.parallelize(units, len(units)).map(work).collect()

    def engine(ready: Period, place: Path | None, progress: Any) -> Accounted:
        if place is None or kept_here(ready):
            return account(ready, place, progress)
        return account_on(mapper, code_digest, ready, place, progress)

    config, issues = load_config(folder)
    store = Store(out, out / "refused")
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
        sys.exit(seal_on(spark, Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))

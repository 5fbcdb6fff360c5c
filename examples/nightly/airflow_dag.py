"""carbonledger every night under Apache Airflow 3: put this file into the folder of DAGs.

The task's log is the JSON log of the run; its result is the list of the runs that are sealed now.
"""

import json
import os
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

PROGRAM = os.environ.get("CARBONLEDGER", "/opt/carbonledger/bin/carbonledger")
BANK = os.environ.get("CARBONLEDGER_BANK", "/srv/my-bank")
COMMAND = [PROGRAM, "run", BANK, "--new-only", "--by", "airflow", "--log", "json"]
PASSING = (69, 73, 75)
"""A source that does not answer, a full disk, another run that writes: worth trying again."""


@task(retries=3, retry_delay=timedelta(minutes=10))
def account() -> list[str]:
    """Seal the books as they are; skipped where the same books were sealed before."""
    runs = []
    with subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          encoding="utf-8") as running:  # fmt: skip
        for line in running.stderr:
            print(line, end="")
            step = json.loads(line) if line.startswith("{") else {}
            if step.get("event") == "sealed":
                runs.append(step["run_id"])
    code = running.returncode
    if code == 99:
        raise AirflowSkipException("the same books were sealed before")
    if code in PASSING:
        raise RuntimeError(f"exit {code}: try again")
    if code:
        raise AirflowFailException(f"exit {code}: a person must look, trying again changes nothing")
    return runs


@dag(schedule="30 2 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def carbonledger():
    """One task a night."""
    account()


carbonledger()

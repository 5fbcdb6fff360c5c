"""A run told to other systems: as an RO-Crate, and as an OpenLineage event.

RO-Crate 1.1, https://w3id.org/ro/crate/1.1; OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2.
Times are taken from ``as_of``, for a run holds no clock.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

from carbonledger.runs.archive import pack
from carbonledger.runs.manifest import FILE
from carbonledger.runs.run import Run

CRATE = "ro-crate-metadata.json"
CRATE_VERSION = "https://w3id.org/ro/crate/1.1"
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "urn:carbonledger"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)
KINDS = {".parquet": "application/vnd.apache.parquet", ".json": "application/json",
         ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         ".yaml": "application/yaml", ".csv": "text/csv", ".html": "text/html"}  # fmt: skip


def ro_crate(run: Run, target: Path) -> None:
    """Write a zip with the run's files and the metadata that describe them."""
    metadata = json.dumps(_crate(run), ensure_ascii=False, indent=1).encode() + b"\n"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / CRATE
        path.write_bytes(metadata)
        pack({CRATE: path, **{n: run.folder / n for n in (*run.files, FILE)}}, target)


def _crate(run: Run) -> dict[str, Any]:
    inputs = run.manifest["inputs"]
    names = {n: run.summary["entity"][n] for n in ("zh", "en")}
    books = [_given(f["file"], f["sha256"]) for f in inputs["files"]]
    parts = [_part(run, n, h) for n, h in run.files.items()]
    root = {
        "@id": "./", "@type": "Dataset", "identifier": run.id,
        "name": f"{names['zh']} / {names['en']}: financed emissions {run.period}",
        "description": f"carbonledger {inputs['version']}, figures {run.manifest['figures_id']}",
        "datePublished": inputs["as_of"],
        "license": {"@id": "#not-stated"},
        "hasPart": [{"@id": p["@id"]} for p in parts],
        "mentions": {"@id": "#run"},
    }  # fmt: skip
    action = {
        "@id": "#run", "@type": "CreateAction", "name": f"carbonledger run {run.id}",
        "instrument": {"@id": "#carbonledger"}, "endTime": f"{inputs['as_of']}T00:00:00Z",
        "object": [{"@id": b["@id"]} for b in books],
        "result": [{"@id": p["@id"]} for p in parts],
    }  # fmt: skip
    descriptor = {"@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"},
                  "conformsTo": {"@id": CRATE_VERSION}}  # fmt: skip
    tool = {"@id": "#carbonledger", "@type": "SoftwareApplication", "name": "carbonledger",
            "version": inputs["version"]}  # fmt: skip
    terms = {"@id": "#not-stated", "@type": "CreativeWork", "name": "no licence stated"}
    return {"@context": f"{CRATE_VERSION}/context",
            "@graph": [descriptor, root, tool, terms, action, *parts, *books]}  # fmt: skip


def _part(run: Run, name: str, sha256: str) -> dict[str, Any]:
    return {"@id": name, "@type": "File", "name": name, "sha256": sha256,
            "encodingFormat": KINDS.get(Path(name).suffix, "application/octet-stream"),
            "contentSize": str((run.folder / name).stat().st_size)}  # fmt: skip


def _given(name: str, sha256: str) -> dict[str, Any]:
    """A book as it was read; it is not in the crate, its typed copy is."""
    return {"@id": f"#input-{sha256[:16]}", "@type": "CreativeWork", "name": name,
            "sha256": sha256}  # fmt: skip


def open_lineage(run: Run) -> bytes:
    """The COMPLETE event of the run; its run id is a name-based UUID of the run's own id."""
    inputs = run.manifest["inputs"]
    event = {
        "eventType": "COMPLETE", "eventTime": f"{inputs['as_of']}T00:00:00Z",
        "producer": PRODUCER, "schemaURL": EVENT,
        "run": {"runId": str(uuid.uuid5(NAMESPACE, run.id)),
                "facets": {"carbonledger": _facet(
                    runId=run.id, figuresId=run.manifest["figures_id"],
                    period=run.period, knownOn=inputs["known_on"], version=inputs["version"])}},
        "job": {"namespace": "carbonledger", "name": "run"},
        "inputs": [_dataset(f["file"], f["sha256"]) for f in inputs["files"]]
        + [_dataset(n, h) for n, h in run.files.items() if n.startswith("factors/")],
        "outputs": [_dataset(f"runs/{run.id}/{n}", h) for n, h in run.files.items()
                    if not n.startswith(("factors/", "books/"))],
    }  # fmt: skip
    return json.dumps(event, ensure_ascii=False, indent=1).encode() + b"\n"


def _dataset(name: str, sha256: str) -> dict[str, Any]:
    return {"namespace": "file", "name": name, "facets": {"carbonledger": _facet(sha256=sha256)}}


def _facet(**values: object) -> dict[str, Any]:
    """A facet of our own: OpenLineage asks each for its producer and schema."""
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}:facet:1", **values}

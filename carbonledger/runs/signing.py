"""Signatures of a run's manifest by people's own ssh keys, with ``ssh-keygen -Y``.

A signature lies beside the run's folder, ``<run>.<first digits of its hash>.sig``, so that signing
changes nothing that is sealed. Format and tool: OpenSSH's PROTOCOL.sshsig.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from carbonledger.issues import Issue, Place
from carbonledger.runs.manifest import FILE
from carbonledger.runs.run import Run

NAMESPACE = "carbonledger"
TOOL = "ssh-keygen"


class NoTool(Exception):
    """OpenSSH's ssh-keygen is not installed."""


def sign(run: Run, key: Path) -> tuple[Path | None, list[Issue]]:
    """Sign the manifest with a private key, or one whose agent answers for its public half."""
    manifest = (run.folder / FILE).read_bytes()
    done = _called("sign", "-f", str(key), content=manifest)
    if done.returncode:
        details = (("reason", _said(done)),)
        return None, [Issue("signing_failed", Place(key.name), "", details)]
    number = hashlib.sha256(done.stdout).hexdigest()[:8]
    place = run.folder.parent / f"{run.id}.{number}.sig"
    unfinished = place.with_name(f".{place.name}")
    try:
        unfinished.write_bytes(done.stdout)
        unfinished.replace(place)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    return place, []


def signers(run: Run, allowed: Path) -> tuple[dict[str, str], list[Issue]]:
    """Who signed the run, by file of the signature, as far as ``allowed`` names them.

    ``allowed`` is an allowed-signers file of OpenSSH: a name and a public key a line.
    """
    found: dict[str, str] = {}
    issues = []
    manifest = (run.folder / FILE).read_bytes()
    for signature in sorted(run.folder.parent.glob(f"{run.id}.*.sig")):
        named = _called("find-principals", "-f", str(allowed), "-s", str(signature))
        who = named.stdout.decode("utf-8", "replace").split("\n")[0].strip()
        if named.returncode or not who:
            issues.append(Issue("signature_unknown", Place(signature.name)))
            continue
        good = _called("verify", "-f", str(allowed), "-I", who, "-s", str(signature),
                       content=manifest)  # fmt: skip
        if good.returncode:
            issues.append(Issue("signature_wrong", Place(signature.name), who))
        else:
            found[signature.name] = who
    if not found and not issues:
        issues.append(Issue("signature_missing", Place(run.id)))
    return found, issues


def _called(what: str, *arguments: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    namespace = () if what == "find-principals" else ("-n", NAMESPACE)
    command = [TOOL, "-Y", what, *arguments, *namespace]
    try:
        return subprocess.run(command, input=content, capture_output=True, check=False)
    except FileNotFoundError as missing:
        raise NoTool from missing


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"exit {done.returncode}"

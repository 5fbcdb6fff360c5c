"""The README against the product: blocks run, commands and keys named, CI's commands the same."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from pydantic import BaseModel

from carbonledger import __version__
from carbonledger.analysis.summary import SCHEMA
from carbonledger.cli import cli
from carbonledger.config import BaseYear, BookConfig, Config, Entity, Exclusions, parse_config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")

IDS = (
    (re.compile(r"\b((?:19|20)\d\d-)[0-9a-f]{8}\b"), r"\1xxxxxxxx"),
    (re.compile(r"\b(refused/)[0-9a-f]{8}\b"), r"\1xxxxxxxx"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "x" * 64),
)
"""What changes with the version and the factor files: run ids, refusals, hashes."""


class Step(NamedTuple):
    """A command of a console block, and what the README says that it prints."""

    line: int
    command: str
    shown: str


def fenced(language: str) -> Iterator[tuple[int, str]]:
    """The first line and the text of each block of a language."""
    for block in re.finditer(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        yield README.count("\n", 0, block.start(1)) + 1, block.group(1)


def steps() -> Iterator[Step]:
    """Every command of every console block; lines that begin with ``> `` continue it."""
    for first, text in fenced("console"):
        parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
        assert parts[0] == "", f"README.md:{first}: a console block begins with a command"
        line = first
        for part in parts[1:]:
            head, *rest = part.splitlines()
            more = [row[2:] for row in rest if row.startswith("> ")]
            shown = [row for row in rest if not row.startswith("> ")]
            yield Step(line, "\n".join([head, *more]), "\n".join(shown).rstrip())
            line += part.count("\n")


def normalised(text: str) -> str:
    """Without ids, trailing blanks and the BOM that spreadsheets want."""
    for pattern, stands_for in IDS:
        text = pattern.sub(stands_for, text)
    return "\n".join(row.rstrip() for row in text.replace("\ufeff", "").splitlines()).rstrip()


def surroundings(place: Path) -> dict[str, str]:
    """A folder with the examples as shipped, and a shell that knows carbonledger as this one."""
    shutil.copytree(ROOT / "examples", place / "examples",
                    ignore=shutil.ignore_patterns("runs", "refused", "__pycache__"))  # fmt: skip
    programs = place / ".bin"
    programs.mkdir()
    script = programs / "carbonledger"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m carbonledger "$@"\n')
    script.chmod(0o755)
    settings = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "CARBONLEDGER_"))}
    return settings | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PYTHONUTF8": "1",
    }  # fmt: skip


def printed(command: str, place: Path, settings: Mapping[str, str]) -> str:
    """What a terminal would show of a command, both streams in their order."""
    done = subprocess.run(["sh", "-c", command], cwd=place, env=settings, check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    return normalised(done.stdout.decode("utf-8"))


@pytest.mark.skipif(os.name == "nt", reason="the blocks are written for a POSIX shell")
def test_every_console_block_prints_what_it_shows(tmp_path: Path) -> None:
    settings = surroundings(tmp_path)
    different = []
    for step in steps():
        found = printed(step.command, tmp_path, settings)
        if found != step.shown:
            different.append(f"README.md:{step.line}: $ {step.command}\n{found}")
    assert not different, "\n\n".join(["these print something else:", *different])


def test_every_command_is_run_in_a_block() -> None:
    called = " ".join(step.command for step in steps())
    commands = cli.list_commands(click.Context(cli))
    assert [name for name in commands if f"carbonledger {name}" not in called] == []


@pytest.mark.parametrize("model", [Config, BookConfig, Entity, BaseYear, Exclusions])
def test_every_key_of_the_configuration_is_named(model: type[BaseModel]) -> None:
    examples = " ".join(text for _, text in fenced("yaml"))
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", README)) + examples))
    assert not set(model.model_fields) - named


def test_the_configurations_shown_are_valid() -> None:
    (_, minimal), (_, optional) = fenced("yaml")
    for text in (minimal, minimal + optional):
        config, issues = parse_config(text)
        assert config is not None, issues


def test_the_optional_keys_are_all_shown() -> None:
    (_, minimal), (_, optional) = fenced("yaml")
    config, _ = parse_config(minimal + optional)
    assert config is not None
    assert config.model_fields_set == set(Config.model_fields)


def test_the_schema_of_the_summary_is_the_products() -> None:
    assert f"`{SCHEMA}`" in README


def test_install_and_test_commands_are_those_of_ci() -> None:
    script = ROOT / ".ci" / "run"
    if not script.is_file():
        pytest.skip("the source archive has no .ci")
    # dev is test and the linters; CI installs both at once, and tells pip to be quiet.
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "carbonledger[test,test-browser]" in extras["optional-dependencies"]["dev"]
    text = script.read_text("utf-8").replace(" --quiet", "").replace("'.[dev]'", "'.[test]'")
    run = iter(text.splitlines())
    commands = [text.strip() for _, text in fenced("sh")]
    assert commands[0] == commands[1]  # the Chinese section and the English one
    for command in " && ".join(commands[1:]).split(" && "):
        assert command in run, f"{command} is not in .ci/run, or not in this order"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_changelog_has_this_version() -> None:
    assert f"## {__version__.removesuffix('.dev0')}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def refilled() -> str:
    """The README with what each command prints now; ``python tests/test_readme.py`` writes it."""
    rows = README.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        settings = surroundings(Path(folder))
        found = [(step, printed(step.command, Path(folder), settings)) for step in steps()]
    for step, text in reversed(found):
        first = step.line - 1 + len(step.command.splitlines())
        last = next(k for k in range(first, len(rows)) if re.match(r"```|\$ ", rows[k]))
        rows[first:last] = text.splitlines()
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    (ROOT / "README.md").write_text(refilled(), "utf-8")

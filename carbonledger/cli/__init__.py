"""The command line: one file a command, loaded only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from carbonledger import __version__
from carbonledger.cli.language import group_language

_COMMANDS = {
    "init": "Make a working folder with a commented configuration and template books.",
    "template": "A template book to fill in, as XLSX.",
    "check": "List every problem of every book, with place and fix.",
    "matches": "Names that might be one company, for a person to decide.",
    "run": "Account for the books, seal the run, write the reports.",
    "runs": "What was sealed: list, show, check, publish, supersede, prune.",
    "verify": "Check every hash and the chain; work runs again.",
    "sign": "Sign a run with an ssh key.",
    "bundle": "Pack a run as one file that is verified and worked again anywhere.",
    "export": "A run as an RO-Crate or an OpenLineage event.",
    "diff": "The change between two runs split into its causes, to the gram.",
    "standards": "The same book under each standard of a run, and why the figures differ.",
    "restate": "Work earlier years again under today's method; test the recalculation policy.",
    "lint": "Check the tables of a run or a workbook before they are published.",
    "reconcile": "The books of a run against the general ledger, to the fen.",
    "report": "Write a sealed run's report as HTML, XLSX, JSON or Markdown.",
    "entries": "The figures per loan, back to the core system.",
    "explain": "Every step from a loan's cells to its grams.",
    "gaps": "What to ask whom, and the answers read back.",
    "path": "Decline paths: targets, sources, yearly index.",
    "factors": "The factor library: list, show, search, explain, diff, lint, catalogue.",
    "columns": "The data dictionary of a book.",
    "map": "Draft the mapping of a file's headers, to be decided by a person.",
    "key": "A key for the pseudonyms of natural persons.",
}


class _Context(click.Context):
    """What a command is called with; it writes help in the language of its reader."""

    def make_formatter(self) -> click.HelpFormatter:
        from carbonledger.cli.usage import language_of

        if language_of(sys.argv[1:]) != "zh":
            return super().make_formatter()
        from carbonledger.cli.chinese_help import ChineseHelp

        return ChineseHelp(width=self.terminal_width, max_width=self.max_content_width)


class _Lazy(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    context_class = _Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"carbonledger.cli.{name}").command
        for each in (command, *getattr(command, "commands", {}).values()):
            each.context_class = _Context
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A working folder holds carbonledger.yaml and the books it names.",
)
@group_language
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """Carbon accounting of loan and investment books, every number explained."""

"""Help in Chinese: every sentence of every command and option, and none that is no longer said."""

import re
import unicodedata
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from carbonledger.cli import _COMMANDS, cli
from carbonledger.cli.chinese_help import paragraphs, sentences
from carbonledger.registers import rows

OF_CLICK = ("Options", "Commands", "Show this message and exit.", "Show the version and exit.")


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)  # type: ignore[assignment]
    return command


def said(path: tuple[str, ...]) -> Iterator[str]:
    """Every English sentence of a command's help."""
    command = found(path)
    texts = [command.help, command.epilog]
    yield from (p for text in texts if text for p in paragraphs(text) if not p.startswith("\b"))
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in ("help", "version"):
            assert option.help, (path, option.name)
            yield option.help


def helped(path: tuple[str, ...], lang: str) -> str:
    # The runs group takes its folder before the command.
    words = [*path[:1], "my-bank", *path[1:]] if path[:1] == ("runs",) and path[1:] else [*path]
    done = CliRunner().invoke(cli, [*words, "--help"], env={"CARBONLEDGER_LANG": lang})
    assert done.exit_code == 0, done.output
    return done.stdout


EVERY = list(commands())


def test_every_sentence_has_its_chinese_and_none_is_left_over() -> None:
    meant = {*_COMMANDS.values(), *OF_CLICK, *(s for path in EVERY for s in said(path))}
    assert meant == set(sentences())
    assert len(sentences()) == len(rows("help-words"))
    for zh in sentences().values():
        assert re.search(r"[\u4e00-\u9fff]", zh)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_is_in_the_language_of_its_reader(path: tuple[str, ...]) -> None:
    english, chinese = helped(path, "en"), helped(path, "zh")
    assert english.startswith("Usage: ")
    assert not re.search(r"[\u4e00-\u9fff]", re.sub("水泥制造|水泥|重庆|元", "", english))
    assert chinese.startswith("用法：")
    flat = "".join(chinese.split())
    for sentence in said(path):
        assert "".join(sentences()[sentence].split()) in flat, sentence
    if isinstance(found(path), click.Group):
        names = re.findall(r"^  ([a-z]+)  ", chinese, re.MULTILINE)
        assert names == found(path).list_commands(click.Context(found(path)))  # type: ignore[attr-defined]
    assert not re.search(r"[A-Za-z']+(?: [a-z']+){4}", chinese)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_chinese_lines_are_folded_by_their_width(path: tuple[str, ...]) -> None:
    for line in helped(path, "zh").splitlines():
        wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
        start = line.lstrip()
        as_it_is = start.startswith("carbonledger ") or (start[:1] == "-" and line.isascii())
        assert wide <= 80 or as_it_is, line

"""An explanation as a form, so that it renders as a page like any report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonledger.analysis.explain_text import Printed
from carbonledger.cells import words
from carbonledger.form import Block, Column, Form, Note, Row, Section, Table
from carbonledger.issues import Language
from carbonledger.method import Text
from carbonledger.words import names, word

FORM_WORDS = "form-financed"


def position_page(
    run_id: str, documents: Sequence[Mapping[str, Any]], currency: str, entity: Text, lang: Language
) -> Form:
    """The steps of a position: its cells as read, then each standard's share and estimates."""
    printed = Printed(currency, lang)
    sections = []
    for number, said in enumerate(documents, 1):
        head, *standards = _chapters(printed.position(said))
        sections.append(_section(f"position-{number}", head[0], head[1:]))
        sections += [_section(f"standard-{number}-{k}", lines[0], lines[1:])
                     for k, lines in enumerate(standards, 1)]  # fmt: skip
    return _form(run_id, _say("position_title", lang), entity, tuple(sections), lang)


def cell_page(run_id: str, lines: Sequence[str], entity: Text, lang: Language) -> Form:
    """A figure of the report and the sums it is made of."""
    section = _section("cell", lines[0], lines[1:])
    return _form(run_id, _say("cell_title", lang), entity, (section,), lang)


def _chapters(lines: Iterable[str]) -> list[list[str]]:
    """The lines between blank ones."""
    chapters: list[list[str]] = [[]]
    for line in lines:
        if line:
            chapters[-1].append(line)
        else:
            chapters.append([])
    return [c for c in chapters if c]


def _section(id: str, title: str, lines: Sequence[str]) -> Section:
    """Lines by how deep they stand: a table for the steps under each line of the first depth."""
    blocks: list[Block] = []
    steps: list[str] = []
    heading = ""
    for line in [*lines, ""]:
        if line and _depth(line) > 2:
            steps.append(line)
            continue
        if heading:
            blocks.append(_block(f"{id}-{len(blocks)}", heading, steps))
        heading, steps = line.strip(), []
    return Section(id, title, title, tuple(_together(blocks)))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block(id: str, heading: str, steps: Sequence[str]) -> Block:
    if not steps:
        return Note(id, "", (heading,))
    rows = tuple(Row((words("\u2003" * ((_depth(s) - 4) // 2) + s.strip()),)) for s in steps)
    return Table(id, heading, (Column("step", "", kind="text"),), rows)


def _together(blocks: Sequence[Block]) -> list[Block]:
    """Notes that follow one another as one."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, Note) and isinstance(last, Note):
            found[-1] = Note(last.id, last.title, (*last.paragraphs, *block.paragraphs))
        else:
            found.append(block)
    return found


def _form(
    run_id: str, title: str, entity: Text, sections: tuple[Section, ...], lang: Language
) -> Form:
    name = entity.zh if lang == "zh" else entity.en
    phrases = {n: word("form", n, lang, FORM_WORDS) for n in names("form", FORM_WORDS)
               if n not in ("title", "subtitle")}  # fmt: skip
    facts = ((word("facts", "run", lang, FORM_WORDS), run_id),)
    return Form("explanation", lang, title, name, run_id, facts, sections, phrases=phrases)


def _say(name: str, lang: Language) -> str:
    return word("cell", name, lang, "explain")

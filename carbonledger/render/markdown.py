"""A form as Markdown tables, for e-mail, tickets and diffs; the keys of its figures stand last."""

from __future__ import annotations

from collections.abc import Iterator

from carbonledger.form import (
    Bars,
    Block,
    Column,
    Figures,
    Form,
    Lines,
    Note,
    Stack,
    Table,
    Waterfall,
)
from carbonledger.render import Format
from carbonledger.words import word

ESCAPED = {ord(c): "\\" + c for c in "\\|`*_[]#"} | {
    ord("<"): "&lt;", ord(">"): "&gt;", ord("&"): "&amp;", ord("\n"): " ", ord("\r"): " ",
}  # fmt: skip


def render(form: Form) -> bytes:
    """The form from its title to its last table, then the keys; charts are their data."""
    return ("\n".join(_lines(form)).rstrip() + "\n").encode()


FORMAT = Format("md", "text/markdown", render)


def _lines(form: Form) -> Iterator[str]:
    yield f"# {_safe(form.entity)} · {_safe(form.title)}"
    yield ""
    yield _safe(form.subtitle)
    yield ""
    for label, value in form.facts:
        yield f"- {_safe(label)}: {_safe(value)}"
    for section in form.sections:
        yield from ("", f"## {_safe(section.title)}", "", _safe(section.lead))
        for block in section.blocks:
            yield from _block(block, form)
    keys = [row for block in form.blocks() for row in _keys(block)]
    if keys:
        yield from ("", f"## {_safe(word('keys', 'title', form.language))}", "")
        heads = [word("keys", name, form.language) for name in ("table", "row", "column", "key")]
        yield "| " + " | ".join(heads) + " |"
        yield "|" + "---|" * len(heads)
        for *where, key in keys:
            yield "| " + " | ".join([*map(_safe, where), _literal(key)]) + " |"


def _literal(text: str) -> str:
    """Text that is copied as it stands, where Markdown has a way to say so."""
    return _safe(text) if set(text) & set("`|<>&\\\n\r") else f"`{text}`"


def _keys(block: Block) -> Iterator[list[str]]:
    """Where each figure of a block stands, and its key."""
    if isinstance(block, Figures):
        yield from ([block.title, i.label, "", i.cell.key] for i in block.items if i.cell.key)
    elif isinstance(block, Table):
        title = block.title + (f" · {block.context}" if block.context else "")
        for row in block.rows:
            for column, cell in zip(block.columns, row.cells, strict=True):
                if cell.key:
                    yield [title, row.cells[0].text, column.label, cell.key]


def _safe(text: str) -> str:
    return text.translate(ESCAPED)


def _heading(block: Block) -> str:
    context = f" · {block.context}" if isinstance(block, Table) and block.context else ""
    return f"### {_safe(block.title + context)}"


def _block(block: Block, form: Form) -> Iterator[str]:
    if isinstance(block, Bars | Stack | Waterfall):
        return
    yield ""
    if block.title:
        yield _heading(block)
        yield ""
    if isinstance(block, Note):
        yield from (f"{_safe(p)}\n" for p in block.paragraphs)
    elif isinstance(block, Lines):
        source = form.phrases["source"] + form.phrases["colon"] + block.source
        yield f"{_safe(block.description)} {_safe(source)}"
    elif isinstance(block, Figures):
        heads = [form.phrases[name] for name in ("figure", "value", "unit", "note")]
        rows = [[i.label, i.cell.text, i.unit, i.note] for i in block.items]
        yield from _grid(heads, [False, True, False, False], rows)
        yield from (f"\n{_safe(remark)}" for remark in block.remarks)
    else:
        heads = [_head(c) for c in block.columns]
        rows = [[c.text for c in row.cells] for row in block.rows]
        yield from _grid(heads, [c.kind == "number" for c in block.columns], rows)
        yield from (f"\n{_safe(note)}" for note in block.notes)


def _head(column: Column) -> str:
    return f"{column.label} ({column.unit})" if column.unit else column.label


def _grid(heads: list[str], right: list[bool], rows: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(map(_safe, heads)) + " |"
    yield "|" + "|".join("---:" if number else "---" for number in right) + "|"
    for row in rows:
        yield "| " + " | ".join(map(_safe, row)) + " |"

"""The conformance table: each rule of a standard, its place there, our code and our test.

One ``conformance.csv`` lies in each folder of ``carbonledger/standards``, sorted, a rule a line:
``standards`` and ``classes`` (pages) that it holds for, ``kind`` (class, share, option, rule),
``name`` (of the class, share or option, as entries hold it), ``score`` (an option's label and
score), the rule in ``zh`` and ``en``, ``place`` in the standard, ``confidence`` (one, or one a
standard), ``code`` (module:name) and ``tests`` (``file.py::test`` or ``vectors/file.yaml::id``).
A rule without code is one that is not built; its class is a dash where there is no page at all.
``python tests/conformance.py`` sorts the files and writes CONFORMANCE.md from them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from carbonledger.method import Standard
from carbonledger.standards import standards

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "carbonledger" / "standards").glob("*/conformance.csv"))
PAGE = ROOT / "CONFORMANCE.md"


@dataclass(frozen=True, order=True)
class Line:
    """A line of the table, as it is written."""

    standards: str
    classes: str
    kind: str
    name: str
    score: str
    rule_zh: str
    rule_en: str
    place: str
    confidence: str
    code: str
    tests: str

    @property
    def of(self) -> list[tuple[str, str]]:
        """Every standard and page that the rule holds for."""
        return [(s, c) for s in self.standards.split() for c in self.classes.split()]


COLUMNS = tuple(f.name for f in fields(Line))


def read(path: Path) -> list[Line]:
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    assert tuple(rows.fieldnames or ()) == COLUMNS, path
    return [Line(**row) for row in rows]


def written(lines: Sequence[Line]) -> str:
    """The file of these lines, in order."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(line, n) for n in COLUMNS] for line in sorted(lines))
    return out.getvalue()


HEAD = """# Conformance · 与标准的对应

Each rule of each standard: where it stands there, how well its text is known, the code that
applies it and the tests that hold it there.
每条规则：在标准中的位置、文本的可信程度、实现的代码和测试。

Written by `python tests/conformance.py` from `carbonledger/standards/*/conformance.csv`.
`tests/test_conformance.py` fails where a class, share, option or score has no line, where a line
names code or a test that is not there, and where a vector does not use the rule it stands beside.
Where a line holds for two editions, its place is that of the later one.

- SEEN: read in the text · 读过原文
- SEEN-2H: read second-hand · 转引
- RECALLED: from memory · 凭记忆
- UNCERTAIN: sources disagree or say little · 说法不一
- CHOICE: ours, the standard is silent · 本工具的选择
- *not built* · 未实现: the standard has the rule, the tool does not
"""


def page(found: Sequence[Sequence[Line]]) -> str:
    """The table as a page."""
    parts = [HEAD]
    for lines in found:
        for named in dict.fromkeys(line.standards for line in lines):
            parts.append(_chapter(named, [line for line in lines if line.standards == named]))
    return "\n".join(parts)


def _chapter(named: str, lines: Sequence[Line]) -> str:
    known = [standards()[n] for n in named.split()]
    zh, en = (", ".join(getattr(s.title, lang) for s in known) for lang in ("zh", "en"))
    head = [f"## {named}", "", f"{en} · {zh}", "",
            "| rule · 规则 | classes · 类别 | place · 位置 | confidence · 可信程度 "
            "| code · 代码 | tests · 测试 |", "|---|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*head, *(_row(line, known) for line in lines), ""])


def _row(line: Line, known: Sequence[Standard]) -> str:
    every = all(set(line.classes.split()) == {p.name for p in s.pages} for s in known)
    score = f" **{line.score.replace(' ', ', score ')}**" if line.score else ""
    name = f"`{line.name}`{score}: {line.rule_en} · {line.rule_zh}"
    classes = "all · 全部" if every and len(line.of) > 1 else line.classes.replace(" ", ", ")
    code = _code(line.code) if line.code else "*not built* · 未实现"
    tests = ", ".join(_test(t) for t in line.tests.split())
    return f"| {name} | {classes} | {line.place} | {line.confidence} | {code} | {tests} |"


def _code(code: str) -> str:
    module, _, name = code.partition(":")
    path = module.replace(".", "/")
    file = f"{path}.py" if (ROOT / f"{path}.py").is_file() else f"{path}/__init__.py"
    return f"[`{module.removeprefix('carbonledger.')}:{name}`]({file})"


def _test(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{name}](tests/{file})"


def main() -> None:
    for path in FILES:
        path.write_text(written(read(path)), encoding="utf-8")
    PAGE.write_text(page([read(path) for path in FILES]), encoding="utf-8")


def drafts() -> Iterator[Line]:
    """A line for each class, share and option of every standard, its words left to be written."""
    for standard in standards().values():
        for own in standard.pages:
            parts: list[tuple[str, str, object]] = [("class", own.name, None)]
            parts += [("share", s.name, s.formula) for s in own.shares]
            parts += [("option", o.name, o.formula) for o in own.estimates + own.without_share]
            for kind, name, formula in parts:
                label = own.scores.get(name) if kind == "option" else None
                code = f"{formula.__module__}:{formula.__name__}" if callable(formula) else "?"
                score = f"{label[0]} {label[1]}" if label else ""
                yield Line(standard.id, own.name, kind, name, score, "?", "?", own.citation, "?",
                           code, "vectors/?.yaml::?")  # fmt: skip


def of_standards() -> Iterator[tuple[str, Line]]:
    """Each line of every file, with the file it stands in."""
    for path in FILES:
        for line in read(path):
            yield path.parent.name, line


if __name__ == "__main__":
    main()

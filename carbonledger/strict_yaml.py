"""YAML as people mean it: every scalar is text, and what could be read two ways is refused.

The YAML of the specification reads ``0111`` as 73 and ``NO`` as false, lets the last of two equal
keys win and unfolds 300 bytes of aliases into gigabytes. Here a scalar stays the text it is, and
repeated keys, aliases, anchors, tags and a second document become issues with their row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from carbonledger.issues import Issue, Place

DEEPEST = 40
"""Levels of nesting that are read; no file of ours needs more than six."""

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions in lists, as Pydantic words it in ``loc``."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """What a file says: its value, and the row on which each key or list item stands."""

    value: object
    rows: dict[Path, int]
    issues: list[Issue]

    def row(self, path: Path) -> int | None:
        """The row of a key, or of the nearest one above it that the file has."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.rows:
                return self.rows[path[:end]]
        return None


def load(text: str, *, file: str) -> tuple[object, list[Issue]]:
    """The value of a YAML text, every scalar as text, and what is wrong with it."""
    document = read(text, file=file)
    return document.value, document.issues


def read(text: str, *, file: str) -> Document:
    """The same with the row of each key; the value is None when the text is no YAML at all."""
    builder = _Builder(file)
    try:
        builder.build(yaml.parse(text.removeprefix("\ufeff"), Loader=_LOADER))
    except _TooDeep as error:
        builder.refuse("yaml_deep", error.args[0])
        return Document(None, {}, builder.issues)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        mark = getattr(error, "problem_mark", None)
        builder.refuse("yaml_unreadable", None if mark is None else mark.line + 1)
        return Document(None, {}, builder.issues)
    if builder.value is None and not builder.issues:
        builder.refuse("yaml_empty", None)
    return Document(builder.value, builder.rows, builder.issues)


class _TooDeep(Exception):
    """Nesting beyond what is read, with its row."""


@dataclass
class _Open:
    """A mapping or list that is not closed yet, and the key that waits for its value."""

    value: dict[str, object] | list[object]
    path: Path
    key: str | None = None
    ignored: bool = False


@dataclass
class _Builder:
    """Builds the value from the parser's events; no recursion, so depth can't hurt."""

    file: str
    value: object = None
    rows: dict[Path, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    documents: int = 0

    def refuse(self, code: str, row: int | None, value: str = "") -> None:
        self.issues.append(Issue(code, Place(self.file, row=row), value))

    def build(self, events: Iterator[Any]) -> None:
        for event in events:
            kind = type(event).__name__
            row = event.start_mark.line + 1
            if kind == "DocumentStartEvent":
                self.documents += 1
                if self.documents == 2:
                    self.refuse("yaml_documents", row)
            elif self.documents > 1:
                continue
            elif kind == "ScalarEvent":
                self._check(event, row)
                self._scalar(event.value, row)
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._check(event, row)
                self._start({} if kind == "MappingStartEvent" else [], row)
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self.open.pop()
            elif kind == "AliasEvent":
                self.refuse("yaml_alias", row, f"*{event.anchor}")
                self._scalar("", row)

    def _check(self, event: Any, row: int) -> None:
        if event.anchor:
            self.refuse("yaml_alias", row, f"&{event.anchor}")
        if event.tag and event.tag != "!":
            self.refuse("yaml_tag", row, event.tag)

    def _start(self, value: dict[str, object] | list[object], row: int) -> None:
        if len(self.open) == DEEPEST:
            raise _TooDeep(row)
        if self._waits_for_key():
            self.refuse("yaml_key", row)
            self._key("", row, ignored=True)
            self.open.append(_Open(value, ()))
        else:
            self.open.append(_Open(value, self._place(value, row)))

    def _scalar(self, text: str, row: int) -> None:
        if self._waits_for_key():
            self._key(text, row, ignored=False)
        else:
            self._place(text, row)

    def _waits_for_key(self) -> bool:
        return bool(self.open) and isinstance(self._top().value, dict) and self._top().key is None

    def _top(self) -> _Open:
        return self.open[-1]

    def _key(self, text: str, row: int, *, ignored: bool) -> None:
        top = self._top()
        top.key, top.ignored = text, ignored
        if not ignored and isinstance(top.value, dict) and text in top.value:
            self.refuse("yaml_key_repeated", row, text)
            top.ignored = True
        elif not ignored:
            self.rows.setdefault((*top.path, text), row)

    def _place(self, value: object, row: int) -> Path:
        """Put a value where it belongs; the way to it, or nothing below an ignored key."""
        if not self.open:
            self.value = value
            return ()
        top = self._top()
        if isinstance(top.value, list):
            top.value.append(value)
            path: Path = (*top.path, len(top.value) - 1)
            self.rows.setdefault(path, row)
            return path
        key, top.key = top.key or "", None
        if not top.ignored:
            top.value[key] = value
        return (*top.path, key)

"""How far a run has come: one line on stderr, on a terminal only, gone at the end."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from carbonledger.cli.language import Language

if TYPE_CHECKING:
    from carbonledger.scale.progress import Progress

EVERY = 0.1
"""Seconds between two looks of the line."""
MARKS = 10
MILLION, YI = 10**8, 10**10
"""Fen of a million and of 亿元."""
DUMB = ("", "dumb", "unknown")
CLEARED = "\r\x1b[K"


@dataclass
class Bar:
    """The line of one period while its run is made; nothing where nobody looks on."""

    period: int
    currency: str
    lang: Language
    quiet: bool = False
    """Where stderr is for machines."""
    clock: Callable[[], float] = time.monotonic
    shown: bool = field(default=False, init=False)
    begun: tuple[float, int] | None = field(default=None, init=False)
    """When the first rows had come, and how many; what comes before them has another pace."""
    last: float = field(default=0.0, init=False)

    @property
    def progress(self) -> Progress | None:
        """What the accounting tells, where it is shown."""
        return self._told if self.shown else None

    def __enter__(self) -> Bar:
        looked_at = sys.stderr.isatty() and os.environ.get("TERM", "") not in DUMB
        self.shown = looked_at and not self.quiet
        self._draw(f"{self.period} " + ("读取账簿 ..." if self.lang == "zh" else "reading ..."))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._draw("")

    def _told(self, rows: int, of: int | None, money: int) -> None:
        now = self.clock()
        self.begun = begun, first = self.begun or (now, rows)
        if now - self.last < EVERY and rows != of:
            return
        self.last = now
        parts = figures(self.period, rows, of, money, self.currency, self.lang)
        if of is not None:
            parts.append(left(rows - first, of - rows, now - begun, self.lang))
        self._draw("  ".join(filter(None, parts)))

    def _draw(self, line: str) -> None:
        """The line in place of the one before; a terminal that is gone ends it."""
        if not self.shown:
            return
        try:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            sys.stderr.write(CLEARED + fitted(line, columns - 1))
            sys.stderr.flush()
        except (OSError, ValueError):
            self.shown = False


def figures(
    period: int, rows: int, of: int | None, money: int, currency: str, lang: Language
) -> list[str]:
    """What the line says of rows and money."""
    from carbonledger import units

    zh = lang == "zh"
    name = "行" if zh else "rows"
    amount = f"{currency} {units.money(money, MILLION, 1)} m"
    if zh:
        yi = units.money(money, YI, 2)
        amount = f"{yi} 亿元" if currency == "CNY" else f"{yi} 亿 {currency}"
    if not of:
        return [str(period), f"{rows:,} {name}", amount]
    done = min(rows / of, 1.0)
    marks = "#" * int(done * MARKS)
    bar = f"{period} [{marks:-<{MARKS}}] {int(done * 100):>3}%"
    return [bar, f"{rows:,}/{of:,} {name}", amount]


def left(done: int, missing: int, seconds: float, lang: Language) -> str:
    """The time that is left at the pace so far; behind the last row the run is written."""
    zh = lang == "zh"
    if missing <= 0:
        return "正在封存" if zh else "sealing"
    if not done:
        return ""
    minutes, rest = divmod(int(seconds * missing / done + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"剩余 {clock}" if zh else f"{clock} left"


def fitted(line: str, columns: int) -> str:
    """The line cut where the terminal ends; Chinese characters take two columns."""
    for at, character in enumerate(line):
        columns -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns < 0:
            return line[:at]
    return line

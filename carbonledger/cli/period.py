"""``--period 2025`` or ``--period 2020..2025``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


class _Period(click.ParamType):  # type: ignore[type-arg]
    name = "YEAR|YEAR..YEAR"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        first, _, last = str(value).partition("..")
        try:
            years = tuple(range(int(first), int(last or first) + 1))
        except ValueError:
            years = ()
        if not years or not 1990 <= years[0] <= years[-1] <= 2100:
            self.fail(f"{value!r} is no year or range of years, such as 2025 or 2020..2025.")
        return years


def period_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option that overrides the configuration's period."""
    return click.option(
        "--period", type=_Period(), help="A year or a range, instead of the configuration's."
    )(function)

"""The names by which energy and products are known."""

from __future__ import annotations

from functools import cache

from carbonledger.registers import rows


@cache
def activity_names() -> dict[str, tuple[str, str, str]]:
    """Each name of an activity in small letters: its code, energy or product, and its scope."""
    known: dict[str, tuple[str, str, str]] = {}
    for row in rows("activities"):
        aliases = (row["activity"], row["name_zh"], row["name_en"], *row["aliases"].split())
        known |= {alias.lower(): (row["activity"], row["kind"], row["scope"]) for alias in aliases}
    return known


def energy_code(text: str) -> str:
    """The code of an energy by any of its names; a name that nothing knows stays as it is."""
    return activity_names().get(text.lower(), (text, "", ""))[0]

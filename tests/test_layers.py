"""The layers of the house: imports go down, formulas are pure, nothing below cli asks the clock."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import carbonledger
from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.entities import AVERAGE_ASSETS, PROJECT_VALUE
from carbonledger.engine.pools import EMISSIONS, SCORE
from carbonledger.intake.assets import WORKED_OUT
from carbonledger.intake.pools import ALLOCATED
from carbonledger.intake.pools import DERIVED as POOL_DERIVED
from carbonledger.intake.territories import DERIVED as TERRITORY_DERIVED
from carbonledger.intake.undrawn import WEIGHTED
from carbonledger.method import IN_USD, AssetClass, Option
from carbonledger.standards import standards

ROOT = Path(carbonledger.__file__).parent

LAYERS = {
    "issues": 0, "measures": 0, "units": 0, "codes": 0, "registers": 0, "headers": 0,
    "strict_yaml": 0, "words": 0, "digests": 0, "persons": 0, "pseudonyms": 0, "mixing": 0,
    "outcomes": 0, "flags": 0, "batch": 0, "memory": 0,
    "alike": 1, "reading": 1, "books": 1, "method": 1, "names": 1,
    "estimates": 2, "lookup": 2,
    "standards": 3, "own_standards": 3, "factors": 3, "config": 3, "intake": 3,
    "engine": 4, "ledger": 4, "footprint": 4,
    "scale": 5, "runs": 5, "entries": 5, "weights": 5,
    "analysis": 6,
    "form": 7, "cells": 7, "totals": 7, "figures": 7, "forms": 7,
    "lint": 8, "render": 8, "tracing": 8, "workflow": 8, "templates": 8,
    "cli": 9, "__main__": 9,
}  # fmt: skip
"""Rooms of the package; a room imports from lower numbers, or sideways without a circle."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def sources(*rooms: str) -> list[Path]:
    found = sorted(ROOT.rglob("*.py"))
    return [p for p in found if not rooms or room_of(p) in rooms]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, also inside functions."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}: relative import"
            module = node.module or ""
            yield from (
                f"{module}.{alias.name}" if module == "carbonledger" else module
                for alias in node.names
            )


def rooms_of(path: Path) -> set[str]:
    parts = [name.split(".") for name in imports_of(path)]
    rooms = {p[1] for p in parts if p[0] == "carbonledger" and len(p) > 1}
    return rooms - {room_of(path), "__version__"}


def test_every_room_has_its_layer() -> None:
    rooms = {room_of(path) for path in sources()} - {"__init__"}
    assert rooms - LAYERS.keys() == set()


@pytest.mark.parametrize("path", sources(), ids=named)
def test_imports_go_down(path: Path) -> None:
    own = LAYERS.get(room_of(path), 0)
    up = {room for room in rooms_of(path) if LAYERS.get(room, own) > own}
    assert not up, f"layer {own} imports {sorted(up)}"


def test_rooms_of_one_layer_make_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in sources():
        graph.setdefault(room_of(path), set()).update(rooms_of(path))
    list(TopologicalSorter(graph).static_order())


FORMULAS = [p for p in sources("estimates", "standards") if named(p) != "standards/__init__.py"]


@pytest.mark.parametrize("path", FORMULAS, ids=named)
def test_formulas_import_only_the_method(path: Path) -> None:
    allowed = {"estimates": {"method", "estimates"},
               "standards": {"method", "estimates", "standards"}}[room_of(path)]  # fmt: skip
    for name in imports_of(path):
        first, _, rest = name.partition(".")
        known = first in ("numpy", "__future__") or rest.split(".")[0] in allowed
        assert known, f"imports {name}"


@pytest.mark.parametrize("path", FORMULAS, ids=named)
def test_formulas_read_nothing_and_loop_over_nothing(path: Path) -> None:
    tree = tree_of(path)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.For | ast.While | ast.With | ast.Try), f"line {node.lineno}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1]
            assert not re.match("open$|Path$|read|load|iterrows|itertuples|apply", called), called
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        loops = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        assert not any(isinstance(n, loops) for n in ast.walk(function)), function.name
        numbers = [n.value for n in ast.walk(function) if isinstance(n, ast.Constant)
                   and isinstance(n.value, int | float)]  # fmt: skip
        assert set(numbers) <= {0, 1}, f"{function.name} holds {numbers}"


PAGES = [(s.id, page) for s in standards().values() for page in s.pages]
ACTIVITY = BOOKS["activities"].row.model_fields.keys()
FACTOR_KEYS = {"scope", "dimension"}
"""Keys that no column holds: the scope is asked for, the dimension follows from the unit."""


DERIVED = {"counterparty": {AVERAGE_ASSETS},
           "project": {PROJECT_VALUE, "under_construction", "construction_sector"},
           "territory": TERRITORY_DERIVED, "pool": POOL_DERIVED}  # fmt: skip
"""Columns that intake makes of those of a book."""


def entity_columns(page: AssetClass) -> set[str]:
    worked_out = WORKED_OUT.get(page.entity)
    more = (*worked_out.columns, *worked_out.keys) if worked_out else ()
    own = BOOKS[ENTITIES[page.entity]].row.model_fields
    return {*own, *more, *DERIVED.get(page.entity, ())}


def asked(keys: Iterable[str]) -> set[str]:
    """Names of keys; an option may fix the code of one."""
    return {key.partition("=")[0] for key in keys}


def known_inputs(option: Option, page: AssetClass) -> set[str]:
    if option.per is not None:
        return set(ACTIVITY)
    columns = entity_columns(page)
    scoped = {re.sub("(_scope[123]+)?_tco2e$", "", c) for c in columns if c.endswith("_tco2e")}
    pooled = {EMISSIONS, SCORE} if page.pooled else set()
    return columns | scoped | pooled


@pytest.mark.parametrize(("standard", "page"), PAGES, ids=lambda v: getattr(v, "name", v))
def test_inputs_of_every_option_are_columns(standard: str, page: AssetClass) -> None:
    columns = entity_columns(page)
    books = [BOOKS[name].row.model_fields for name in standards()[standard].books]
    position = {"outstanding_amount", IN_USD, *ALLOCATED, WEIGHTED}.union(*books)
    for option in page.estimates:
        assert set(option.inputs) <= known_inputs(option, page), option.name
        assert option.where is None or option.where in columns
        for keys in option.factors.values():
            own = ACTIVITY if option.per else set()
            assert asked(keys) <= columns | set(own) | FACTOR_KEYS, option.name
    for option in page.without_share:
        assert set(option.inputs) <= position, option.name
        assert all(asked(k) <= columns | FACTOR_KEYS for k in option.factors.values())
    for share in page.shares:
        assert set(share.columns) <= position | columns, share.name
        assert all(set(keys) <= columns for keys in share.factors.values())
        assert {share.where, share.unless} - {None} <= columns
    assert page.balance in position
    values = BOOKS["loans"].row.model_fields["asset_class"].metadata
    classes = next(m.values for m in values if hasattr(m, "values"))
    assert set(page.takes) <= set(classes)


@pytest.mark.parametrize("standard", standards().values(), ids=lambda s: s.id)
def test_scored_standards_score_every_option(standard: carbonledger.method.Standard) -> None:
    for page in standard.pages:
        options = [o.name for o in page.estimates + page.without_share]
        if standard.scored:
            assert set(options) <= page.scores.keys()
            assert all(1 <= score <= 5 for _, score in page.scores.values())
        else:
            assert not page.scores
    takes = [name for page in standard.pages for name in page.takes]
    assert len(takes) == len(set(takes)), "two pages take one asset class"


CLOCKS = {"random", "time", "secrets", "socket", "getpass", "platform"}
ASKS = re.compile(
    r"\b(datetime\.(now|utcnow|today)|date\.today|os\.(environ|getenv|getcwd)"
    r"|uuid\.uuid[14]|Path\.(cwd|home)|expanduser|np\.random|locale\.)"
)
OWN_KEY = "reading/private_file.py"
"""Draws the key of a file that its process alone reads; nothing that comes out follows from it."""
BELOW_CLI = [p for p in sources() if LAYERS.get(room_of(p), 0) < LAYERS["cli"]]


@pytest.mark.parametrize("path", BELOW_CLI, ids=named)
def test_nothing_below_cli_asks_clock_chance_or_environment(path: Path) -> None:
    modules = {name.split(".")[0] for name in imports_of(path)}
    assert not modules & CLOCKS - ({"secrets"} if named(path) == OWN_KEY else set())
    assert not modules & {"click", "rich"}
    assert not ASKS.findall(ast.unparse(tree_of(path)))


ELSEWHERE = re.compile(r"(?<![\w.*/])/(?:work|home|root|Users)/|[A-Z]:\\\\Users|~/")


def test_nothing_names_a_place_outside() -> None:
    kinds = {".py", ".yaml", ".csv", ".md", ".toml", ".html", ".j2", ".css"}
    roots = [ROOT, *(ROOT.parent / n for n in ("factors", "examples", "benchmarks", "tests"))]
    for path in (p for root in roots if root.is_dir() for p in root.rglob("*")):
        real = path.parent.name == "books" and path.suffix == ".csv"  # as others published them
        if path.suffix in kinds and path != Path(__file__) and not real:
            found = ELSEWHERE.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{path}: {found}"


def test_importing_the_package_does_no_work() -> None:
    assert "pandas" not in {n for p in sources("estimates", "standards", "method", "engine")
                            for n in imports_of(p)}  # fmt: skip
    assert sys.modules["carbonledger"] is carbonledger

"""A form as one HTML file: no script, nothing fetched, right on a desk, a phone and on paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from carbonledger.form import (
    Bars,
    Block,
    Chart,
    Figures,
    Form,
    Lines,
    Note,
    Stack,
    Table,
    Waterfall,
)
from carbonledger.render import Format
from carbonledger.render.svg import NARROW, WIDE, draw


def render(form: Form) -> bytes:
    """The page with its style and its charts inside."""
    style = asset("report.css")
    page = environment().from_string(asset("report.html.jinja")).render(
        form=form,
        lang={"zh": "zh-CN", "en": "en"}[form.language],
        style=Markup(style),
        style_hash=policy_hash(style),
        kind=_kind,
        wide=lambda chart: _drawn(chart, WIDE),
        narrow=lambda chart: _drawn(chart, NARROW),
    )  # fmt: skip
    return (page.strip() + "\n").encode()


FORMAT = Format("html", "text/html", render)


def _drawn(chart: Chart, width: int) -> Markup:
    """The drawing, in which every word is escaped already."""
    return Markup(draw(chart, width))


def _kind(block: Block) -> str:
    names = {Figures: "figures", Table: "table", Note: "note", Lines: "chart", Bars: "chart",
             Stack: "chart", Waterfall: "chart"}  # fmt: skip
    return names[type(block)]


def policy_hash(style: str) -> str:
    """The one style the page's policy lets in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def asset(name: str) -> str:
    """A file of this folder."""
    return (resources.files(__package__ or "carbonledger.render") / name).read_text("utf-8")


@cache
def environment() -> Environment:
    """Templates in which every text is escaped."""
    return Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

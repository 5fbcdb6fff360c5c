"""What people write around a table: its unit, its totals, who drew it up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from carbonledger.issues import Refusal
from carbonledger.units import clean, header_unit, money_scale

TOTALS = frozenset(
    (
        *("合计", "小计", "总计", "共计", "累计", "汇总", "总合计", "合计数", "全部合计"),
        *("本页合计", "本页小计", "本月合计", "本年合计", "本年累计"),
        *("total", "totals", "subtotal", "grandtotal", "pagetotal", "sum"),
    )
)
NO_DIGIT = re.compile(r"\D{2,40}")
FOOTER = re.compile(
    r"(?:(?:制表|填表|复核|审核|审批|经办|填报|编制|打印|导出|制单|负责|联系)(?:人|员|日期|时间|单位|部门|机构)?"
    r"|(?:金额|货币|计量)?单位|备?注\d*|说明|(?:数据|资料)来源|币种|notes?|remarks?|source|units?"
    r"|prepared by|reviewed by|checked by|approved by|printed(?: on)?) ?:",
    re.IGNORECASE,
)
STATED = re.compile(
    r"(?:^|(?<=[\s(\[{,;:、。|】〕]))(?:金额|货币|计量|币种|数据)?(?:计量)?(?:单位|units?)\s*:\s*",
    re.IGNORECASE,
)
IN_MONEY = re.compile(r"(?:^|[\s(])in\s+(.*)", re.IGNORECASE)
STOPS = re.compile(r"[()\[\]{}〔〕【】;。|]")
ORGANISATION = re.compile(r"(?:行|公司|部|处|局|中心|社|集团|厂|院|机构|支行|分行)$")


def is_total(text: str) -> bool:
    """Whether the cell is only the word for a total, as in 合 计 or Sub-total:."""
    return NO_DIGIT.fullmatch(text) is not None and _is_total(text)


@lru_cache(maxsize=4_096)
def _is_total(text: str) -> bool:
    return re.sub(r"[\s:_-]+", "", clean(text).lower()) in TOTALS


def is_footer(text: str) -> bool:
    """Whether the cell begins a line under the table, as in 制表人：."""
    return (":" in text or "：" in text) and FOOTER.match(clean(text)) is not None


def stated_units(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Units of money that a row beside the table states, and what else it calls a unit."""
    texts = [text for cell in cells if (text := clean(cell))]
    _, *stated = STATED.split("  ".join(texts))
    if not stated:
        return _title_units(texts[0]) if len(texts) == 1 else [], []
    units, others = list[str](), list[str]()
    for rest in stated:
        said = STOPS.split(rest)[0].strip()
        unit = _first_unit(said)
        word = said.split("  ")[0]
        if unit is not None:
            units.append(unit)
        elif word and not ORGANISATION.search(word):
            others.append(word)
    return units, others


def _title_units(title: str) -> list[str]:
    """The unit of a title without the word for it: Loans (万元), Loans in CNY million."""
    inside = IN_MONEY.search(title)
    unit = header_unit(title)[1] or (inside and _first_unit(STOPS.split(inside.group(1))[0]))
    return [unit] if unit and _is_money(unit) else []


def _first_unit(text: str) -> str | None:
    """The unit of money the text begins with, also among others as in 户、万元."""
    words = text.split()
    for end in range(min(len(words), 5), 0, -1):
        start = " ".join(words[:end])
        parts = [part for part in re.split("[、,/和及]", start) if _is_money(part)]
        if _is_money(start) or len(parts) == 1:
            return start if _is_money(start) else parts[0]
    return None


def _is_money(text: str) -> bool:
    try:
        money_scale(text)
    except Refusal:
        return False
    return True

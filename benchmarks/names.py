"""Chinese company names: what joins by itself, what is proposed, and how often rightly.

python benchmarks/names.py [--names 20000] [--seed 7] [--time 100000]

Names are invented from the lists below, which share nothing with those of the matcher. Half of the
names looked up stand in the register under another way of writing; the other half do not stand
there at all, and half of those look like one that does: a namesake in another province, a sister
of another trade, a branch, another legal form, one other character.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from carbonledger.intake.joining import join
from carbonledger.intake.records import SIDES, WITH, Records
from carbonledger.names.alike import alike

# Place as short and as full name, the province above it where it is a city, and its code.
PLACES = [
    ("重庆", "重庆市", "", "500000"), ("四川", "四川省", "", "510000"),
    ("湖南", "湖南省", "", "430000"), ("河南", "河南省", "", "410000"),
    ("湖北", "湖北省", "", "420000"), ("河北", "河北省", "", "130000"),
    ("山东", "山东省", "", "370000"), ("山西", "山西省", "", "140000"),
    ("江苏", "江苏省", "", "320000"), ("江西", "江西省", "", "360000"),
    ("浙江", "浙江省", "", "330000"), ("广东", "广东省", "", "440000"),
    ("贵州", "贵州省", "", "520000"), ("云南", "云南省", "", "530000"),
    ("陕西", "陕西省", "", "610000"), ("北京", "北京市", "", "110000"),
    ("上海", "上海市", "", "310000"), ("天津", "天津市", "", "120000"),
    ("成都", "成都市", "四川省", "510100"), ("绵阳", "绵阳市", "四川省", "510700"),
    ("宜宾", "宜宾市", "四川省", "511500"), ("武汉", "武汉市", "湖北省", "420100"),
    ("长沙", "长沙市", "湖南省", "430100"), ("郑州", "郑州市", "河南省", "410100"),
    ("南京", "南京市", "江苏省", "320100"), ("苏州", "苏州市", "江苏省", "320500"),
    ("杭州", "杭州市", "浙江省", "330100"), ("宁波", "宁波市", "浙江省", "330200"),
    ("深圳", "深圳市", "广东省", "440300"), ("佛山", "佛山市", "广东省", "440600"),
    ("青岛", "青岛市", "山东省", "370200"), ("贵阳", "贵阳市", "贵州省", "520100"),
    ("昆明", "昆明市", "云南省", "530100"), ("西安", "西安市", "陕西省", "610100"),
]  # fmt: skip
FIRST = "华东远宏嘉金恒瑞德天中新盛鑫龙泰永安兴正大利海江晨旭博创凯亿隆丰康润顺达汇信诚昌益"
SECOND = "泰达盛源华远丰成通辉腾宇峰阳光明润信恒业基邦宁科尔特美迪诺联和利安茂祥顺荣欣瑞亚凌锋"
TRADES = [
    "水泥", "钢铁", "商品混凝土", "化工", "精细化工", "电力工程", "新能源", "风力发电", "光伏科技",
    "汽车零部件", "汽车销售", "机械制造", "模具", "建设", "建筑工程", "市政园林", "房地产开发",
    "物业服务", "商贸", "国际贸易", "供应链管理", "物流", "货物运输", "食品", "饲料", "生态农业",
    "医药", "医疗器械", "生物技术", "电子", "电子科技", "信息技术", "软件", "通信设备", "环保工程",
    "水务", "燃气", "矿业", "铝业", "纸业", "印务包装", "纺织", "服装", "家具", "酒店管理", "餐饮",
    "文化传播", "教育咨询", "人力资源", "融资租赁", "小额贷款", "投资管理", "实业", "科技发展",
]  # fmt: skip
LIMITED, LIMITED_LONG, STOCK = "有限公司", "有限责任公司", "股份有限公司"
Identity = tuple[int, str, str, bool, bool]
WIDE = str.maketrans("()", "（）")


@dataclass(frozen=True)
class Company:
    """An invented company before anybody writes its name."""

    place: int
    brand: str
    trade: str
    form: str
    group: bool

    @property
    def identity(self) -> Identity:
        """What no two companies share: 有限公司 and 有限责任公司 are one form by law."""
        return self.place, self.brand, self.trade, self.form == STOCK, self.group

    def name(self) -> str:
        """The name as registered: the city's or province's full name before it."""
        middle = "集团" if self.group else ""
        return f"{PLACES[self.place][1]}{self.brand}{self.trade}{middle}{self.form}"


def company(r: np.random.Generator) -> Company:
    form = r.choice([LIMITED, LIMITED, LIMITED, LIMITED_LONG, STOCK])
    extra = r.choice(list(SECOND)) if r.random() < 0.25 else ""
    brand = f"{r.choice(list(FIRST))}{r.choice(list(SECOND))}{extra}"
    place, trade = int(r.integers(len(PLACES))), str(r.choice(TRADES))
    return Company(place, brand, trade, str(form), bool(r.random() < 0.06))


# Ways to write the same name. The first eight change no word of it.
def _same(c: Company, _: np.random.Generator) -> str:
    return c.name()


def _other_limited(c: Company, _: np.random.Generator) -> str:
    name = c.name()
    if name.endswith(LIMITED_LONG):
        return name.replace(LIMITED_LONG, LIMITED)
    return name if name.endswith(STOCK) else name.replace(LIMITED, LIMITED_LONG)


def _short_place(c: Company, _: np.random.Generator) -> str:
    return c.name().replace(PLACES[c.place][1], PLACES[c.place][0], 1)


def _province_too(c: Company, _: np.random.Generator) -> str:
    return PLACES[c.place][2] + c.name()


def _bracket(c: Company, r: np.random.Generator) -> str:
    short, full, *_ = PLACES[c.place]
    inside = f"({short})".translate(WIDE) if r.random() < 0.7 else f"({short})"
    rest = c.name().removeprefix(full)
    return rest.replace(c.form, inside + c.form) if r.random() < 0.5 else (
        rest.replace(c.brand, c.brand + inside, 1))  # fmt: skip


def _group_bracket(c: Company, _: np.random.Generator) -> str:
    return c.name().replace("集团", "（集团）") if c.group else _short_place(c, _)


def _width(c: Company, r: np.random.Generator) -> str:
    name = _bracket(c, r) if r.random() < 0.5 else c.name()
    at = int(r.integers(1, len(name)))
    return name[:at] + str(r.choice([" ", "\u3000", "\u200b"])) + name[at:]


def _no_place(c: Company, _: np.random.Generator) -> str:
    return c.name().removeprefix(PLACES[c.place][1])


def _typo(c: Company, r: np.random.Generator) -> str:
    name, start = c.name(), len(PLACES[c.place][1])
    end = len(name) - len(c.form)
    at = int(r.integers(start, end))
    wrong = str(r.choice(list(FIRST + SECOND)))
    kind = r.random()
    if kind < 0.6:
        return name[:at] + wrong + name[at + 1 :]
    return name[:at] + name[at + 1 :] if kind < 0.8 else name[:at] + wrong + name[at:]


def _no_form(c: Company, _: np.random.Generator) -> str:
    return c.name().removesuffix(c.form)


def _plain_company(c: Company, _: np.random.Generator) -> str:
    return c.name().removesuffix(c.form) + "公司"


def _short_trade(c: Company, _: np.random.Generator) -> str:
    return c.name().replace(c.trade, c.trade[:2], 1) if len(c.trade) > 2 else (
        c.name().replace(c.trade, "", 1))  # fmt: skip


Way = Callable[[Company, np.random.Generator], str]
WAYS: dict[str, tuple[Way, float]] = {
    "as registered": (_same, 0.22), "legal form written otherwise": (_other_limited, 0.14),
    "place shortened": (_short_place, 0.16), "province before the city": (_province_too, 0.06),
    "place in brackets": (_bracket, 0.12), "group in brackets": (_group_bracket, 0.04),
    "blanks, half or full width": (_width, 0.11), "place left out": (_no_place, 0.03),
    "one wrong character": (_typo, 0.05), "legal form left out": (_no_form, 0.02),
    "only 公司": (_plain_company, 0.02), "trade shortened": (_short_trade, 0.03),
}  # fmt: skip
FORMAL = tuple(list(WAYS)[:8])
"""Ways that leave every word of the name, or leave out only the place."""


def _written(c: Company, r: np.random.Generator) -> tuple[str, str]:
    """A company's name in one of the ways, and which."""
    way = str(r.choice(list(WAYS), p=[w for _, w in WAYS.values()]))
    return WAYS[way][0](c, r), way


def _absent(c: Company, r: np.random.Generator, known: set[Identity]) -> tuple[str, Company] | None:
    """A name that is not in the register though it may look like one that is; None if it is."""
    kind = r.random()
    other = company(r)
    if kind < 0.15:
        place = (c.place + 1 + int(r.integers(len(PLACES) - 1))) % len(PLACES)
        other = Company(place, c.brand, c.trade, c.form, c.group)
    elif kind < 0.25:
        other = Company(c.place, c.brand, other.trade, c.form, c.group)
    elif kind < 0.35:
        branch = str(r.choice(["分公司", "第一分公司"]))
        return c.name() + PLACES[other.place][0] + branch, other
    elif kind < 0.42:
        form = LIMITED if c.form == STOCK else STOCK
        other = Company(c.place, c.brand, c.trade, form, c.group)
    elif kind < 0.50:
        at = int(r.integers(len(c.brand)))
        brand = c.brand[:at] + str(r.choice(list(SECOND))) + c.brand[at + 1 :]
        other = Company(c.place, brand, c.trade, c.form, c.group)
    return None if other.identity in known else (_written(other, r)[0], other)


@dataclass(frozen=True)
class Task:
    """A register and the names to look up: who each is (-1 for nobody), how it was written."""

    register: list[str]
    wanted: list[str]
    truth: list[int]
    ways: list[str]
    regions: list[str | None]


def task(size: int, seed: int) -> Task:
    """A register of ``size`` companies, and as many names, half of them of its companies."""
    r = np.random.default_rng(seed)
    seen: dict[tuple[int, str, str], Company] = {}
    while len(seen) < size:
        c = company(r)
        seen.setdefault((c.place, c.brand, c.trade), c)
    companies = list(seen.values())
    known = {c.identity for c in companies}
    wanted, truth, ways, regions = [], [], [], []
    for at in r.permutation(size).tolist():
        c, found = companies[at], None
        if len(wanted) < size // 2:
            name, way = _written(c, r)
        else:
            while found is None:
                found = _absent(c, r, known)
            (name, c), way, at = found, "absent", -1
        wanted.append(name)
        truth.append(at)
        ways.append(way)
        regions.append(PLACES[c.place][3] if r.random() < 0.8 else None)
    return Task([c.name() for c in companies], wanted, truth, ways, regions)


@dataclass(frozen=True)
class Measured:
    """What came of a task."""

    automatic: int
    right: int
    pairs: int
    formal: int
    formal_right: int
    found: int
    proposals: int
    absent_proposed: int
    by_way: dict[str, tuple[int, int, int]]
    """By way of writing: names, joined rightly, joined or proposed rightly."""
    wrong: tuple[tuple[str, str], ...]

    @property
    def precision(self) -> float:
        return self.right / self.automatic

    @property
    def recall(self) -> float:
        return self.right / self.pairs

    @property
    def formal_recall(self) -> float:
        return self.formal_right / self.formal

    @property
    def proposals_recall(self) -> float:
        return self.found / self.pairs


def records(names: list[str], regions: list[str | None] | None) -> Records:
    """Names of loans with their regions, or those of the register with a code each."""
    left, size = regions is not None, len(names)
    side = SIDES["counterparty"][0] if left else WITH["counterparty"]
    ids = pa.nulls(size, pa.string()) if left else pa.array([f"R{k}" for k in range(size)])
    return Records(side, pa.table({
        "id": ids, "number": pa.nulls(size, pa.string()), "name": pa.array(names),
        "region": pa.array(regions or [None] * size, pa.string()),
        "person": pa.array(np.zeros(size, np.bool_)), "row": pa.array(np.arange(size)),
        "file": pa.array([side.book] * size), "count": pa.array(np.ones(size, np.int64)),
    }))  # fmt: skip


def measure(t: Task) -> Measured:
    """Join and propose as the product does."""
    left = records(t.wanted, t.regions)
    (done,), _ = join("counterparty", [left], records(t.register, None), [])
    joined = {at: int(code[1:]) for at, (code, _) in done.at.items()}
    open_ = list(done.open)
    proposed: dict[int, set[int]] = {}
    count = 0
    for a in alike([t.wanted[k] for k in open_], t.register):
        proposed.setdefault(open_[a.left], set()).add(a.right)
        count += 1
    names, hits, found = Counter(t.ways), Counter[str](), Counter[str]()
    for at, truth in enumerate(t.truth):
        if truth >= 0:
            hit = joined.get(at) == truth
            hits[t.ways[at]] += hit
            found[t.ways[at]] += hit or truth in proposed.get(at, ())
    ways = {w: (names[w], hits[w], found[w]) for w in WAYS}
    wrong = tuple((t.wanted[a], t.register[r]) for a, r in joined.items() if t.truth[a] != r)
    return Measured(
        len(joined), len(joined) - len(wrong), sum(n for n, _, _ in ways.values()),
        sum(ways[w][0] for w in FORMAL), sum(ways[w][1] for w in FORMAL), found.total(), count,
        sum(t.truth[at] < 0 for at in proposed), ways, wrong,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--time", type=int, default=100_000)
    a = parser.parse_args()
    m = measure(task(a.names, a.seed))
    print(f"{a.names:,} names against {a.names:,}, half of them absent, seed {a.seed}")
    wrong = f"({m.automatic - m.right} of {m.automatic} wrong)"
    print(f"automatic precision {m.precision:.4f}  {wrong}")
    print(f"automatic recall    {m.recall:.4f} of all pairs, {m.formal_recall:.4f} of those that "
          "differ in writing only")  # fmt: skip
    print(f"joined or proposed  {m.proposals_recall:.4f} of all pairs")
    print(f"proposals           {m.proposals}, {m.absent_proposed} absent names have one")
    for way, (names, hits, found) in m.by_way.items():
        print(f"  {way:<30} {names:>6}  joined {hits / names:.3f}  or proposed {found / names:.3f}")
    for left, right in m.wrong[:5]:
        print(f"  wrong: {left} = {right}")
    t = task(a.time, a.seed)
    start = time.perf_counter()
    measure(t)
    print(f"{a.time:,} against {a.time:,}: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()

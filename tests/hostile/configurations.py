"""carbonledger.yaml, a mapping file and the head of a factor set that are meant to do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from hostile.case import Case, config, good, with_book

MAPPING = """\
book: loans
headers:
  "贷款余额":
    column: outstanding_amount
    status: confirmed
  "经办行":
    column: branch
    status: confirmed
""".encode()
FACTOR_HEAD = """\
id: user-1
title: an example
factor: revenue_intensity
unit: tCO2e/万元
currency: CNY
keys: [sector, region]
gases: CO2e
gwp: AR5
stale_after_years: never
every_row: {scope: "1", year: "2025", published: 2025-12-31, confidence: SEEN}
source: {id: EXAMPLE, publisher: example, document: none, licence: none needed}
""".encode()
FACTOR_TABLE = b"sector,region,value\nC3011,CN,2.5\nD4411,CN,3.5\n"


def with_mapping(content: bytes) -> dict[str, bytes]:
    said = config("loans.csv").replace(b"unit: \xe5\x85\x83}", b"unit: \xe5\x85\x83, mapping: m.yaml}")
    return with_book("loans.csv", good()["loans.csv"]) | {"carbonledger.yaml": said,
                                                          "m.yaml": content}  # fmt: skip


def with_factors(head: bytes, table: bytes) -> dict[str, bytes]:
    said = config("loans.csv") + b"factors: [own]\n"
    return with_book("loans.csv", good()["loans.csv"]) | {
        "carbonledger.yaml": said, "own/user.yaml": head, "own/user.csv": table}  # fmt: skip


LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))  # fmt: skip
ANYWHERE: Mapping[str, Callable[[bytes], bytes]] = {
    "laughs": lambda c: c + LAUGHS.encode(), "laughs alone": lambda c: LAUGHS.encode(),
    "cycle": lambda c: c + b"\nx: &a [*a]\n", "merge": lambda c: c + b"\nb: &b {c: 1}\nd: {<<: *b}\n",
    "no such anchor": lambda c: c + b"\nx: *nothing\n",
    "deep lists": lambda c: c + b"\nx: " + b"[" * 100_000,
    "deep lists closed": lambda c: c + b"\nx: " + b"[" * 3_000 + b"]" * 3_000 + b"\n",
    "deep maps": lambda c: c + b"\nx: " + b"{a: " * 50_000,
    "deep dashes": lambda c: c + b"\nx:\n" + b"- " * 20_000 + b"x\n",
    "deep indent": lambda c: c + b"".join(b" " * n + b"k:\n" for n in range(2_000)),
    "python": lambda c: c + b"\nx: !!python/object/apply:os.system [touch evil]\n",
    "python name": lambda c: c + b"\nx: !!python/name:os.system\n",
    "tag": lambda c: c + b"\nx: !evil 1\n", "binary": lambda c: c + b"\nx: !!binary AAAA\n",
    "twice": lambda c: c + c, "documents": lambda c: c + b"\n---\n" + c,
    "many documents": lambda c: b"---\n" * 100_000, "large scalar": lambda c: c + b"\nx: " + b"y" * 10_000_000,
    "large key": lambda c: c + b"\n" + b"y" * 2_000_000 + b": 1\n",
    "many keys": lambda c: c + b"\n" + b"".join(b"k%d: 1\n" % n for n in range(20_000)),
    "nul": lambda c: c + b"\0", "all nul": lambda c: b"\0" * 1_000, "empty": lambda c: b"",
    "list": lambda c: b"- 1\n- 2\n", "word": lambda c: b"x", "number": lambda c: b"1e999999999",
    "colons": lambda c: b":" * 500_000, "quotes": lambda c: b'"' * 100_001, "tabs": lambda c: b"\t" + c,
    "bangs": lambda c: b"!" * 100_000, "anchors": lambda c: b"&a " * 50_000, "stars": lambda c: b"*" * 100_000,
    "percent": lambda c: b"%YAML 9.9\n---\n" + c, "directive": lambda c: b"%" + b"x" * 100_000,
    "gb18030": lambda c: c.decode().encode("gb18030"), "utf16": lambda c: c.decode().encode("utf-16"),
    "utf32": lambda c: c.decode().encode("utf-32"), "mark": lambda c: b"\xef\xbb\xbf" + c,
    "latin": lambda c: c + b"\nx: \xe9\n", "escape": lambda c: c + b'\nx: "\\ud800"\n',
    "escape past the end": lambda c: c + b'\nx: "\\UFFFFFFFF"\n', "comment": lambda c: c + b"#" * 3_000_000,
    "block": lambda c: c + b"\nx: |999999999\n y\n", "question": lambda c: b"? " * 20_000,
    "key of list": lambda c: c + b"\n? [1, 2]\n: 3\n", "null key": lambda c: c + b"\n~: 1\n",
    "control": lambda c: c + b"\nx: \x07\n", "line separator": lambda c: c.replace(b"\n", "\u2028".encode()),
}  # fmt: skip
LINES = (
    "file: ../secret.txt", "file: /etc/passwd", "file: /dev/zero", "file: /dev/stdin", "file: .",
    "file: ''", 'file: "a\\0b"', "file: '**/**/**/*'", "file: '*'", "file: '['", "file: '{period}{x}'",
    "file: '{period.__class__}'", "file: '{0}'", "file: ~root/x", "file: []", "file: [[]]", "file: {a: b}",
    "file: loans.csv, sheet: '../x'", "file: http://127.0.0.1:9/x", "file: file:///etc/passwd",
    "file: '|touch evil'", "file: " + "x" * 5_000, "file: " + "../" * 2_000 + "x", "file: -",
    "file: [" + "loans.csv, " * 400 + "loans.csv]", "file: loans.csv, unit: 1e999999999",
    "file: loans.csv, unit: " + "万" * 9_999, "file: loans.csv, columns: {outstanding_amount: =1+1}",
    "file: loans.csv, columns: {__class__: x}", "file: loans.csv, values: {outstanding_amount: 1e999999999}",
    "file: loans.csv, values: {sector: '=1+1'}", "file: loans.csv, mapping: ../../etc/passwd",
    "file: loans.csv, mapping: /dev/zero", "file: loans.csv, mapping: .", "file: loans.csv, months: '*'",
    "file: loans.csv, months: /dev/zero", "file: loans.csv, code_length: {sector: 99999999999}",
    "file: loans.csv, classification: {sector: [a]}", "file: carbonledger.yaml", "file: counterparties.csv",
)  # fmt: skip
KEYS = (
    ("period: 2025", "period: 2000..2099"), ("period: 2025", "period: 99999999999999999999"),
    ("period: 2025", "period: -1"), ("period: 2025", "period: [2025]"), ("period: 2025", "period: ２０２５"),
    ("period: 2025", "period: 2025..2020"), ("currency: CNY", "currency: '=1+1'"),
    ("currency: CNY", "currency: [CNY]"), ("[pcaf-2025]", "[" + "pcaf-2025, " * 2_000 + "x]"),
    ("[pcaf-2025]", "[]"), ("[pcaf-2025]", "[../../etc]"), ("示例银行", "=cmd|' /C calc'!A1"),
    ("示例银行", "<script>alert(1)</script>"), ("示例银行", "x" * 100_000), ("示例银行", '"\\0"'),
    ("currency: CNY", "currency: CNY\npath: ../../etc/passwd"),
    ("currency: CNY", "currency: CNY\nbase_year: {year: 1e999999999, intensity: 1e999999999}"),
    ("currency: CNY", "currency: CNY\nbase_year: {run: ../../x}"),
    ("currency: CNY", "currency: CNY\npath: cn-14fyp\nbase_year: {year: 2020, intensity: 1e999999999}"),
    ("currency: CNY", "currency: CNY\nmin_coverage: 1e-999999999"),
    ("currency: CNY", "currency: CNY\nhistory: {2020: 1e999999999}"),
    ("currency: CNY", "currency: CNY\nas_of: 99999-99-99"), ("currency: CNY", "currency: CNY\nas_of: 0001-01-01"),
    ("currency: CNY", "currency: CNY\nknown_on: 0001-01-01"), ("currency: CNY", "currency: CNY\nfactors: [/dev]"),
    ("currency: CNY", "currency: CNY\nfactors: [/proc/self]"), ("currency: CNY", "currency: CNY\nfactors: ['..']"),
    ("currency: CNY", "currency: CNY\ncompare_with: ../../etc/passwd"),
    ("currency: CNY", "currency: CNY\nexclusions: {pcaf-2025: {min_average_balance: 1e999999999万元}}"),
)  # fmt: skip


def _book(line: str) -> dict[str, bytes]:
    said = config("loans.csv").decode().replace("file: loans.csv, unit: 元", line)
    return with_book("loans.csv", good()["loans.csv"]) | {"carbonledger.yaml": said.encode()}


def _key(old: str, new: str) -> dict[str, bytes]:
    said = config("loans.csv").decode().replace(old, new)
    return with_book("loans.csv", good()["loans.csv"]) | {"carbonledger.yaml": said.encode()}


def cases() -> Iterator[Case]:
    plain = with_book("loans.csv", good()["loans.csv"])
    for word, change in ANYWHERE.items():
        yield Case(f"config {word}", partial(
            lambda c: plain | {"carbonledger.yaml": c(config("loans.csv"))}, change))
        yield Case(f"mapping {word}", partial(lambda c: with_mapping(c(MAPPING)), change))
        yield Case(f"factor head {word}", partial(
            lambda c: with_factors(c(FACTOR_HEAD), FACTOR_TABLE), change))
    for number, line in enumerate(LINES):
        yield Case(f"config line {number} {line[:30]}", partial(_book, line))
    for number, (old, new) in enumerate(KEYS):
        yield Case(f"config key {number} {new[-30:]!r}", partial(_key, old, new))
    for number, cell in enumerate(("1e999999999", "-1", "=1+1", "9" * 9_999, "nan", "", "\0", "x")):
        table = FACTOR_TABLE.replace(b"2.5", cell.encode())
        yield Case(f"factor value {number}", partial(with_factors, FACTOR_HEAD, table))

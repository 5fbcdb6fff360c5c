"""Natural persons: recognised, known by pseudonyms, and in no output by number, phone or name."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import run, write_folder

from carbonledger import persons
from carbonledger.__main__ import _told
from carbonledger.cli.log import Log
from carbonledger.intake.answers import Answer
from carbonledger.intake.terms import Terms, without_numbers
from carbonledger.issues import Issue
from carbonledger.pseudonyms import Pseudonyms

# GB 11643-1999, annex: 11010519491231002X has the check digit X, 440524188001010014 the digit 4.
EXAMPLES = ("11010519491231002X", "440524188001010014")


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert persons.is_valid(EXAMPLES[0])
    # The other example was born in 1880: its check digit is right, its bearer owes no bank.
    total = sum(int(d) * w for d, w in zip(EXAMPLES[1], persons.WEIGHTS, strict=False))
    assert persons.CHECK[total % 11] == "4"


@pytest.mark.parametrize("text", [
    "110105194912310021",  # wrong check digit
    "11010519491331002X",  # no month 13
    "99010519491231002X",  # no such province
    "1101051949123100",  # too short
    "91350100M000100Y43",  # a credit code
    "110105202012310026",  # a child
])  # fmt: skip
def test_what_is_no_identity_number_of_an_adult(text: str) -> None:
    assert not persons.is_identity_number(text)


@pytest.mark.parametrize(("text", "shown"), [
    ("11010519491231002X", "1****************X"),
    ("证件11010519491231002x，", "证件1****************x，"),
    ("１１０１０５１９４９１２３１００２Ｘ", "１****************Ｘ"),
    ("110105 19491231 002X", "1******************X"),
    ("130503670401001", "1*************1"),
    ("电话13812345678转8", "电话1**********转8"),
    ("+86 138-1234-5678", "+****************"),
    ("L1 + 13812345678", "L1 + 1**********"),
    ("138123456789", "138123456789"),
    ("贷款 2025-0001", "贷款 2025-0001"),
])  # fmt: skip
def test_numbers_are_shown_as_patterns(text: str, shown: str) -> None:
    assert persons.masked(text) == shown
    assert persons.masked(shown) == shown


@pytest.mark.parametrize(("text", "shown"), [
    ("制表人：赵六", "制表人：赵*"), ("联系人王小五", "联系人王**"), ("多, 出", "多, 出"),
    ("张伟、李娜", "张*、李*"), ("渝中支行", "渝中支行"), ("重庆水泥厂", "重庆水泥厂"),
])  # fmt: skip
def test_names_beside_a_table_are_hidden(text: str, shown: str) -> None:
    assert persons.masked_names(text) == shown


def test_a_pseudonym_needs_the_key_and_the_key_does_not_print() -> None:
    one, other = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    assert one.of("x") == Pseudonyms(b"a" * 32).of("x") != other.of("x")
    assert one.fingerprint != other.fingerprint
    assert b"aaaa" not in repr(one).encode()


def test_a_bug_shows_no_cells(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(ValueError("张伟 11010519491231002X 13812345678 6222021234567890123"), Log()) == 1
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert not any(text in told for text in ("张伟", "1949", "13812345678", "62220212"))


def key_file(folder: Path, content: str = "k" * 64) -> Path:
    path = folder.parent / f"{folder.name}.key"
    path.write_text(content)
    return path


PERSON, PASSPORT = "11010519491231002X", "E12345678"
LOANS = [
    {"loan_id": "L1", "counterparty_id": "C1", "customer_type": "企业", "outstanding_amount": 100,
     "average_balance": 90},
    {"loan_id": "L2", "counterparty_id": PERSON, "customer_type": "个人", "outstanding_amount": 5,
     "average_balance": 5, "product": "张伟"},
    {"loan_id": "L3", "counterparty_id": PASSPORT, "customer_type": "个人", "outstanding_amount": 6,
     "average_balance": 6},
    {"loan_id": "L4", "counterparty_id": PASSPORT, "outstanding_amount": 7, "average_balance": 7},
]  # fmt: skip
FIGURES = {"revenue": 1000, "total_equity": 400, "total_debt": 600, "emissions_scope1_tco2e": 50,
           "emissions_scope2_tco2e": 5}  # fmt: skip
PARTIES = [{"counterparty_id": c, "name": "张伟", **FIGURES} for c in ("C1", PERSON, PASSPORT)]


def entries_of(folder: Path) -> list[dict[str, Any]]:
    (path,) = (folder / "runs").glob("2*/entries/pcaf-2025.parquet")
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def test_ids_of_persons_become_pseudonyms_and_every_join_stays(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    write_folder(folder, {"pseudonym_key": "../bank.key"}, loans=LOANS, counterparties=PARTIES)
    key_file(folder)
    assert run("run", folder, "--no-reports").exit_code == 0
    of = Pseudonyms(b"k" * 64).of
    found = entries_of(folder)
    assert [e["counterparty_id"] for e in found] == ["C1", of(PERSON), of(PASSPORT), of(PASSPORT)]
    # 50 + 5 t times 5 / (400 + 600): the pseudonym is joined like the number.
    assert [e["financed_emissions_scope12_g"] for e in found] == [
        5_500_000, 275_000, 330_000, 385_000]  # fmt: skip
    assert found[1]["product"] == "张*"
    (sealed,) = (folder / "runs").glob("2*")
    told = json.loads((sealed / "manifest.json").read_bytes())["predicate"]["inputs"]
    assert told["pseudonym_key"] == Pseudonyms(b"k" * 64).fingerprint
    assert "pseudonym_key" not in told["config"]
    shown = run("explain", sealed, "L2")
    assert (shown.exit_code, PERSON in shown.output, of(PERSON) in shown.output) == (0, False, True)
    assert run("verify", sealed, "--replay").exit_code == 0


def test_the_same_key_gives_the_same_run_and_another_key_another(tmp_path: Path) -> None:
    ids = []
    for name, key in (("a", "k" * 64), ("b", "k" * 64), ("c", "m" * 64)):
        folder = write_folder(tmp_path / name, {"pseudonym_key": f"../{name}.key"}, loans=LOANS)
        key_file(folder, key)
        ids.append(json.loads(run("run", folder, "--no-reports", "--json").stdout)["run_id"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_without_a_key_identity_numbers_refuse_the_book(tmp_path: Path, kind: str) -> None:
    folder = write_folder(tmp_path, loans=LOANS)
    if kind == "parquet":
        as_parquet(folder, LOANS)
    result = run("run", folder)
    assert (result.exit_code, PERSON in result.output) == (3, False)
    assert "pseudonym_key_missing" in result.output


def test_an_answer_about_a_person_is_kept_under_the_pseudonym() -> None:
    told = Answer(2025, "counterparty", PERSON, "revenue", 5, "5", "元", f"Li {PERSON}",
                  date(2026, 1, 5), "call 13812345678", "answers.csv", 2)  # fmt: skip
    key = Pseudonyms(b"k" * 64)
    (kept,), issues = without_numbers([told], Terms(key))
    assert (kept.id, issues) == (key.of(PERSON), [])
    assert (kept.answered_by, kept.evidence) == ("Li 1****************X", "call 1**********")
    _, issues = without_numbers([told], Terms())
    assert [i.code for i in issues] == ["pseudonym_key_missing"]


def test_a_key_of_a_few_letters_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bank", {"pseudonym_key": "../bank.key"}, loans=LOANS[:1])
    key_file(folder, "secret")
    assert [i["code"] for i in json.loads(run("check", folder, "--json").stdout)["issues"]] == [
        "pseudonym_key_short"]  # fmt: skip


def test_the_environment_names_the_key_before_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "bank", {"pseudonym_key": "../none"}, loans=LOANS)
    monkeypatch.setenv("CARBONLEDGER_KEY_FILE", str(key_file(folder)))
    assert run("check", folder).exit_code == 0


def test_key_makes_a_file_for_its_owner_and_overwrites_none(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    assert run("key", path).exit_code == 0
    assert (path.stat().st_mode & 0o777, len(path.read_text().strip())) == (0o600, 64)
    before = path.read_bytes()
    assert run("key", path, "--lang", "zh").exit_code == 2
    assert path.read_bytes() == before


def as_parquet(folder: Path, loans: list[dict[str, Any]]) -> None:
    """The loans as a typed file, amounts as decimals."""
    names = list(dict.fromkeys(n for row in loans for n in row))
    columns = {n: [row.get(n) for row in loans] for n in names}
    table = pa.table({
        n: pa.array([None if v is None else Decimal(v) for v in values], pa.decimal128(20, 2))
        if n.endswith(("amount", "balance")) else pa.array(values, pa.string())
        for n, values in columns.items()
    })  # fmt: skip
    pq.write_table(table, folder / "loans.parquet")
    config = folder / "carbonledger.yaml"
    config.write_text(config.read_text("utf-8").replace("loans.csv", "loans.parquet"), "utf-8")


def test_a_typed_file_with_persons_is_sealed_as_a_copy(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bank", {"pseudonym_key": "../bank.key"}, loans=LOANS,
                          counterparties=PARTIES)  # fmt: skip
    key_file(folder)
    as_parquet(folder, LOANS)
    assert run("run", folder, "--no-reports").exit_code == 0
    of = Pseudonyms(b"k" * 64).of
    assert [e["counterparty_id"] for e in entries_of(folder)] == [
        "C1", of(PERSON), of(PASSPORT), of(PASSPORT)]  # fmt: skip
    (sealed,) = (folder / "runs").glob("2*")
    assert (sealed / "books" / "loans.parquet").is_file()
    (folder / "loans.parquet").unlink()
    assert run("verify", sealed, "--replay").exit_code == 0


# a thousand planted numbers, phones and names

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "玥珂霖晗翊宸煜沅璟骞旻祎瑄珩翀垚"


def planted(draw: random.Random) -> tuple[str, str, str]:
    """An identity number, a phone and a name of nobody."""
    born = f"{draw.randint(1950, 2002)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}"
    body = (
        draw.choice(("500103", "110105", "440106", "310101")) + born + f"{draw.randint(0, 999):03d}"
    )
    total = sum(int(d) * w for d, w in zip(body, persons.WEIGHTS, strict=True))
    phone = f"1{draw.randint(3, 9)}{draw.randint(0, 10**9 - 1):09d}"
    name = draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)
    return body + "10X98765432"[total % 11], phone, name


HEADERS = ("loan_id", "contract_id", "counterparty_id", "counterparty_name", "customer_type",
           "outstanding_amount", "average_balance", "granted_amount", "start_date", "maturity_date",
           "product", "branch", "gl_account", "green_tag", "risk_class", "sector",
           "borrower_sector",
           "region", "country", "currency", "enterprise_scale", "asset_class", "备注",
           "联系电话")  # fmt: skip
TEXTS = ("product", "branch", "green_tag", "risk_class", "备注", "联系电话")
"""Columns in which anything may stand; elsewhere a secret spoils the cell."""


def secret_row(number: int, secrets: tuple[str, str, str], draw: random.Random) -> dict[str, str]:
    """A person's loan with all three secrets, in columns that take turns; every other is broken."""
    id_, phone, name = secrets
    row = {"loan_id": f"L{number}", "counterparty_id": id_, "counterparty_name": name,
           "customer_type": "个人", "outstanding_amount": "5", "average_balance": "5",
           "product": "个人住房贷款", "currency": "CNY", "备注": f"{name} {phone} {id_}",
           "联系电话": phone}  # fmt: skip
    row[TEXTS[number % 4]] = draw.choice((phone, id_, name))
    if number % 3 == 0:
        row["contract_id"] = id_
    if number % 2:
        spoilt = [h for h in HEADERS if h not in (*TEXTS, "loan_id", "contract_id", "customer_type",
                  "counterparty_id", "counterparty_name", "gl_account")]  # fmt: skip
        row[spoilt[number % len(spoilt)]] = draw.choice(
            (f"{phone}号", f"x{id_}", name, f"{name}{phone}")
        )
    if number % 7 == 0:
        row["counterparty_name"] = f"{name}\a{phone}"
    if number % 11 == 0:
        row["loan_id"] = f"L{number - 1}"  # twice
    if number % 13 == 0:
        row["gl_account"] = id_
    return row


def texts_of(name: str, content: bytes) -> Iterator[str]:
    """Everything that a file says, what is packed in it unpacked."""
    if name.endswith((".xlsx", ".zip")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield from texts_of(inner, archive.read(inner))
    elif name.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        yield json.dumps(table.to_pylist(), default=str, ensure_ascii=False)
        yield str(table.schema.metadata)
    else:
        yield content.decode("utf-8", "replace")
        if name.endswith(".csv"):
            yield content.decode("gb18030", "replace")


def runs_of(text: str) -> set[str]:
    """The long numbers and the Chinese words of a text: where a secret could be."""
    return set(re.findall(r"\d{11,}[Xx]?|[一-鿿]{2,}", text))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], str]:
    """The secrets, and every byte that the commands wrote anywhere."""
    root = tmp_path_factory.mktemp("planted")
    draw = random.Random("planted")
    secrets = [planted(draw) for _ in range(1_000)]
    rows = [secret_row(n, s, draw) for n, s in enumerate(secrets)]
    lines = [",".join(HEADERS), *(",".join(f'"{r.get(h, "")}"' for h in HEADERS) for r in rows)]
    lines += [",".join(["L9999", *[""] * (len(HEADERS) - 1), *secrets[0]]),
              f"制表人：{secrets[1][2]},,,"]  # fmt: skip
    title = f"个人贷款明细 联系人：{secrets[2][2]} {secrets[2][1]}"
    parties = [{"counterparty_id": s[0], "name": s[2], **FIGURES,
                "revenue": "1000" if n % 5 else s[1] + "元整"} for n,
                s in enumerate(secrets)]  # fmt: skip
    heard: list[str] = []

    def hear(*args: object) -> Result:
        result = run(*args)
        heard.extend((result.output, str(result.exception)))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    for name, encoding in (("keyed", "gb18030"), ("keyless", "utf-8")):
        folder = write_folder(root / name,
                              {"pseudonym_key": "../keyed.key"} if name == "keyed" else {},
                              loans="\n".join([title, *lines, ""]),
                              counterparties=parties)  # fmt: skip
        text = (folder / "loans.csv").read_text("utf-8")
        (folder / "loans.csv").write_bytes(text.encode(encoding))
        key_file(folder)
        hear("check", folder)
        hear("check", folder, "--json")
        hear("matches", folder)
        hear("map", folder / "loans.csv")
        hear("map", folder / "loans.csv", "--lang", "zh", "-o", root / f"{name}.map.yaml")
        hear("run", folder)
        hear("run", folder, "--allow-refused", "--json")
        hear("run", folder, "--allow-refused", "--lang", "zh")
        for allow in ((), ("--allow-refused",)):
            logged = hear("run", folder, *allow, "--log", "json").stderr.splitlines()
            assert {"issue"} < {json.loads(line)["event"] for line in logged}
    (sealed,) = (root / "keyed" / "runs").glob("2*")
    rows = json.loads((sealed / "summary.json").read_bytes())["ledgers"][1]["rows"]
    assert min(rows["computed"], rows["refused"]) > 250, rows
    for lang in ("zh", "en"):
        hear("explain", sealed, "L2", "--lang", lang)
        hear("explain", sealed, "L2", "--lang", lang, "--json")
        hear("explain", sealed, "L2", "--lang", lang, "--html", root / f"L2.{lang}.html")
        for kind in ("html", "md", "json", "xlsx"):
            hear(
                "report", sealed, "--format", kind, "--lang", lang, "-o", root / f"r-{lang}.{kind}"
            )
    hear("explain", sealed, secrets[4][0])
    hear("entries", sealed)
    hear("entries", sealed, "--format", "parquet", "-o", root / "e.parquet")
    hear("verify", sealed, "--replay")
    hear("runs", root / "keyed", "show", sealed.name)
    for kind in ("text", "csv", "json"):
        hear("gaps", sealed, "--format", kind)
    hear("gaps", sealed, "--format", "xlsx", "-o", root / "gaps.xlsx")
    hear("bundle", sealed, "-o", root / "bundle.zip")
    inputs = {root / folder / name for folder in ("keyed", "keyless")
              for name in ("loans.csv", "counterparties.csv")}  # fmt: skip
    written = [p for p in root.rglob("*") if p.is_file() and p not in inputs
               and p.suffix != ".key"]  # fmt: skip
    assert len(written) > 40
    assert sum(p.name == "loans.csv" for p in written) >= 2, "rows in quarantine"
    said = (text for p in written for text in texts_of(p.name, p.read_bytes()))
    found = {run for text in (*heard, *said) for run in runs_of(text)}
    return [text for three in secrets for text in three], "\n".join(found)


def test_a_thousand_planted_secrets_are_in_no_output(everything: tuple[list[str], str]) -> None:
    secrets, told = everything
    assert "个人住房贷款" in told
    assert [text for text in set(secrets) if text in told] == []


def test_the_search_would_find_them() -> None:
    book = pa.table({"a": ["13812345678"]})
    sink = pa.BufferOutputStream()
    pq.write_table(book, sink)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.parquet", sink.getvalue().to_pybytes())
    said = "".join(texts_of("b.zip", packed.getvalue()))
    assert "13812345678" in runs_of(said)


def test_an_issue_masks_whatever_it_quotes() -> None:
    issue = Issue("duplicate_key", value="11010519491231002X", details=(("first", "13812345678"),))
    assert issue.value == "1****************X"
    assert dict(issue.details)["first"] == "1**********"

"""Headers that no alias list knows: proposed right, and none applied. -s prints the figures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from carbonledger.headers import header_aliases, names_of
from carbonledger.intake.initials import initials
from carbonledger.intake.map_draft import shape
from carbonledger.intake.proposals import PINYIN, proposal

DATA = Path(__file__).parent / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


UNSEEN, OF_NO_COLUMN = read("unseen-headers.csv"), read("headers-of-no-column.csv")


def proposed(row: dict[str, str], *, samples: bool = True) -> str | None:
    values = tuple(row["samples"].split("|")) if samples else ()
    found = proposal(row["book"], row["header"], values)
    return None if found is None else found.column


@pytest.mark.parametrize("row", UNSEEN + OF_NO_COLUMN, ids=lambda r: r["header"])
def test_the_header_is_unseen_and_so_never_applied_by_itself(row: dict[str, str]) -> None:
    known = header_aliases(row["book"])
    assert not any(name in known for name in names_of(row["header"]))


def test_60_unseen_headers_are_proposed_right() -> None:
    right = sum(proposed(row) == row["canonical"] for row in UNSEEN)
    alone = sum(proposed(row, samples=False) == row["canonical"] for row in UNSEEN)
    print(f"\nunseen headers: {right} of {len(UNSEEN)} right, {alone} without looking at values")
    assert len(UNSEEN) == 60
    assert right >= 55


def test_headers_of_no_column_are_mostly_left_alone() -> None:
    wrong = [row["header"] for row in OF_NO_COLUMN if proposed(row) is not None]
    print(f"\nheaders of no column: {len(OF_NO_COLUMN) - len(wrong)} of {len(OF_NO_COLUMN)} "
          f"without a proposal; proposed: {', '.join(wrong) or '-'}")  # fmt: skip
    assert len(OF_NO_COLUMN) == 32
    assert len(wrong) <= 3


def test_initials_are_a_weak_proposal() -> None:
    found = proposal("loans", "DKYE")
    assert found is not None
    assert (found.column, found.score, found.reasons[0]) == (
        "outstanding_amount", PINYIN, ("initials", "贷款余额"),
    )  # fmt: skip


# The codes of the PBoC table, as pboc-corporate-loan-fields has them.
@pytest.mark.parametrize(
    ("name", "code"),
    [("贷款余额", "DKYE"), ("借款人行业", "JKRHY"), ("贷款发放日期", "DKFFRQ"),
     ("贷款实际投向", "DKSJTX"), ("币种", "BZ"), ("内部机构号", "NBJGH")],
)  # fmt: skip
def test_initials(name: str, code: str) -> None:
    assert initials(name) == code


def test_values_speak_against_a_column() -> None:
    amounts, days = ("1250000.00", "380000.00"), ("2027-03-05", "2028-11-20")
    assert proposal("loans", "贷款终止日", days) is not None
    assert proposal("loans", "贷款终止日", amounts) is None


def test_a_shape_shows_no_cell() -> None:
    assert shape(["张三丰", "李四"]) == "文字"
    assert shape(["13800138000", "1250.50"]) == "99999999999 | 9999.99"
    assert shape(["Jane Doe-Smith", "HT2025001"]) == "AAA | AA9999999"

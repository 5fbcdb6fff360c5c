"""The rows of the general ledger that a book is tied out to."""

from __future__ import annotations

from carbonledger.books.rows import Currency, Id, Label, Money, Row, column


class LedgerBalance(Row):
    """The balance of one account, of one branch and currency where the ledger keeps them apart."""

    gl_account: Id = column("科目号", "总账科目号。", "Account of the general ledger.",
                            required=True)  # fmt: skip
    branch: Label = column("经办行", "机构；没有此列时按全行核对。",
                           "Branch; without the column the whole bank is compared.")  # fmt: skip
    currency: Currency = column(
        "币种", "币种；没有此列时不分币种，余额为报告货币。",
        "Currency; without the column all are compared together, in the reporting currency.",
    )  # fmt: skip
    balance: Money = column(
        "余额", "报告基准日的科目余额，可为负。", "Balance at the reporting date; may be negative.",
        required=True,
    )  # fmt: skip

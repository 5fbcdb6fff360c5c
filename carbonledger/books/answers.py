"""The rows of an answers file: one figure of one borrower or project, who gave it and when."""

from __future__ import annotations

from typing import Annotated

from carbonledger.books import kinds
from carbonledger.books.rows import Day, Id, Label, Row, Year, column

ENTITY = kinds.enum(counterparty="融资主体 主体 公司 借款人", project="项目")
Entity = Annotated[str | None, ENTITY.validator(), ENTITY]


class AnswerRow(Row):
    """One answer; the value is typed by the column that it answers for."""

    period: Year = column("核算年度", "数据所属的核算年度。", "Period that the figure is of.",
                          required=True)  # fmt: skip
    entity: Entity = column("主体类型", "融资主体或项目。", "Counterparty or project.",
                            required=True)  # fmt: skip
    id: Id = column("主体代码", "主体或项目的代码。", "Code of the company or project.",
                    required=True)  # fmt: skip
    field: Label = column("数据项", "所回答的列。", "Column that is answered for.", required=True)
    value: Label = column("填写值", "填写的数据。", "The figure.", required=True)
    unit: Label = column("单位", "填写值的单位。", "Unit of the figure.")
    answered_by: Label = column("填写人", "填写人。", "Who gave the figure.", required=True)
    answered_on: Day = column("填写日期", "填写日期。", "Day it was given.", required=True)
    evidence: Label = column("依据", "数据依据，如年报页码。", "Where it stands, such as a page.")

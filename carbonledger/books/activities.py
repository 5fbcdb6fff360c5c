"""The rows of the activities book: energy, fuel and output, one quantity a row."""

from __future__ import annotations

from carbonledger.books.rows import Id, Label, Number, Row, Year, column


class Activity(Row):
    """One quantity of energy, fuel or output of a counterparty or project."""

    counterparty_id: Id = column("统一社会信用代码", "主体代码。", "Code of the company.")
    customer_number: Id = column("客户号", "本行客户号。", "The bank's own number of the customer.")
    counterparty_name: Id = column(
        "企业名称", "主体名称，没有代码和客户号时按它相连；不封存。",
        "Name of the company; joins where code and customer number do not. Unsealed.",
    )  # fmt: skip
    project_id: Id = column("项目编号", "项目代码。", "Code of the project.")
    project_name: Id = column(
        "项目名称", "项目名称，没有项目编号时按它相连；不封存。",
        "Name of the project; joins where there is no project_id. Unsealed.",
    )  # fmt: skip
    property_id: Id = column("房产编号", "房产代码。", "Code of the property.")
    vehicle_id: Id = column("车辆编号", "车辆代码。", "Code of the vehicle.")
    activity: Label = column(
        "能源品种",
        "能源或产品品种，代码或中文名。",
        "Energy carrier, fuel or product.",
        required=True,
    )
    quantity: Number = column("消耗量", "数量。", "Quantity.", required=True, ge=0)
    unit: Label = column("计量单位", "计量单位。", "Unit of the quantity.", required=True)
    year: Year = column("年份", "数据年度。", "Year of the quantity.", required=True)

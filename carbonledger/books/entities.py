"""The rows of the books of what is financed: counterparties and projects."""

from __future__ import annotations

from typing import Annotated

from carbonledger.books import kinds
from carbonledger.books.rows import (
    Currency,
    Fraction,
    Id,
    Money,
    Region,
    Row,
    Sector,
    Tonnes,
    TrueFalse,
    Year,
    column,
)

PROJECT_STATUS = kinds.enum(
    operating="已投产 运营 运营中 已建成 投产 建成 已运营 在营",
    construction="在建 建设中 建设 在建中",
    planned="拟建 未开工 筹建",
)
AVERAGE_ASSETS = "average_total_assets"
"""The mean of opening and closing balance-sheet totals, which intake makes and no book has."""
PROJECT_VALUE = "project_value"
"""The cost of a project by the rate of what stands at the period's end, for shares of such."""
GASES = kinds.enum(CO2="二氧化碳 co₂", CO2e="二氧化碳当量 co₂e tCO2e")
GWP_SET = kinds.enum(AR2="SAR", AR4="", AR5="", AR6="")
Gases = Annotated[str | None, GASES.validator(), GASES]
GwpSet = Annotated[str | None, GWP_SET.validator(), GWP_SET]
ProjectStatus = Annotated[str | None, PROJECT_STATUS.validator(), PROJECT_STATUS]


class Emitter(Row):
    """What a company and a project have in common."""

    name: Id = column(
        "名称", "名称，贷款没有代码和客户号时按它相连；不用于计算，不封存。",
        "Name; loans without code and customer number join by it. Unsealed.",
    )  # fmt: skip
    sector: Sector = column(
        "国标行业", "自身的国标行业（GB/T 4754），查行业因子用。",
        "Own sector by GB/T 4754; sector factors are looked up by it.",
    )  # fmt: skip
    region: Region = column(
        "行政区划代码", "所在地区（GB/T 2260），查地区因子用。",
        "Where it is (GB/T 2260); regional factors are looked up by it.",
    )  # fmt: skip
    country: Region = column("国别", "国家代码。", "Country code.")
    currency: Currency = column(
        "币种", "金额币种；没有此列时为声明的币种。",
        "Currency of the amounts; without the column, the declared one.",
    )  # fmt: skip
    total_equity: Money = column(
        "所有者权益合计", "权益合计，可为负。", "Total equity; may be negative."
    )
    total_debt: Money = column("有息负债合计", "负债合计。", "Total debt.", ge=0)
    emissions_scope1_tco2e: Tonnes = column(
        "范围一排放", "范围一排放，吨。", "Scope 1 emissions as reported, tonnes.", ge=0
    )
    emissions_scope2_tco2e: Tonnes = column(
        "范围二排放", "范围二排放，吨。", "Scope 2 emissions as reported, tonnes.", ge=0
    )
    emissions_scope12_tco2e: Tonnes = column(
        "核查排放量", "范围一与范围二合计，无法拆分时填写，吨。",
        "Scope 1 and 2 reported as one figure, tonnes.", ge=0,
    )  # fmt: skip
    emissions_scope3_tco2e: Tonnes = column(
        "范围三排放", "范围三排放，吨。", "Scope 3 emissions as reported, tonnes.", ge=0
    )
    emissions_verified: TrueFalse = column(
        "是否经核查", "排放数据是否经第三方核查。", "Whether a third party verified the emissions."
    )
    emissions_year: Year = column("排放数据年度", "排放数据年度。", "Year of the emissions.")
    emissions_gases: Gases = column(
        "排放口径", "披露排放所含气体：CO2（只计二氧化碳）或 CO2e。",
        "Gases in the reported emissions: CO2 alone, or CO2e.",
    )  # fmt: skip
    emissions_gwp: GwpSet = column(
        "GWP取值", "折算 CO2e 所用的全球变暖潜势：AR2、AR4、AR5 或 AR6。",
        "GWP set that the reported CO2e was made with: AR2, AR4, AR5 or AR6.",
    )  # fmt: skip


class Counterparty(Emitter):
    """A borrower or investee."""

    counterparty_id: Id = column(
        "统一社会信用代码", "主体代码，唯一。", "Code of the company, unique.", required=True
    )
    customer_number: Id = column("客户号", "本行客户号。", "The bank's own number of the customer.")
    parent_id: Id = column("母公司代码", "直接母公司的代码。", "Code of the direct parent.")
    ultimate_parent_id: Id = column(
        "最终母公司代码", "所属集团最终母公司的代码。", "Code of the ultimate parent of its group."
    )
    financials_year: Year = column("财务报表年度", "财务数据年度。", "Year of the financials.")
    listed: TrueFalse = column(
        "是否上市", "是否上市公司；留空的，有企业价值或总市值的视为上市。",
        "Whether its shares are listed; where blank, a company with EVIC or a market value is.",
    )  # fmt: skip
    revenue: Money = column("主营业务收入", "主营业务收入。", "Main-business revenue of the year.")
    total_assets: Money = column(
        "资产总额", "期末资产总额。", "Balance-sheet total at year-end.", ge=0
    )
    total_assets_prior: Money = column(
        "上年末资产总额", "上年末资产总额。", "Balance-sheet total a year before.", ge=0
    )
    evic: Money = column(
        "企业价值（含现金）", "企业价值，含现金。", "Enterprise value including cash."
    )
    evic_base_year: Money = column(
        "基准年企业价值（含现金）", "基准年的企业价值，含现金；用于企业价值通胀调整。",
        "EVIC of the base year, for the adjustment of intensities to its change.",
    )  # fmt: skip
    market_cap: Money = column(
        "总市值", "年末总市值，含优先股。没有企业价值时与有息负债、少数股东权益相加得出。",
        "Market capitalisation at year-end, ordinary and preferred; a part of a missing EVIC.",
        ge=0,
    )  # fmt: skip
    minority_interests: Money = column(
        "少数股东权益", "少数股东权益。", "Minority interests, a part of EVIC."
    )
    gross_written_premium: Money = column(
        "签单保费", "作为保险公司的全年签单保费。", "As an insurer, premium written in the year."
    )
    insured_emissions_scope12_tco2e: Tonnes = column(
        "承保排放", "作为保险公司披露的承保相关排放，吨。",
        "As an insurer, insurance-associated emissions that it reports, tonnes.", ge=0,
    )  # fmt: skip


class Member(Row):
    """A company and who stands above it."""

    entity_id: Id = column(
        "成员代码", "集团成员的代码，与交易对手册的代码相连。",
        "Code of the company, joined with the counterparties book.", required=True,
    )  # fmt: skip
    customer_number: Id = column("客户号", "本行客户号。", "The bank's own number of the customer.")
    name: Id = column(
        "成员名称", "成员名称，代码和客户号连不上时按它相连；不封存。",
        "Name; joins where code and customer number do not. Unsealed.",
    )  # fmt: skip
    parent_id: Id = column("母公司代码", "直接母公司的代码。", "Code of the direct parent.")
    ultimate_parent_id: Id = column(
        "最终母公司代码", "所属集团最终母公司的代码。", "Code of the ultimate parent of its group."
    )
    share: Fraction = column(
        "持股比例", "母公司持股比例，仅供备查。",
        "Share the parent holds; kept, no formula uses it.", ge=0, le=1,
    )  # fmt: skip
    reporting_entity: TrueFalse = column(
        "是否报告主体", "是否本机构合并范围内的报告主体。",
        "Whether it is one of the institution's own reporting entities.",
    )  # fmt: skip


class Project(Emitter):
    """A project or other single asset that is financed."""

    project_id: Id = column("项目编号", "项目代码，唯一。", "Code, unique.", required=True)
    total_project_cost: Money = column(
        "项目总投资额", "项目总投资额。", "Total investment of the project."
    )
    project_revenue: Money = column(
        "项目营业收入", "项目当年的营业收入。", "Revenue of the project in the year."
    )
    construction_cost: Money = column(
        "当年建设投资额", "建设期当年完成的建设投资。", "Cost of construction in the year.", ge=0
    )
    avoided_emissions_tco2e: Tonnes = column(
        "年减排量", "项目相对基准线的年减排量，吨；不抵减排放。",
        "Yearly reduction against the project's baseline, tonnes; never netted.", ge=0,
    )  # fmt: skip
    status: ProjectStatus = column(
        "项目状态", "在建项目不核算，单列。", "A project under construction is not covered."
    )

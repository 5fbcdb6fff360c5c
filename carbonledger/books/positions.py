"""The rows of the two position books: loans and investments."""

from __future__ import annotations

from typing import Annotated

from carbonledger.books import kinds
from carbonledger.books.rows import (
    Currency,
    Day,
    Fraction,
    GreenTag,
    Id,
    Label,
    Money,
    PlaceId,
    Region,
    Row,
    Sector,
    column,
)

ASSET_CLASS = kinds.enum(
    business_loan="对公贷款 企业贷款 公司贷款 一般贷款",
    unlisted_equity="非上市股权 未上市股权",
    listed_equity="上市股权 股票 上市公司股票",
    corporate_bond="公司债券 企业债券 债券 公司债 企业债",
    project_finance="项目融资 项目贷款",
    commercial_real_estate="商业地产 商用房地产",
    mortgage="住房按揭 个人住房贷款 按揭贷款",
    motor_vehicle_loan="汽车贷款 车贷",
    sovereign_debt="主权债 国债",
    sub_sovereign_debt="地方政府债 次主权债",
    use_of_proceeds="专项用途 募集资金用途债券",
    securitisation="资产证券化 证券化",
    commercial_insurance="商业险 企财险 企业财产险",
    personal_motor_insurance="个人车险 车险",
    project_insurance="工程险 项目保险",
    treaty_reinsurance="合约再保险 再保险",
    out_of_scope="不核算 信用卡 信用卡透支 消费贷款 个人消费贷款 衍生品 衍生工具 ETF",
)
CUSTOMER_TYPE = kinds.enum(
    corporate="企业 对公 公司 法人 企业法人 对公客户 单位",
    person="个人 自然人 个人客户",
    sole_trader="个体工商户 个体",
    farmer="农户",
    government="政府 机关 事业单位",
    financial="金融机构 同业",
)
ENTERPRISE_SCALE = kinds.enum(
    CS01="大型 大型企业", CS02="中型 中型企业", CS03="小型 小型企业", CS04="微型 微型企业",
    CS05="其他 非企业",
)  # fmt: skip

AssetClass = Annotated[str | None, ASSET_CLASS.validator(), ASSET_CLASS]
CustomerType = Annotated[str | None, CUSTOMER_TYPE.validator(), CUSTOMER_TYPE]
EnterpriseScale = Annotated[str | None, ENTERPRISE_SCALE.validator(), ENTERPRISE_SCALE]


class Exposure(Row):
    """What the rows of every book of positions have in common."""

    contract_id: Id = column(
        "合同号", "合同号，与编号一起为主键。", "Contract number, with the id the key."
    )
    counterparty_id: Id = column(
        "统一社会信用代码", "融资主体代码，与交易对手册相连；有统一社会信用代码的用它。",
        "Code of the borrower or investee, joined with the counterparties book.",
    )  # fmt: skip
    customer_number: Id = column(
        "客户号", "本行客户号，没有代码时按它与交易对手册相连。",
        "The bank's own number of the customer; joins where the code does not.",
    )  # fmt: skip
    counterparty_name: Id = column(
        "客户名称", "融资主体名称，没有代码和客户号时按它与交易对手册相连；不用于计算，不封存。",
        "Name of the borrower; joins where code and customer number do not, else unused, unsealed.",
    )  # fmt: skip
    project_id: Id = column(
        "项目编号",
        "项目代码，与项目册相连。",
        "Code of the project, joined with the projects book.",
    )
    project_name: Id = column(
        "项目名称", "项目名称，没有项目编号时按它与项目册相连；不封存。",
        "Name of the project; joins where there is no project_id, unsealed.",
    )  # fmt: skip
    reporting_entity: Label = column(
        "报告主体", "持有该笔的报告主体，合并多家机构时使用。",
        "The reporting entity that holds the position, where several are consolidated.",
    )  # fmt: skip
    asset_class: AssetClass = column(
        "资产类别",
        "资产类别；贷款册缺此列时，有项目编号的为项目融资，其余为对公贷款，并加标记。",
        "Asset class; a loan without one is project_finance where it has a project_id, "
        "else business_loan, and flagged.",
    )
    sector: Sector = column(
        "贷款实际投向", "资金投向的国标行业（GB/T 4754），报告按此分行业。",
        "Use of funds by GB/T 4754; the sector that reports show.",
    )  # fmt: skip
    borrower_sector: Sector = column(
        "借款人行业", "借款人自身的国标行业，交易对手册没有时用它估算。",
        "The borrower's own sector by GB/T 4754, used where the counterparties book has none.",
    )  # fmt: skip
    region: Region = column(
        "地区代码", "行政区划代码（GB/T 2260），境外为国家代码。",
        "Division code (GB/T 2260), or a country code abroad.",
    )  # fmt: skip
    country: Region = column("国别", "国家代码。", "Country code.")
    currency: Currency = column(
        "币种", "金额币种；没有此列时为配置中声明的币种。",
        "Currency of the amounts; without the column, the one declared in the configuration.",
    )  # fmt: skip


class Position(Exposure):
    """What a loan and an investment have in common."""

    outstanding_amount: Money = column(
        "贷款余额", "报告基准日的余额，不扣减值准备。",
        "What is owed or held at the reporting date, before loss allowance.", required=True, ge=0,
    )  # fmt: skip
    average_balance: Money = column(
        "月均余额", "报告期月均余额，人民银行指南的分子。",
        "Monthly-average balance of the period, the PBoC numerator.", ge=0,
    )  # fmt: skip
    granted_amount: Money = column("合同金额", "合同或授信金额。", "Amount granted.", ge=0)
    start_date: Day = column("放款日期", "发放日期。", "Day of the first drawing.")
    maturity_date: Day = column("到期日期", "到期日期。", "Day of maturity.")
    product: Label = column("业务品种", "产品或业务品种，用于分组。", "Product, a group of totals.")
    branch: Label = column("经办行", "经办机构，用于分组。", "Branch, a group of totals.")
    customer_type: CustomerType = column("客户类型", "客户类型。", "Type of customer.")
    enterprise_scale: EnterpriseScale = column(
        "企业规模", "企业规模 CS01 至 CS05。", "Enterprise scale, CS01 large to CS05 other."
    )
    gl_account: Label = column("科目号", "会计科目。", "General-ledger account.")
    green_tag: GreenTag = column("绿色贷款标识", "绿色标识或目录代码。", "Green tag or code.")
    risk_class: Label = column("五级分类", "贷款五级分类。", "Loan quality class.")
    property_id: Id = column(
        "房产编号", "房产代码，与房产册相连。", "Code of the property, joined with its book."
    )
    vehicle_id: Id = column(
        "车辆编号", "车辆代码，与车辆册相连。", "Code of the vehicle, joined with its book."
    )
    territory_id: PlaceId = column(
        "国家或地区代码", "主权或地方政府债的发行地，缺时用国别、地区。",
        "Country or region that issued the debt; else its country or region column.",
    )  # fmt: skip
    pool_id: Id = column(
        "资产池编号", "证券化资产池或募集资金结构的代码。",
        "Code of the securitised pool or use-of-proceeds structure.",
    )  # fmt: skip
    tranche_outstanding_amount: Money = column(
        "档次余额", "所持证券化档次的余额合计。", "Outstanding amount of the tranche held.", ge=0
    )
    undrawn_amount: Money = column(
        "未提用额度", "未提用承诺；缺此列时为合同金额减余额，已还部分的贷款须填此列。",
        "Committed and not drawn; without the column, amount granted less outstanding, "
        "which is too much where loans are repaid in parts.", ge=0,
    )  # fmt: skip


class Loan(Position):
    """A loan or loan note."""

    utilisation_factor: Fraction = column(
        "预计提用率",
        "未提用额度中预计将提用的比例，0 至 1 或百分数，由本机构确定；有此列时另列加权的数字。",
        "Part of the undrawn amount that is expected to be drawn, 0 to 1 or per cent, by a method "
        "of your own; with the column a weighted line stands beside the unweighted one.",
        ge=0, le=1,
    )  # fmt: skip

    loan_id: Id = column(
        "借据号", "借据号，与合同号一起为主键。", "Loan note number, with contract_id the key.",
        required=True,
    )  # fmt: skip


class Investment(Position):
    """A bond, share or stake held."""

    position_id: Id = column(
        "持仓编号", "持仓编号，与合同号一起为主键。", "Position number, with contract_id the key.",
        required=True,
    )  # fmt: skip
    instrument: Label = column("投资品种", "投资品种名称。", "Kind of instrument.")
    isin: Id = column("ISIN", "国际证券识别码。", "International securities number.")
    ownership_share: Fraction = column(
        "持股比例", "持股比例，0 至 1 或百分数。", "Share of the equity held, 0 to 1 or per cent.",
        ge=0, le=1,
    )  # fmt: skip


class PoolAsset(Position):
    """A loan or asset inside a pool or structure, in the pool's own book."""

    loan_id: Id = column(
        "资产编号", "资产编号，与合同号一起为主键。",
        "Number of the asset, with contract_id the key.", required=True,
    )  # fmt: skip
    outstanding_amount: Money = column(
        "贷款余额", "报告基准日的余额；没有时用合同金额。",
        "What is owed at the reporting date; where blank the amount granted counts.", ge=0,
    )  # fmt: skip


class Facilitation(Exposure):
    """An issuance or syndication that the institution arranged in the year."""

    deal_id: Id = column(
        "项目承销编号", "承销编号，与合同号一起为主键。",
        "Number of the deal, with contract_id the key.", required=True,
    )  # fmt: skip
    facilitated_amount: Money = column(
        "承销金额", "按排行榜口径归本机构的承销金额。",
        "Amount credited to the institution by the league table.", required=True, ge=0,
    )  # fmt: skip
    start_date: Day = column(
        "发行日期", "发行日期，只计当年。", "Day of the deal; only those of the year count.",
        required=True,
    )  # fmt: skip
    product: Label = column("业务品种", "产品或业务品种，用于分组。", "Product, a group of totals.")
    branch: Label = column("经办行", "经办机构，用于分组。", "Branch, a group of totals.")
    customer_type: CustomerType = column("客户类型", "客户类型。", "Type of customer.")


class Policy(Exposure):
    """An insurance policy or a treaty."""

    policy_id: Id = column(
        "保单号", "保单号，与合同号一起为主键。", "Policy number, with contract_id the key.",
        required=True,
    )  # fmt: skip
    premium: Money = column(
        "保费", "报告期签单保费。", "Gross written premium of the period.", required=True, ge=0
    )
    ceded_premium: Money = column(
        "分出保费", "分出给再保险的保费。", "Premium ceded to reinsurers.", ge=0
    )
    cost_of_ownership: Money = column(
        "年用车总成本", "车主全年用车总成本。", "Total annual cost of owning the vehicle.", ge=0
    )
    product: Label = column("业务品种", "产品或业务品种，用于分组。", "Product, a group of totals.")
    branch: Label = column("经办行", "经办机构，用于分组。", "Branch, a group of totals.")
    customer_type: CustomerType = column("客户类型", "客户类型。", "Type of customer.")
    vehicle_id: Id = column(
        "车辆编号", "车辆代码，与车辆册相连。", "Code of the vehicle, joined with its book."
    )

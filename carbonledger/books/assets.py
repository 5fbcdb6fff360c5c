"""The rows of the books of what is financed beside companies: buildings, vehicles, territories."""

from __future__ import annotations

from typing import Annotated

from carbonledger.books import kinds
from carbonledger.books.entities import Gases, GwpSet
from carbonledger.books.rows import (
    Currency,
    Fraction,
    Id,
    Label,
    Money,
    Number,
    PlaceId,
    Region,
    Row,
    Sector,
    Tonnes,
    TrueFalse,
    Year,
    column,
)

BUILDING_TYPE = kinds.enum(
    residential="住宅 居住建筑 居住",
    public="公共建筑 商业建筑 商业 办公",
    industrial="工业建筑 厂房 仓储",
)
VEHICLE_TYPE = kinds.enum(
    passenger_car="乘用车 小客车 轿车 小型客车",
    bus="客车 大客车 公交车",
    light_truck="轻型货车 轻卡 小货车",
    heavy_truck="重型货车 重卡 大货车 货车",
    motorcycle="摩托车",
)
DISTANCE_BASIS = kinds.enum(
    actual="实际里程 实际", local="本地统计 本地", regional="区域统计 区域 全国统计",
)  # fmt: skip
EFFICIENCY_BASIS = kinds.enum(
    model="车型实测 品牌型号 型号", type="车辆类型 类型", average="平均车辆 平均",
)  # fmt: skip
EMISSIONS_BASIS = kinds.enum(
    inventory="清单 排放清单", energy_statistics="能源统计 能源消费",
    sector_statistics="行业推算 行业统计", of_country="由国家推算 国家数据",
    similar_territory="相似地区 相似国家 参照",
)  # fmt: skip

BuildingType = Annotated[str | None, BUILDING_TYPE.validator(), BUILDING_TYPE]
VehicleType = Annotated[str | None, VEHICLE_TYPE.validator(), VEHICLE_TYPE]
DistanceBasis = Annotated[str | None, DISTANCE_BASIS.validator(), DISTANCE_BASIS]
EfficiencyBasis = Annotated[str | None, EFFICIENCY_BASIS.validator(), EFFICIENCY_BASIS]
EmissionsBasis = Annotated[str | None, EMISSIONS_BASIS.validator(), EMISSIONS_BASIS]


class Asset(Row):
    """What a building and a vehicle have in common."""

    region: Region = column(
        "行政区划代码", "所在地区（GB/T 2260），查地区因子用。",
        "Where it is (GB/T 2260); regional factors are looked up by it.",
    )  # fmt: skip
    country: Region = column("国别", "国家代码。", "Country code.")
    currency: Currency = column(
        "币种", "金额币种；没有此列时为声明的币种。",
        "Currency of the amounts; without the column, the declared one.",
    )  # fmt: skip
    emissions_scope1_tco2e: Tonnes = column(
        "范围一排放", "范围一排放，吨。", "Scope 1 emissions as metered, tonnes.", ge=0
    )
    emissions_scope2_tco2e: Tonnes = column(
        "范围二排放", "范围二排放，吨。", "Scope 2 emissions as metered, tonnes.", ge=0
    )
    emissions_year: Year = column("排放数据年度", "排放数据年度。", "Year of the emissions.")


class Property(Asset):
    """A building or a group of buildings that is financed or mortgaged."""

    property_id: Id = column(
        "房产编号", "房产代码，唯一；贷款册自带房产数据且无此列时用借据号。",
        "Code of the property, unique.", required=True,
    )  # fmt: skip
    building_type: BuildingType = column(
        "建筑类型", "住宅、公共建筑或工业建筑。", "Residential, public or industrial."
    )
    floor_area_m2: Number = column("建筑面积", "建筑面积，平方米。", "Floor area, m2.", ge=0)
    number_of_buildings: Number = column("套数", "套数或栋数。", "Number of buildings.", ge=0)
    property_value_at_origination: Money = column(
        "放款时房产价值", "放款时的房产价值：土地、建筑与改良。",
        "Value at origination: land, building and improvements.",
    )  # fmt: skip
    property_value: Money = column(
        "房产最新价值", "没有放款时价值时所用的最新价值，以后固定。",
        "Latest value, used and then fixed where none at origination is known.",
    )  # fmt: skip
    label_kwh_per_m2: Number = column(
        "能效标识单位能耗", "官方能效标识所载单位面积年能耗，千瓦时每平方米。",
        "Yearly energy per floor area by an official label, kWh/m2.", ge=0,
    )  # fmt: skip
    label_energy: Label = column(
        "能效标识能源品种", "能效标识能耗所属能源，同活动数据的名称，如电力。",
        "What energy the label counts in, by the names of the activities book.",
    )  # fmt: skip
    energy_supplier_specific: TrueFalse = column(
        "供应商因子", "能源因子是否来自其供应商。",
        "Whether the energy factors are those of its own supplier.",
    )  # fmt: skip


class Vehicle(Asset):
    """A motor vehicle, or a fleet of one kind."""

    vehicle_id: Id = column(
        "车辆编号", "车辆代码，唯一；贷款册自带车辆数据且无此列时用借据号。",
        "Code of the vehicle, unique.", required=True,
    )  # fmt: skip
    vehicle_type: VehicleType = column("车辆类型", "车辆类型。", "Type of vehicle.")
    vehicle_fuel: Label = column(
        "动力类型", "燃料或电力，同活动数据的名称；插电式混合动力写 plugin_hybrid 或插电混动。",
        "Fuel or electricity, by the names of the activities book, or plugin_hybrid.",
    )  # fmt: skip
    vehicle_value_at_origination: Money = column(
        "放款时车辆价值", "放款时车辆价值；不详时归因因子为 1。",
        "Value at origination; where unknown the attribution factor is 1.",
    )  # fmt: skip
    distance_km: Number = column(
        "年行驶里程", "全年里程，千米；一行为多辆时，为各辆之和。",
        "Distance a year, km; where the row is several vehicles, of all of them together.", ge=0,
    )  # fmt: skip
    distance_basis: DistanceBasis = column(
        "里程来源", "里程为实际、本地统计或区域统计。",
        "Whether the distance is actual, or a local or regional statistic.",
    )  # fmt: skip
    number_of_vehicles: Number = column(
        "车辆数", "同类车辆的数量；没有此列时一行为一辆。",
        "How many vehicles the row is; without the column, one.", ge=0,
    )  # fmt: skip
    fuel_per_100km: Number = column(
        "百公里油耗", "百公里燃料消耗：天然气为立方米，其他燃料为升。",
        "Fuel per 100 km: cubic metres of natural gas, litres of any other.", ge=0,
    )  # fmt: skip
    kwh_per_100km: Number = column(
        "百公里电耗", "百公里电耗，千瓦时。", "Electricity per 100 km, kWh.", ge=0
    )
    electric_share: Fraction = column(
        "电力行驶占比", "插电混动用电行驶的里程占比；不详时按全部用油。",
        "Share of the distance that a plug-in hybrid drives on electricity; if unknown, none.",
        ge=0, le=1,
    )  # fmt: skip
    efficiency_basis: EfficiencyBasis = column(
        "能耗来源", "能耗属该品牌型号、该类型还是平均车辆。",
        "Whether the efficiency is of the make and model, the type or an average vehicle.",
    )  # fmt: skip


class Territory(Row):
    """A country or a region that issues debt of its own."""

    territory_id: PlaceId = column(
        "国家或地区代码", "国家代码（ISO 3166）或行政区划代码（GB/T 2260），境外地区用自定代码。",
        "Country code (ISO 3166) or division code (GB/T 2260); a code of your own for regions "
        "abroad.", required=True,
    )  # fmt: skip
    region: Region = column("行政区划代码", "行政区划代码。", "Division code (GB/T 2260).")
    country: Region = column("国别", "所属国家代码。", "Country it belongs to.")
    currency: Currency = column("币种", "金额币种。", "Currency of the amounts.")
    gdp_ppp_international_dollar: Number = column(
        "购买力平价GDP", "国家购买力平价 GDP，国际元。",
        "GDP of the country at purchasing-power parity, international dollars.", ge=0,
    )  # fmt: skip
    gdp_nominal_usd: Number = column(
        "名义GDP", "国家名义 GDP，美元。", "Nominal GDP of the country, US dollars.", ge=0
    )
    gdp_regional_usd: Number = column(
        "地区名义GDP", "地区名义 GDP，美元。", "Nominal GDP of the region, US dollars.", ge=0
    )
    gdp_year: Year = column("GDP年度", "GDP 数据年度，须为同一年。", "Year of the GDP figures.")
    production_emissions_excl_lulucf_tco2e: Tonnes = column(
        "不含土地利用排放", "境内生产排放，不含 LULUCF，吨。",
        "Production emissions excluding LULUCF, tonnes.", ge=0,
    )  # fmt: skip
    production_emissions_incl_lulucf_tco2e: Tonnes = column(
        "含土地利用排放", "境内生产排放，含 LULUCF，吨；净吸收为负。",
        "Production emissions including LULUCF, tonnes; a net sink is negative.",
    )  # fmt: skip
    emissions_scope2_tco2e: Tonnes = column(
        "范围二排放", "进口电力、热力等能源的排放，吨。",
        "Emissions of imported electricity, heat and other energy, tonnes.", ge=0,
    )  # fmt: skip
    emissions_scope3_tco2e: Tonnes = column(
        "范围三排放", "其他进口的排放，吨。", "Emissions of other imports, tonnes.", ge=0
    )
    emissions_verified: TrueFalse = column(
        "是否经核查", "排放数据是否经核查。", "Whether the inventory was verified."
    )
    emissions_basis: EmissionsBasis = column(
        "排放数据来源",
        "排放数据为清单、能源统计、行业推算、由国家数据推算或参照相似地区；缺时为清单。",
        "Whether the emissions are an inventory, or come from energy statistics, from sectors, "
        "from the country's or from a similar territory; an inventory where blank.",
    )  # fmt: skip
    emissions_year: Year = column("排放数据年度", "排放数据年度。", "Year of the emissions.")
    emissions_gases: Gases = column(
        "排放口径", "清单所列排放所含气体：CO2（只计二氧化碳）或 CO2e。",
        "Gases in the emissions given: CO2 alone, or CO2e.",
    )  # fmt: skip
    emissions_gwp: GwpSet = column(
        "GWP取值", "折算 CO2e 所用的全球变暖潜势：AR2、AR4、AR5 或 AR6。",
        "GWP set that the CO2e given was made with: AR2, AR4, AR5 or AR6.",
    )  # fmt: skip


COLLATERAL = kinds.enum(
    rmbs="住房按揭 RMBS", cmbs="商业地产 CMBS", clo="企业贷款 CLO", auto_abs="汽车贷款",
    credit_card="信用卡", student_loan="助学贷款 学生贷款", other="其他",
)  # fmt: skip
Collateral = Annotated[str | None, COLLATERAL.validator(), COLLATERAL]


class Pool(Row):
    """A deal or structure whose assets stand in the book of pool assets."""

    pool_id: Id = column("资产池编号", "资产池代码，唯一。", "Code, unique.", required=True)
    counterparty_id: Id = column(
        "统一社会信用代码", "发行主体代码。", "Code of the issuer, in the counterparties book."
    )
    region: Region = column("行政区划代码", "行政区划代码。", "Division code (GB/T 2260).")
    country: Region = column("国别", "国家代码。", "Country code.")
    currency: Currency = column("币种", "金额币种。", "Currency of the amounts.")
    collateral: Collateral = column(
        "基础资产", "证券化的基础资产；信用卡、助学贷款等不在标准范围内。",
        "What a securitisation is backed by; credit cards, student loans and the like are outside "
        "the standard.",
    )  # fmt: skip
    sector: Sector = column(
        "拟投行业",
        "未投放募集资金拟投的国标行业，须有依据；发行主体无法核算时按它估算未投放部分。",
        "Sector (GB/T 4754) that proceeds not allocated yet are meant for, where it is evidenced; "
        "they are estimated by it where the issuer cannot be.",
    )  # fmt: skip
    deal_outstanding_amount: Money = column(
        "资产池余额", "证券化全部档次的余额之和。", "Current outstanding amount of the deal.", ge=0
    )
    total_equity: Money = column("所有者权益合计", "结构的权益。", "Equity of the structure.")
    total_debt: Money = column("有息负债合计", "结构的负债。", "Debt of the structure.", ge=0)
    allocated_share: Fraction = column(
        "已投放比例", "已投放募集资金的比例，0 至 1。",
        "Share of the proceeds that is allocated, 0 to 1.", ge=0, le=1,
    )  # fmt: skip
    integrated: TrueFalse = column(
        "是否发行人自身结构", "是否属发行人自身（非独立结构）。",
        "Whether the structure is part of the issuer itself.",
    )  # fmt: skip
    emissions_scope1_tco2e: Tonnes = column(
        "范围一排放", "发行人披露的该结构范围一排放，吨；有披露的先于资产合计。",
        "Scope 1 emissions of the structure as its issuer reports them, tonnes; they come before "
        "those of its assets.", ge=0,
    )  # fmt: skip
    emissions_scope2_tco2e: Tonnes = column(
        "范围二排放", "发行人披露的该结构范围二排放，吨。",
        "Scope 2 emissions of the structure as its issuer reports them, tonnes.", ge=0,
    )  # fmt: skip
    emissions_scope12_tco2e: Tonnes = column(
        "范围一和二排放", "发行人披露的该结构范围一与范围二合计，无法拆分时填写，吨。",
        "Scope 1 and 2 of the structure reported as one figure, tonnes.", ge=0,
    )  # fmt: skip
    emissions_scope3_tco2e: Tonnes = column(
        "范围三排放", "发行人披露的该结构范围三排放，吨。",
        "Scope 3 emissions of the structure as its issuer reports them, tonnes.", ge=0,
    )  # fmt: skip
    emissions_verified: TrueFalse = column(
        "是否经核查", "发行人披露的排放是否经第三方核查。",
        "Whether a third party verified what the issuer reports.",
    )  # fmt: skip
    emissions_score: Number = column(
        "排放数据质量得分",
        "发行人对其披露排放给出的数据质量得分，1 至 5；没有时经核查为 1，未核查为 2。",
        "Data-quality score that the issuer states for what it reports, 1 to 5; without it 1 where "
        "it is verified, else 2.", ge=1, le=5,
    )  # fmt: skip
    emissions_year: Year = column("排放数据年度", "排放数据年度。", "Year of the emissions.")
    emissions_gases: Gases = column(
        "排放口径", "发行人披露的排放所含气体：CO2（只计二氧化碳）或 CO2e。",
        "Gases in the emissions that the issuer reports: CO2 alone, or CO2e.",
    )  # fmt: skip
    emissions_gwp: GwpSet = column(
        "GWP取值", "折算 CO2e 所用的全球变暖潜势：AR2、AR4、AR5 或 AR6。",
        "GWP set that the reported CO2e was made with: AR2, AR4, AR5 or AR6.",
    )  # fmt: skip

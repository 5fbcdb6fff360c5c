"""Makes the synthetic books of this folder, invented throughout, from a fixed seed: a retail bank.

Run it in place: ``python make_books.py``. The statistics in ``factors/`` are invented as well.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

HERE = Path(__file__).parent
HOMES, SHOPS, CARS = 120, 30, 80


def write(name: str, rows: list[dict[str, object]]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def home(draw: random.Random, number: int) -> dict[str, object]:
    """A flat in Chongqing; two of three have an energy label."""
    area = draw.randrange(60, 180)
    value = area * draw.randrange(8, 22) // 10
    row: dict[str, object] = {
        "property_id": f"H{number:04}", "building_type": "住宅", "region": "500000",
        "floor_area_m2": area, "property_value_at_origination": value,
    }  # fmt: skip
    if number % 3:
        row |= {"label_kwh_per_m2": draw.randrange(25, 60), "label_energy": "电力"}
    return row


def shop(draw: random.Random, number: int) -> dict[str, object]:
    """A shop or office; its energy stands in activities.csv, for one of five it does not."""
    area = draw.randrange(400, 9000)
    return {
        "property_id": f"B{number:04}", "building_type": "公共建筑", "region": "500000",
        "floor_area_m2": area, "property_value_at_origination": area * 2,
    }  # fmt: skip


def car(draw: random.Random, number: int) -> dict[str, object]:
    """A car by what the dealer knew of it: all, its type alone, or no value."""
    fuel = draw.choice(["汽油", "汽油", "电", "插电混动"])
    row: dict[str, object] = {
        "vehicle_id": f"V{number:04}", "vehicle_type": "乘用车", "vehicle_fuel": fuel,
        "region": "500000", "vehicle_value_at_origination": draw.randrange(8, 40),
    }  # fmt: skip
    if number % 4 == 0:
        row |= {"distance_km": draw.randrange(6000, 22000), "distance_basis": "实际里程",
                "efficiency_basis": "品牌型号"}  # fmt: skip
        row["fuel_per_100km"] = "" if fuel == "电" else draw.randrange(55, 95) / 10
        row["kwh_per_100km"] = "" if fuel == "汽油" else draw.randrange(120, 190) / 10
        row["electric_share"] = "0.4" if fuel == "插电混动" and number % 8 == 0 else ""
    if number % 20 == 7:
        row["vehicle_value_at_origination"] = ""
    return row


def energy(draw: random.Random, number: int, area: object) -> list[dict[str, object]]:
    if number % 5 == 0:
        return []
    used = [("电力", int(str(area)) * draw.randrange(60, 140), "千瓦时")]
    used += [("天然气", int(str(area)) * draw.randrange(2, 8), "立方米")] * (number % 2)
    return [{"property_id": f"B{number:04}", "activity": name, "quantity": quantity, "unit": unit,
             "year": 2025} for name, quantity, unit in used]  # fmt: skip


def loan(number: int, product: str, customer: str, owed: int, undrawn: int,
         **ids: str) -> dict[str, object]:  # fmt: skip
    return {"loan_id": f"R{number:05}", "product": product, "customer_type": customer,
            "region": "500000", "outstanding_amount": owed, "undrawn_amount": undrawn,
            "property_id": ids.get("property", ""),
            "vehicle_id": ids.get("vehicle", "")}  # fmt: skip


def main() -> None:
    draw = random.Random(20251231)
    homes = [home(draw, n) for n in range(HOMES)]
    shops = [shop(draw, n) for n in range(SHOPS)]
    cars = [car(draw, n) for n in range(CARS)]
    loans: list[dict[str, object]] = []
    for row in homes:
        owed = int(str(row["property_value_at_origination"])) * draw.randrange(20, 70) // 100
        loans.append(loan(len(loans), "个人住房按揭", "个人", owed, 0,
                          property=str(row["property_id"])))  # fmt: skip
    for row in shops:
        worth = int(str(row["property_value_at_origination"]))
        owed = worth * draw.randrange(20, 60) // 100
        loans.append(loan(len(loans), "经营性物业贷款", "企业", owed, worth // 10,
                          property=str(row["property_id"])))  # fmt: skip
    for row in cars:
        owed = draw.randrange(0, 8)
        loans.append(loan(len(loans), "汽车贷款", "个人", owed, 0, vehicle=str(row["vehicle_id"])))
    for _ in range(10):
        loans.append(loan(len(loans), "信用卡透支", "个人", draw.randrange(1, 5), 2))
    write("loans.csv", loans)
    write("properties.csv", homes + shops)
    write("vehicles.csv", cars)
    write("activities.csv", [a for n, row in enumerate(shops)
                             for a in energy(draw, n, row["floor_area_m2"])])  # fmt: skip


if __name__ == "__main__":
    main()

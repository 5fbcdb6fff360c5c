"""What a good engineer would write in Polars: python polars_lazy.py BOOK OUT"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "2"
import polars as pl
from told import DIMENSIONS, say

C = pl.col


def fen(name: str) -> pl.Expr:
    return (C(name) * 100).cast(pl.Int64)


def companies(book: str) -> pl.LazyFrame:
    reported = C("emissions_scope1_tco2e").is_not_null() & C("emissions_scope2_tco2e").is_not_null()
    by_revenue = C("revenue").is_not_null() & C("value1").is_not_null() & C("value2").is_not_null()
    revenue = fen("revenue").cast(pl.Float64)

    def estimate(scope: int) -> pl.Expr:
        tonnes = (C(f"emissions_scope{scope}_tco2e") * 1_000_000).cast(pl.Float64)
        return (pl.when(C("way") == 1).then(tonnes)
                .when(C("way") == 2).then(revenue * C(f"value{scope}")))  # fmt: skip

    debt = (fen("total_equity").clip(lower_bound=0) + fen("total_debt")).cast(pl.Float64)
    return (
        pl.scan_parquet(f"{book}/counterparties.parquet")
        .join(pl.scan_parquet(f"{book}/factors.parquet"), on="sector", how="left")
        .with_columns(way=pl.when(reported).then(1).when(by_revenue).then(2).otherwise(0))
        .select(
            "counterparty_id", "region", "way", e1=estimate(1), e2=estimate(2),
            e3=revenue * C("value3"), verified=C("emissions_verified").fill_null(False),
            has_factor=C("value1").is_not_null(), has_revenue=C("revenue").is_not_null(),
            rule=pl.when(C("evic").is_not_null()).then(1)
            .when(C("total_equity").is_not_null() & C("total_debt").is_not_null()).then(2)
            .when(C("total_assets").is_not_null()).then(3),
            den=pl.when(C("evic").is_not_null()).then(fen("evic").cast(pl.Float64))
            .when(C("total_equity").is_not_null() & C("total_debt").is_not_null()).then(debt)
            .otherwise(fen("total_assets").cast(pl.Float64)),
            row1=C("row1"), row2=C("row2"), row3=C("row3"), matched=pl.lit(True),
        )
    )  # fmt: skip


def entries(book: str) -> pl.LazyFrame:
    text = lambda value: pl.lit(value, pl.String)
    grams = lambda scope: (C("share") * C(f"e{scope}")).round(0, "half_to_even").cast(pl.Int64)
    computed, computed3 = C("computed"), C("computed3")
    option = (pl.when(C("way") == 2).then(text("revenue")).when(C("verified"))
              .then(text("reported_verified")).otherwise(text("reported")))  # fmt: skip
    return (
        pl.scan_parquet(f"{book}/loans.parquet")
        .join(companies(book), on="counterparty_id", how="left")
        .with_columns(fen=fen("outstanding_amount"), matched=C("matched").fill_null(False))
        .with_columns(share=C("fen") / C("den"))
        .with_columns(computed=(C("share").is_not_null() & (C("way") > 0)).fill_null(False),
                      computed3=(C("share").is_not_null() & C("e3").is_not_null()))
        .with_columns(g1=pl.when(computed).then(grams(1)), g2=pl.when(computed).then(grams(2)),
                      g3=pl.when(computed3).then(grams(3)),
                      option_scope1=pl.when(computed).then(option))
        .select(
            C("loan_id").alias("position_id"), "contract_id", "counterparty_id", "asset_class",
            "sector", "region", "branch", "product", "green_tag",
            status=pl.when(computed).then(text("computed")).otherwise(text("not_covered")),
            reason=pl.when(computed).then(text("")).when(~C("matched")).then(text("no_match"))
            .when(C("has_revenue") & ~C("has_factor")).then(text("no_factor"))
            .otherwise(text("no_emissions")),
            outstanding_amount=C("fen"), balance=pl.when(computed).then(C("fen")),
            attribution_factor=C("share"),
            share_rule=pl.when(C("rule") == 1).then(text("of_evic"))
            .when(C("rule") == 2).then(text("of_equity_and_debt"))
            .when(C("rule") == 3).then(text("of_total_assets")),
            option_scope1=C("option_scope1"), option_scope2=C("option_scope1"),
            option_scope3=pl.when(computed3).then(text("revenue")),
            g1=C("g1"), g2=C("g2"), g12=C("g1") + C("g2"), g3=C("g3"),
            data_quality_score=pl.when(computed).then(
                pl.when(C("way") == 2).then(4).when(C("verified")).then(1).otherwise(2)
            ).cast(pl.Int8),
            data_quality_score_scope3=pl.when(computed3).then(4).cast(pl.Int8),
            factor_scope1=pl.when(computed & (C("way") == 2)).then(C("row1")),
            factor_scope2=pl.when(computed & (C("way") == 2)).then(C("row2")),
            factor_scope3=pl.when(computed3).then(C("row3")),
            joined_by=pl.when(C("matched")).then(text("code")),
        )
    )  # fmt: skip


def main() -> None:
    book, out = sys.argv[1], Path(sys.argv[2])
    target = out / "polars.parquet"
    entries(book).sink_parquet(target, compression="zstd", compression_level=1)
    written = pl.scan_parquet(target)
    sums = [pl.len(), *(C(n).sum() for n in ("outstanding_amount", "balance", "g1", "g2", "g3"))]
    by = [written.group_by(d).agg(sums) for d in DIMENSIONS]
    frames = pl.collect_all([written.select(sums), *by])
    nothing = [None] * len(DIMENSIONS)
    rows = [(*nothing, *frames[0].row(0))]
    for k, frame in enumerate(frames[1:]):
        rows += [(*nothing[:k], r[0], *nothing[k + 1 :], *r[1:]) for r in frame.rows()]
    say(rows, target, book)


if __name__ == "__main__":
    main()

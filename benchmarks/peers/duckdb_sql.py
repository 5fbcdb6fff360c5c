"""What a good engineer would write in DuckDB: python duckdb_sql.py BOOK OUT --mode reuse|twice

``reuse`` adds the totals up from the rows it wrote, ``twice`` works them out from the book again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
from told import DIMENSIONS, say

ROWS = """
with factor as (select * from read_parquet('{book}/factors.parquet')),
company as (
  select counterparty_id, region, evic, total_assets, total_equity, total_debt,
    coalesce(emissions_verified, false) as verified,
    case when emissions_scope1_tco2e is not null and emissions_scope2_tco2e is not null then 1
         when revenue is not null and f.value1 is not null and f.value2 is not null then 2 else 0
    end as way,
    case way when 1 then (emissions_scope1_tco2e::bigint * 1000000)::double
             when 2 then (revenue * 100)::bigint::double * f.value1 end as e1,
    case way when 1 then (emissions_scope2_tco2e::bigint * 1000000)::double
             when 2 then (revenue * 100)::bigint::double * f.value2 end as e2,
    (revenue * 100)::bigint::double * f.value3 as e3,
    case way when 2 then f.row1 end as factor1, case way when 2 then f.row2 end as factor2,
    case when e3 is not null then f.row3 end as factor3,
    revenue is not null as has_revenue, f.value1 is not null as has_factor
  from read_parquet('{book}/counterparties.parquet') left join factor f using (sector)),
joined as (
  select l.*, (l.outstanding_amount * 100)::bigint as fen, c.* exclude (counterparty_id),
    c.counterparty_id is not null as matched,
    case when evic is not null then 1
         when total_equity is not null and total_debt is not null then 2
         when total_assets is not null then 3 end as rule,
    case rule when 1 then fen / (evic * 100)::bigint::double
              when 2 then fen / (greatest((total_equity * 100)::bigint, 0)
                                 + (total_debt * 100)::bigint)::double
              when 3 then fen / (total_assets * 100)::bigint::double end as share
  from read_parquet('{book}/loans.parquet') l
  left join company c on l.counterparty_id = c.counterparty_id),
entry as (
  select loan_id as position_id, contract_id, counterparty_id, asset_class, sector, region, branch,
    product, green_tag,
    coalesce(share is not null and way > 0, false) as computed,
    coalesce(share is not null and e3 is not null, false) as computed3,
    case when computed then 'computed' else 'not_covered' end as status,
    case when computed then '' when not matched then 'no_match'
         when has_revenue and not has_factor then 'no_factor' else 'no_emissions' end as reason,
    fen as outstanding_amount, case when computed then fen end as balance,
    share as attribution_factor,
    case rule when 1 then 'of_evic' when 2 then 'of_equity_and_debt' when 3 then 'of_total_assets'
    end as share_rule,
    case when computed then case way when 2 then 'revenue' else
      case when verified then 'reported_verified' else 'reported' end end end as option_scope1,
    option_scope1 as option_scope2, case when computed3 then 'revenue' end as option_scope3,
    case when computed then round_even(share * e1, 0)::bigint end as g1,
    case when computed then round_even(share * e2, 0)::bigint end as g2,
    g1 + g2 as g12, case when computed3 then round_even(share * e3, 0)::bigint end as g3,
    case option_scope1 when 'reported_verified' then 1 when 'reported' then 2 when 'revenue' then 4
    end::tinyint as data_quality_score,
    case when computed3 then 4 end::tinyint as data_quality_score_scope3,
    case when computed then factor1 end as factor_scope1,
    case when computed then factor2 end as factor_scope2,
    case when computed3 then factor3 end as factor_scope3,
    case when matched then 'code' end as joined_by
  from joined)
"""
TOTALS = "select {sets}, count(*), sum(outstanding_amount), sum(balance), sum(g1), sum(g2), sum(g3)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book")
    parser.add_argument("out", type=Path)
    parser.add_argument("--mode", default="reuse")
    asked = parser.parse_args()
    work = duckdb.connect()
    work.execute("set threads=2; set preserve_insertion_order=false")
    rows, target = ROWS.format(book=asked.book), asked.out / "duckdb.parquet"
    work.execute(f"copy ({rows} select * exclude (computed, computed3) from entry) to '{target}' "
                 "(format parquet, compression zstd, compression_level 1)")  # fmt: skip
    totals = TOTALS.format(sets=", ".join(DIMENSIONS))
    sets = "group by grouping sets ((), " + ", ".join(f"({d})" for d in DIMENSIONS) + ")"
    source = f"{rows} {totals} from entry" if asked.mode == "twice" else f"{totals} from '{target}'"
    found = work.execute(f"{source} {sets}").fetchall()
    say(found, target, asked.book)


if __name__ == "__main__":
    main()

"""What a reader must know of an entry besides its figures."""

from __future__ import annotations

from enum import IntFlag


class Flag(IntFlag):
    """What a reader must know of an entry; bits of the column ``flags``."""

    ATTRIBUTION_ABOVE_ONE = 1 << 0
    ATTRIBUTION_CAPPED = 1 << 1
    BALANCE_SHEET_FALLBACK = 1 << 2
    EMISSIONS_OTHER_YEAR = 1 << 3
    FINANCIALS_OTHER_YEAR = 1 << 4
    FACTOR_PARENT = 1 << 5
    FACTOR_STALE = 1 << 6
    FACTOR_UNSURE = 1 << 7
    REGION_UNKNOWN = 1 << 8
    REGION_FROM_CREDIT_CODE = 1 << 9
    FX_AVERAGE = 1 << 10
    ASSET_CLASS_FROM_BOOK = 1 << 11
    SCOPES_COMBINED = 1 << 12
    FACTOR_CAVEAT = 1 << 13
    SECTOR_FROM_POSITION = 1 << 14
    NEGATIVE_EQUITY = 1 << 15
    SECTOR_CROSSWALKED = 1 << 16
    ANSWERED = 1 << 17
    JOINED_BY_DECISION = 1 << 18
    POOL_PARTLY_COVERED = 1 << 19
    PROJECT_AS_NON_PROJECT = 1 << 20
    EMISSIONS_CO2_ONLY = 1 << 21
    EMISSIONS_GWP_AR2 = 1 << 22
    EMISSIONS_GWP_AR4 = 1 << 23
    EMISSIONS_GWP_AR5 = 1 << 24
    EMISSIONS_GWP_AR6 = 1 << 25
    EVIC_FROM_PARTS = 1 << 26
    EVIC_PART_OMITTED = 1 << 27
    LATEST_VALUE = 1 << 28
    VEHICLE_VALUE_UNKNOWN = 1 << 29
    PROCEEDS_UNALLOCATED = 1 << 30
    STRUCTURES_TAKEN_OFF = 1 << 31


NO_FLAG = Flag(0)

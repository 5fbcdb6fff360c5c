"""The classes of single assets, the same in both editions, also where they stand in a pool."""

from carbonledger.standards.pcaf.business_loans import BUSINESS_LOANS, UNLISTED_EQUITY
from carbonledger.standards.pcaf.listed_equity_and_bonds import CORPORATE_BONDS, LISTED_EQUITY
from carbonledger.standards.pcaf.motor_vehicles import MOTOR_VEHICLE_LOANS
from carbonledger.standards.pcaf.project_finance import PROJECT_FINANCE
from carbonledger.standards.pcaf.real_estate import COMMERCIAL_REAL_ESTATE, MORTGAGES

PAGES = (LISTED_EQUITY, CORPORATE_BONDS, BUSINESS_LOANS, UNLISTED_EQUITY, PROJECT_FINANCE,
          COMMERCIAL_REAL_ESTATE, MORTGAGES, MOTOR_VEHICLE_LOANS)  # fmt: skip

"""Public codes, parsed into one canonical form; a code is never guessed.

Sectors are GB/T 4754-2017 with their section letter (C3011), places six digits of GB/T 2260, CN, or
ISO 3166 alpha-3 for other countries, currencies ISO 4217.
"""

from carbonledger.codes.companies import USCC as USCC
from carbonledger.codes.companies import credit_code_problem as credit_code_problem
from carbonledger.codes.companies import destroyed as destroyed
from carbonledger.codes.companies import isin_problem as isin_problem
from carbonledger.codes.companies import lei_problem as lei_problem
from carbonledger.codes.companies import organisation_code_problem as organisation_code_problem
from carbonledger.codes.companies import region_of_credit_code as region_of_credit_code
from carbonledger.codes.crosswalks import NAMES as NAMES
from carbonledger.codes.crosswalks import SYSTEMS as SYSTEMS
from carbonledger.codes.crosswalks import Match as Match
from carbonledger.codes.crosswalks import choices as choices
from carbonledger.codes.crosswalks import crosswalk as crosswalk
from carbonledger.codes.crosswalks import foreign_code as foreign_code
from carbonledger.codes.crosswalks import translated as translated
from carbonledger.codes.currencies import currency as currency
from carbonledger.codes.high_carbon import SEVERAL as SEVERAL
from carbonledger.codes.high_carbon import carbon_related as carbon_related
from carbonledger.codes.high_carbon import high_carbon as high_carbon
from carbonledger.codes.high_carbon import high_carbon_name as high_carbon_name
from carbonledger.codes.regions import SPECIAL as SPECIAL
from carbonledger.codes.regions import region as region
from carbonledger.codes.regions import region_known as region_known
from carbonledger.codes.regions import region_name as region_name
from carbonledger.codes.regions import region_parents as region_parents
from carbonledger.codes.sectors import sector as sector
from carbonledger.codes.sectors import sector_codes as sector_codes
from carbonledger.codes.sectors import sector_level as sector_level
from carbonledger.codes.sectors import sector_name as sector_name
from carbonledger.codes.sectors import sector_parents as sector_parents

"""GHG Protocol, Corporate Value Chain (Scope 3) Standard and Technical Guidance, category 15.

Older than PCAF and different from it: equity gets its share of the equity, projects and debt with
known use of proceeds their share of the total project cost. Debt without a known use is optional.
"""

from carbonledger.method import Standard, Text
from carbonledger.standards.ghgp_cat15.equity import LISTED_EQUITY, UNLISTED_EQUITY
from carbonledger.standards.ghgp_cat15.projects import PROJECTS

EDITIONS = (
    Standard(
        id="ghgp-cat15",
        title=Text("温室气体核算体系 范围三类别 15（投资）", "GHG Protocol scope 3, category 15"),
        citation="GHG Protocol, Technical Guidance for Calculating Scope 3 Emissions (2013), "
        "category 15",
        confidence=Text("依据公开全文副本。", "Read in a public copy of the full text."),
        pages=(LISTED_EQUITY, UNLISTED_EQUITY, PROJECTS),
        scored=False,
        balance_name=Text("投资余额", "outstanding amount"),
        optional=("business_loan", "corporate_bond"),
    ),
)

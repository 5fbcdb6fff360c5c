"""Undrawn commitments, PCAF Part A 3rd ed. (2025), section 6.2, pp. 169-174.

The commitment less what is drawn takes the place of the outstanding amount; denominators, options
and scores are those of the drawn loan. The result is unweighted and never added to what is drawn.
Beside it, never instead, it may be shown weighted by how much the institution expects to be drawn
(p. 172); how it comes to these factors is for it to disclose (footnote 198).
What is committed to a use-of-proceeds structure goes by the structure's equity and debt, as what is
drawn: section 6.2 does not name structures. It describes no other class, so none is made up.
"""

from carbonledger.method import AssetClass, Flag, Option, Share, Text, changed, times
from carbonledger.standards.pcaf.business_loans import BUSINESS_LOANS
from carbonledger.standards.pcaf.motor_vehicles import MOTOR_VEHICLE_LOANS
from carbonledger.standards.pcaf.project_finance import PROJECT_FINANCE
from carbonledger.standards.pcaf.real_estate import COMMERCIAL_REAL_ESTATE, MORTGAGES
from carbonledger.standards.pcaf.use_of_proceeds import USE_OF_PROCEEDS

CITATION = "PCAF Part A, section 6.2, pp. 169-174"


def undrawn(page: AssetClass) -> AssetClass:
    """The page of a loan with what is not drawn in place of what is outstanding."""
    known = filter(_has_denominator, page.shares)
    return changed(page, citation=CITATION, shares=tuple(map(_of_undrawn, known)))


def _has_denominator(share: Share) -> bool:
    # A stake owned promises nothing, and a vehicle of unknown value falls to what is drawn, once.
    return "outstanding_amount" in share.inputs and Flag.VEHICLE_VALUE_UNKNOWN not in share.flag


def _of_undrawn(share: Share) -> Share:
    text = share.text
    zh = text.zh.replace("余额", "未提用额度")
    return changed(share, text=Text(zh, text.en.replace("outstanding amount", "undrawn amount")))


LOANS = undrawn(BUSINESS_LOANS)
PROJECTS = undrawn(PROJECT_FINANCE)
REAL_ESTATE = undrawn(COMMERCIAL_REAL_ESTATE)
HOMES = undrawn(MORTGAGES)
VEHICLES = undrawn(MOTOR_VEHICLE_LOANS)
STRUCTURES = changed(undrawn(USE_OF_PROCEEDS), balance="allocated_undrawn_amount")
PAGES = (LOANS, PROJECTS, REAL_ESTATE, HOMES, VEHICLES, STRUCTURES)


UTILISATION = "utilisation_factor"


def weighted(page: AssetClass) -> AssetClass:
    """The page of an undrawn commitment times the part of it that is expected to be drawn."""
    return changed(
        page, balance="weighted_undrawn_amount", no_balance="no_utilisation_factor",
        shares=tuple(map(_share_drawn, page.shares)),
        without_share=tuple(map(_option_drawn, page.without_share)),
    )  # fmt: skip


def _share_drawn(share: Share) -> Share:
    return changed(share, weight=UTILISATION, text=_times(share.text))


def _option_drawn(option: Option) -> Option:
    return changed(option, formula=times(option.formula, UTILISATION), text=_times(option.text))


def _times(text: Text) -> Text:
    return Text(f"{text.zh} × 预计提用率", f"{text.en} x utilisation factor")


WEIGHTED_LOANS = weighted(LOANS)
WEIGHTED_PROJECTS = weighted(PROJECTS)
WEIGHTED_REAL_ESTATE = weighted(REAL_ESTATE)
WEIGHTED_HOMES = weighted(HOMES)
WEIGHTED_VEHICLES = weighted(VEHICLES)
WEIGHTED_STRUCTURES = changed(weighted(STRUCTURES), balance="allocated_weighted_undrawn_amount")
WEIGHTED = (WEIGHTED_LOANS, WEIGHTED_PROJECTS, WEIGHTED_REAL_ESTATE, WEIGHTED_HOMES,
            WEIGHTED_VEHICLES, WEIGHTED_STRUCTURES)  # fmt: skip

"""From a working folder to a sealed run and back, without a terminal."""

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.workflow.check import check
from carbonledger.workflow.files import Report
from carbonledger.workflow.matches import review
from carbonledger.workflow.reopen import reopened
from carbonledger.workflow.replay import replay
from carbonledger.workflow.seal import Refused, Sealed, Sealing, seal

__all__ = [
    "Refused",
    "Report",
    "Sealed",
    "Sealing",
    "check",
    "disclosure_of",
    "reopened",
    "replay",
    "review",
    "seal",
]

"""What a project emits in the year, from the best data there are (PCAF Part A, section 5.3).

A project has no revenue of its own in the books, so the options end with its output.
"""

from carbonledger.estimates import company

OPTIONS = tuple(o for o in company.OPTIONS if o.name != "revenue")

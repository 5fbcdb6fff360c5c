"""What an option is called: the tool's own name, or that of a user's own standard."""

from __future__ import annotations

from carbonledger.issues import Language
from carbonledger.standards import standards
from carbonledger.words import names, word


def option_name(option: str, language: Language) -> str:
    """The name of an option that an entry holds."""
    if option in names("options"):
        return word("options", option, language)
    own = (o.text for s in standards().values() for p in s.pages
           for o in p.estimates + p.without_share if o.name == option)  # fmt: skip
    found = next(own, None)
    if found is None:
        return option
    return found.zh if language == "zh" else found.en

"""Names as they are compared."""

from __future__ import annotations

import re

from carbonledger.units import clean


def compared(text: str) -> str:
    """A name as it is compared: without spaces and punctuation, in small letters; numbers whole."""
    plain = clean(text).lower()
    return re.sub(r"[\s,、.。·;:()'\-/]", "", plain) if re.search(r"[^\W\d_]", plain) else plain

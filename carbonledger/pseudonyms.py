"""Pseudonyms of natural persons: keyed, so that nobody without the key can try all numbers out."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from carbonledger.issues import Issue, Place

LEAST = 32
"""Bytes of a key; a shorter one could be guessed."""
MADE = re.compile(r"P-[0-9a-f]{24}")


@dataclass(frozen=True)
class Pseudonyms:
    """The key, which never prints, and what it makes of an id: HMAC-SHA256, 96 bits of it."""

    key: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What tells keys apart and does not lead back to one."""
        return hmac.digest(self.key, b"carbonledger key fingerprint", "sha256").hex()[:16]

    def of(self, text: str) -> str:
        """The same for the same text under the same key, today and next year."""
        made = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return f"P-{made[:24]}"


def load_pseudonyms(
    path: Path, folder: Path, place: Place
) -> tuple[Pseudonyms | None, list[Issue]]:
    """The key of a file; one inside the working folder would travel with its runs."""
    if path.resolve().is_relative_to(folder.resolve()):
        return None, [Issue("pseudonym_key_inside", place)]
    try:
        key = path.read_bytes().strip()
    except OSError:
        return None, [Issue("pseudonym_key_unreadable", place)]
    if len(key) < LEAST:
        return None, [Issue("pseudonym_key_short", place, "", (("least", str(LEAST)),))]
    return Pseudonyms(key), []

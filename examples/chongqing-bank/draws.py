# Synthetic: where the invented figures of make_books.py come from, a hash of their key.
"""Numbers that belong to a key, and the check digits of codes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

SEED = "chongqing-bank/10"  # chosen for a path that lags a little
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z

Item = TypeVar("Item")


def draw(*key: object) -> float:
    """A number in [0, 1)."""
    digest = hashlib.sha256("|".join(map(str, (SEED, *key))).encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def between(low: float, high: float, *key: object) -> float:
    return low + (high - low) * draw(*key)


def mostly_low(low: float, high: float, *key: object) -> float:
    """Many small, few large, as amounts are."""
    at = draw(*key)
    return low + (high - low) * at * at


def pick(items: Sequence[Item], *key: object, weights: Sequence[float] | None = None) -> Item:
    weights = weights or [1.0] * len(items)
    left = draw(*key) * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        left -= weight
        if left < 0:
            return item
    return items[-1]


def credit_code(kind: str, region: str, number: int) -> str:
    """统一社会信用代码: kind, region, organisation code with its digit (GB 11714), check digit."""
    body = f"DEM0{number:04d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(c, 36) * w for c, w in zip(body, weights, strict=True))
    digit = "0X987654321"[total % 11]
    first = f"{kind}{region}{body}{digit}"
    total = sum(ALPHABET.index(c) * 3**i for i, c in enumerate(first))
    return first + ALPHABET[-total % 31]


def isin(number: int) -> str:
    """An ISIN that nobody issues, with its check digit (ISO 6166)."""
    first = f"CNDEM{number:06d}"
    digits = [int(d) for c in first for d in str(int(c, 36))]
    doubled = [2 * d if i % 2 == 0 else d for i, d in enumerate(reversed(digits))]
    return f"{first}{-sum(d // 10 + d % 10 for d in doubled) % 10}"

"""Books as banks export them, made by script: what each file is, and by hand what must come out.

Nothing here asks the product. A variant states its rows (fen, codes, days) or its refusal.
"""

from __future__ import annotations

from functools import cache

from corpus.book import Variant

__all__ = ["Variant", "variants"]


@cache
def variants() -> tuple[Variant, ...]:
    """Every variant, made when asked for: it takes seconds."""
    from corpus import cells, encodings, files_of_books, formats, shapes, units_stated

    themes = (encodings, formats, shapes, units_stated, cells, files_of_books)
    return tuple(variant for theme in themes for variant in theme.variants())

"""Books as banks export them, made by script: what each file is, and by hand what must come out.

Nothing here asks the product. A variant states its rows (fen, codes, days) or its refusal.
"""

from corpus import cells, encodings, files_of_books, formats, shapes, units_stated
from corpus.book import Variant

VARIANTS: tuple[Variant, ...] = (
    *encodings.variants(), *formats.variants(), *shapes.variants(), *units_stated.variants(),
    *cells.variants(), *files_of_books.variants(),
)  # fmt: skip

__all__ = ["VARIANTS", "Variant"]

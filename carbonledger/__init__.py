"""Books in, a sealed ledger of grams and fen out, every number explained."""

__version__ = "0.1.0"

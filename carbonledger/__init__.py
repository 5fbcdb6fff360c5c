"""Books in, a sealed ledger of grams and fen out, every number explained."""

__version__ = "0.2.0.dev0"

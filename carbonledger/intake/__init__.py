"""From tables of text to encoded books: header mapping, typing, validation, joins."""

"""The same engine over the batches of a book, however many there are."""

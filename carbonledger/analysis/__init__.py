"""From ledgers to statements: decline path, comparison, disclosure."""

"""What an entity emits or saves, one file a kind of entity: formulas from data to grams."""

"""A figure of a report followed down to the entries it is made of."""

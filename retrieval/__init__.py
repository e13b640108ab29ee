"""Choose: which exemplar answers which moment of a query, why, and where it goes."""

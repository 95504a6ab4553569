"""The log nobody can quietly edit: append, tree, signed heads, verification."""

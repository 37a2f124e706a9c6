"""Network families, one a file: a frozen Config dataclass and the torch module built from it."""

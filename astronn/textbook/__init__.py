"""What a lecture on neural networks shows, computed: one system a module, seeds in, arrays and
numbers out.

Each module has ``compute``, which returns a frozen dataclass; nothing here draws or writes.
"""

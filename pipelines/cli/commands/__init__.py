"""The commands of ``astronn``, one a file: a module holds a click command named ``command``."""

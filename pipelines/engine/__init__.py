"""How Luigi is run: the base of all tasks, settings, progress, faults and exit codes."""

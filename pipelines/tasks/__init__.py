"""The tasks, one kind a file."""

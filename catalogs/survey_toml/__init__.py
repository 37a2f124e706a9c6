"""A survey without Python: survey.toml read, drafted and checked."""

"""Drafts of a survey.toml for what is no table."""

"""Sentences, grids and layouts of a report, the same for every format."""

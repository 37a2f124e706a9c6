"""What an astronomer knows of columns: coordinates, photometry, Hubble types, SDSS identifiers,
cross-matches.
"""

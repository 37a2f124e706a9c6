"""Simulated data, always called so: catalogues, pictures of galaxies and digits, transients,
variable stars.
"""

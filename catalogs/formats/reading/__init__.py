"""What several formats share: cells of text as numbers, lines of text as columns, Arrow to numpy
and astropy.
"""

"""Numbers of a report: statistics with intervals, pairs of methods, seeds, posteriors, learning
curves.
"""

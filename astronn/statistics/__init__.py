"""Numbers of confusion tables and of pairs of classifiers: measures, tests, intervals."""

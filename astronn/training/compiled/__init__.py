"""Training of small networks by loops that Numba compiles, held to automatic differentiation by
tests.
"""

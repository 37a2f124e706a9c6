"""One system of the lecture a module: ``item(result)`` turns what astronn computed into figures,
tables and words.
"""

"""What `check` looks for in the data: numbers for nothing, objects that stand twice, and whether
pictures and light curves can be read.
"""

"""Classifying more objects than fit in memory: from files to a folder of Parquet, part by part, on
one machine or many.
"""

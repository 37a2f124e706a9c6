"""Readers of file formats, one a file: bytes on disk to tables of text or numbers, faults named by
line.
"""

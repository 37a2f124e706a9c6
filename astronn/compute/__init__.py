"""The machine under a training: devices, processes, streams of random numbers, memory,
compilation.
"""

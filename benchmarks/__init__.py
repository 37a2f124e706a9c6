"""Each step of the pipeline beside its peers: same work, same accuracy, in turns; `make bench` runs
all of it.
"""

"""One loop of training and what it needs: losses, running means of weights, checkpoints, batches of
each kind of input.
"""

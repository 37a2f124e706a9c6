"""Memory kept within the block, counted by the pages that the system has to hand out."""

import subprocess
import sys

import pytest

from astronn.compute import allocator

COUNT = """
import resource
import numpy as np
from astronn import allocator

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(5_000_000)  # 40 MB, which the C library takes from the system and returns each time
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

usual = pages()
with allocator.keeping():
    np.ones(5_000_000)
    with allocator.keeping():
        pass
    kept = pages()
print(usual, kept, pages())
"""


@pytest.mark.skipif(allocator._library() is None, reason="the C library is not glibc")
def test_freed_memory_is_kept_within_the_block_alone():
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    usual, kept, after = map(int, done.stdout.split())
    assert kept < usual / 10 and after > usual / 2


def test_nothing_is_done_without_that_library(monkeypatch):
    monkeypatch.setattr(allocator, "_library", lambda: None)
    with allocator.keeping():
        assert allocator._inside == 1
    assert allocator._inside == 0

"""Named streams, and the same bytes from the same seed wherever a network is trained."""

import hashlib
import inspect
import subprocess
import sys

import numpy as np
import pytest
import torch
from processes import HANG_S

from astronn import FeedforwardClassifier
from astronn.compute.randomness import generator, stream, torch_seed
from astronn.errors import AstronnError


def digest() -> str:
    """The SHA-256 of the posteriors of a small training."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    model = FeedforwardClassifier(max_epochs=5, ensemble_size=2, random_state=3, device="cpu").fit(
        X, y
    )
    return hashlib.sha256(model.predict_proba(X).tobytes()).hexdigest()


# A fork does not inherit the threads that its parent has started, and hangs if it waits for them.
FORKING = """
import multiprocessing
import hashlib, numpy as np, torch
from astronn import FeedforwardClassifier

def send(pipe):
    pipe.send(digest())

torch.set_num_threads(2)
big = torch.rand(2000, 2000)
(big @ big).tanh().sum()  # starts the threads
print(digest())
fork = multiprocessing.get_context("fork")
here, there = fork.Pipe()
child = fork.Process(target=send, args=(there,), daemon=True)
child.start()
print(here.recv() if here.poll(60) else "hangs")
"""


def test_a_stream_depends_on_seed_and_purpose_only():
    assert stream(5, "split").random() == stream(5, "split").random()
    assert (
        len(
            {
                stream(5, "split").random(),
                stream(5, "weights").random(),
                stream(6, "split").random(),
            }
        )
        == 3
    )


def test_a_stream_is_the_documented_one():
    assert stream(5, "ab").random() == np.random.default_rng([5, 97, 98]).random()


def test_torch_seeds_differ_by_purpose():
    assert torch_seed(0, "a") != torch_seed(0, "b")
    assert torch.equal(
        torch.rand(3, generator=generator(0, "a")), torch.rand(3, generator=generator(0, "a"))
    )


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True])
def test_seeds_are_whole_numbers(seed):
    with pytest.raises(AstronnError, match="seed must be a non-negative integer"):
        stream(seed, "split")


def test_training_seeds_nothing_global():
    numpy_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state().clone()
    digest()
    assert np.array_equal(numpy_state, np.random.get_state()[1])
    assert torch.equal(torch_state, torch.get_rng_state())


def test_global_seeds_change_nothing():
    torch.manual_seed(1)
    first = digest()
    torch.manual_seed(2)
    assert digest() == first


def test_other_processes_give_the_same_bytes_even_a_fork_after_the_parent_used_threads():
    script = f"{inspect.getsource(digest)}\n{FORKING}"
    told = subprocess.run(
        [sys.executable, "-c", script],
        text=True,
        stdout=subprocess.PIPE,
        timeout=HANG_S,
        check=True,
    ).stdout
    assert told.split() == [digest(), digest()]

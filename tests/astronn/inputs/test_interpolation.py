"""What a processor does an image at a time, held to what a card does with whole batches."""

import numpy as np
import pytest
import torch
from processes import HANG_S

from astronn.inputs import interpolation
from astronn.inputs.augmentation import Augmentation
from astronn.inputs.images import Preparation, gather

EVERY = Augmentation(rotation=180, mirror=True, zoom=0.3, shift=0.2, colour=0.2)


def stack_of(n=6, channels=3, height=21, width=21, dtype=torch.uint8):
    values = np.random.default_rng(0).integers(0, 256, (n, channels, height, width))
    return torch.from_numpy(values).to(dtype)


def both(stack, augmentation, size, scaling="image", detail=0, n=6):
    """(a card's way, a processor's way) for the same images and draws."""
    prepare = Preparation.learn(stack, torch.arange(len(stack)), None, scaling, detail)
    prepare = Preparation(size, scaling, detail, prepare.mean, prepare.scale)
    rows = torch.randperm(len(stack), generator=torch.Generator().manual_seed(2))[:n]
    drawn = augmentation.draw((len(rows), *stack.shape[1:]), size, torch.Generator().manual_seed(1))
    expected = prepare(augmentation.applied(gather(stack, rows), size, drawn))
    found = prepare.room(len(rows), stack.device)
    interpolation.inputs(stack, rows, drawn, prepare, found)
    return expected, found


def assert_same(pair):
    torch.testing.assert_close(*pair, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float16, torch.float64])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_every_change_at_once(dtype, channels):
    assert_same(both(stack_of(channels=channels, dtype=dtype), EVERY, (16, 16)))


@pytest.mark.parametrize(
    ("full", "size"),
    [((20, 31), (20, 31)), ((31, 20), (9, 14)), ((12, 12), (12, 11)), ((3, 2), (2, 2))],
)
def test_oblong_and_odd_sizes(full, size):
    assert_same(both(stack_of(height=full[0], width=full[1]), EVERY, size))


@pytest.mark.parametrize("scaling", ["image", "survey"])
@pytest.mark.parametrize("detail", [0, 3])
def test_every_preparation(scaling, detail):
    assert_same(both(stack_of(), EVERY, (16, 16), scaling, detail))


@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(mirror=True),
        Augmentation(rotation=180),
        Augmentation(zoom=1.0, shift=1.0),  # far beyond the edges: the image is seen several times
        Augmentation(shift=0.01, colour=1.0),
    ],
)
def test_changes_by_themselves(augmentation):
    stack = stack_of(n=40)
    assert_same(both(stack, augmentation, (21, 21), n=40))


def test_pixels_without_a_measurement_are_filled():
    stack = stack_of(dtype=torch.float32)
    stack[2, 1, 3:9] = torch.nan
    stack[4, 0] = torch.nan
    assert_same(both(stack, EVERY, (16, 16)))


def test_an_image_of_one_value_becomes_0():
    stack = torch.full((6, 3, 9, 9), 77, dtype=torch.uint8)
    _, found = both(stack, Augmentation(rotation=180, zoom=0.3), (9, 9))
    assert found.abs().max() < 1e-3


def test_a_stack_with_channels_last_in_memory():
    stack = stack_of().to(memory_format=torch.channels_last)
    assert_same(both(stack, EVERY, (16, 16)))


def test_bytes_do_not_depend_on_the_number_of_threads():
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 5):
            torch.set_num_threads(threads)
            found.append(both(stack_of(n=7), EVERY, (16, 16), n=7)[1])
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def test_a_forked_process_has_threads_of_its_own():
    """Luigi forks its workers; a pool of the parent's would never answer there."""
    import multiprocessing

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        here = both(stack_of(), EVERY, (16, 16))[1]
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_in_a_child, args=(answers,))
        child.start()
        there = answers.get(timeout=HANG_S)
        child.join(timeout=HANG_S)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(there, here.numpy())


def _in_a_child(answers) -> None:
    stack = stack_of()
    prepare = Preparation.learn(stack, torch.arange(len(stack)), None, "image", 0)
    prepare = Preparation((16, 16), "image", 0, prepare.mean, prepare.scale)
    rows = torch.randperm(len(stack), generator=torch.Generator().manual_seed(2))[:6]
    drawn = EVERY.draw((6, *stack.shape[1:]), (16, 16), torch.Generator().manual_seed(1))
    found = prepare.room(6, stack.device)
    interpolation.inputs(stack, rows, drawn, prepare, found)
    answers.put(found.numpy())


def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same():
    """Numba finds no folder for a function that has no file, as for one in an installation that
    nobody may write to.
    """
    space = {}
    exec("def twice(x):\n    return 2 * x", space)
    assert interpolation.compiled(space["twice"])(4) == 8

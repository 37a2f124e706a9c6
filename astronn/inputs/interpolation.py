"""Augmented inputs on a processor: an image at a time, from its pixels to the network's inputs,
without leaving the cache.

What `Augmentation.applied` and `Preparation` do with whole batches, as a card wants it, is here one
pass over each image, compiled by Numba (https://numba.pydata.org): torch's interpolation looks up
anew for each channel where a pixel lies, and every further step of a batch is a way to memory and
back. A test holds both to each other."""

from __future__ import annotations

import numpy as np
import torch
from numba import float32, int32, uintp

from astronn.compute.compiling import compiled, share_out
from astronn.inputs.augmentation import Draws
from astronn.inputs.images import Preparation, gather


def inputs(
    stack: torch.Tensor, rows: torch.Tensor, drawn: Draws, prepare: Preparation, into: torch.Tensor
) -> None:
    """Write a network's inputs from the views ``drawn`` of images ``rows`` (B,) of ``stack`` (N, C,
    H, W) into ``into``.

    The stack is uint8 or float on the processor, NaN pixels are filled as by `gather`; ``rows`` is
    int64, not empty; ``into`` is ``prepare.room(B)``, (B, C or C + 1, h, w) float32. Interpolation
    is bilinear, beyond the edges by reflection."""
    if stack.dtype != torch.uint8:
        stack, rows = gather(stack, rows), torch.arange(len(rows))
    if prepare.detail:  # needs the pixels as they are
        views = torch.empty(
            len(rows), stack.shape[1], *prepare.size, memory_format=torch.channels_last
        )
        _shared_out(
            stack,
            rows,
            drawn,
            np.zeros_like(prepare.mean),
            np.ones_like(prepare.scale),
            False,
            views,
        )
        prepare(views, into)
    else:
        _shared_out(
            stack, rows, drawn, prepare.mean, prepare.scale, prepare.scaling == "image", into
        )


def _shared_out(
    stack: torch.Tensor,
    rows: torch.Tensor,
    drawn: Draws,
    mean: np.ndarray,
    scale: np.ndarray,
    each: bool,
    into: torch.Tensor,
) -> None:
    """Views times their channels' factors to (value - mean) / scale, on as many threads as torch
    may use.

    ``mean`` and ``scale`` (C,) are of each channel, or with ``each`` those of the view itself.
    """
    source, numbers, target = stack.numpy(), rows.numpy(), into.permute(0, 2, 3, 1).numpy()
    matrices, factors = drawn.matrices.numpy(), drawn.factors.flatten(1).numpy()

    def work(part: slice) -> None:
        own = mean.astype(np.float32), scale.astype(np.float32)
        _batch(source, numbers[part], matrices[part], factors[part], *own, each, target[part])

    share_out(work, len(rows), torch.get_num_threads())


@compiled
def _batch(stack, rows, matrices, factors, mean, scale, each, out):
    """What `_shared_out` says, into (B, h, w, C), on one thread; with ``each`` it writes over
    ``mean`` and ``scale``.
    """
    channels, (h, w) = stack.shape[1], out.shape[1:3]
    view = np.empty((channels, h, w), np.float32)
    room = np.empty(0, np.float32)
    for n in range(len(rows)):
        room = _view(stack[rows[n]], matrices[n], room, view)
        for c in range(channels):
            if factors[n, c] != 1:
                _multiply(view[c], factors[n, c])
        if each:
            _moments(view, mean, scale)
        _scaled(view, mean, scale, out[n])


@compiled
def _multiply(plane, factor):
    for i in range(len(plane)):
        for j in range(plane.shape[1]):
            plane[i, j] *= factor


@compiled
def _scaled(view, mean, scale, out):
    """(value - mean) / scale of each channel, (C, h, w) -> (h, w, C)."""
    channels, h, w = view.shape
    for i in range(h):
        for c in range(channels):
            shift, factor, row, target = mean[c], float32(1) / scale[c], view[c, i], out[i]
            for j in range(w):
                target[j, c] = (row[j] - shift) * factor


@compiled
def _view(image, matrix, room, view):
    """One view (C, h, w) of an image (C, H, W) by a matrix (2, 3) in grid_sample's coordinates;
    memory to be used again.
    """
    (channels, height, width), (h, w) = image.shape, view.shape[1:]
    xj, xi, x = _pixels(matrix[0], width, w, h)
    yj, yi, y = _pixels(matrix[1], height, w, h)
    left, right = _reach(xj, xi, x, w, h)
    top, bottom = _reach(yj, yi, y, w, h)
    size = channels * (bottom - top) * (right - left)
    if size > len(room):
        room = np.empty(size, np.float32)
    around = room[:size].reshape(channels, bottom - top, right - left)
    _continued(image, top, left, around)
    _bilinear(around, (xj, xi, float32(x - left)), (yj, yi, float32(y - top)), view)
    return room


@compiled
def _pixels(row, side, w, h):
    """Where pixel (i, j) of a view of w columns and h rows lies along one axis of the image: j a +
    i b + c, in pixels.
    """
    a, b = row[0] * float32(side / w), row[1] * float32(side / h)
    centre = (row[2] + float32(1)) * float32(side / 2) - float32(0.5)
    return a, b, centre - float32((w - 1) / 2) * a - float32((h - 1) / 2) * b


@compiled
def _reach(a, b, c, w, h):
    """The first pixel of that axis which the view needs, and the one after the last, with one to
    spare for rounding.
    """
    across, down = (w - 1) * a, (h - 1) * b
    low, high = c + min(across, 0) + min(down, 0), c + max(across, 0) + max(down, 0)
    return int(np.floor(low)) - 1, int(np.floor(high)) + 3


@compiled
def _reflected(pixel, side):
    """The pixel of an axis that is seen at any whole place, when the image is continued by
    reflection at its edges.
    """
    pixel %= 2 * side
    return min(pixel, 2 * side - 1 - pixel)


@compiled
def _continued(image, top, left, around):
    """The image as it is seen from row ``top`` and column ``left`` on, over the height and width of
    ``around``.
    """
    width, wide = image.shape[2], around.shape[2]
    columns = np.empty(wide, np.uintp)
    for x in range(wide):
        columns[x] = _reflected(x + left, width)
    first = min(max(-left, 0), wide)
    last = min(max(width - left, first), wide)
    for c in range(len(image)):
        for y in range(around.shape[1]):
            row, target = image[c, _reflected(y + top, image.shape[1])], around[c, y]
            for x in range(first):
                target[x] = row[columns[x]]
            seen, inner = row[first + left : last + left], target[first:last]
            for x in range(len(inner)):
                inner[x] = seen[x]
            for x in range(last, wide):
                target[x] = row[columns[x]]


@compiled
def _bilinear(around, x_of, y_of, view):
    """Interpolate; all places lie inside ``around`` and are not negative."""
    channels, h, w = view.shape
    wide = around.shape[2]
    place, right, down = np.empty(w, np.int32), np.empty(w, np.float32), np.empty(w, np.float32)
    for i in range(h):
        for j in range(w):
            x = x_of[0] * float32(j) + (x_of[1] * float32(i) + x_of[2])
            y = y_of[0] * float32(j) + (y_of[1] * float32(i) + y_of[2])
            column, row = int32(x), int32(y)
            right[j], down[j] = x - float32(column), y - float32(row)
            place[j] = row * int32(wide) + column
        for c in range(channels):
            upper, target = around[c].reshape(-1), view[c, i]
            lower = upper[wide:]
            after, below = upper[1:], lower[1:]
            for j in range(w):
                k = uintp(place[j])  # without a sign no index is looked at twice
                above = upper[k] + right[j] * (after[k] - upper[k])
                under = lower[k] + right[j] * (below[k] - lower[k])
                target[j] = above + down[j] * (under - above)


@compiled
def _moments(view, mean, scale):
    """Set the mean and scale (C,) of all channels to those of the view, the scale never to 0."""
    rows = view.reshape(-1, view.shape[2])
    sums = np.zeros(
        view.shape[2], np.float32
    )  # a column each, which the processor adds side by side
    for i in range(len(rows)):
        for j in range(len(sums)):
            sums[j] += rows[i, j]
    centre = float32(sums.sum() / view.size)
    sums[:] = 0
    for i in range(len(rows)):
        for j in range(len(sums)):
            sums[j] += (rows[i, j] - centre) * (rows[i, j] - centre)
    mean[:] = centre
    scale[:] = np.sqrt(sums.sum() / view.size) + 1e-6 * abs(centre) + 1e-12

"""Backpropagation written out in five steps, and Adam: loops that Numba compiles.

Rumelhart, Hinton & Williams (1986, Nature 323, 533, eqs. 4-9); Adam: Kingma & Ba (2015, ICLR,
algorithm 1). Everything is feature-major, (units, objects): objects lie side by side in memory, so
that every inner loop runs over a batch of them at the processor's vector width. The parameters of a
network are one vector: W (units, units before) and b (units,) of each layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, log, sqrt

import numpy as np
from numba import float32

from astronn.compute.compiling import compiled

# Places in astronn.training.compiled.descent.TRANSFERS and LOSSES; written out: Numba's cache sees
# changes of this file alone.
LOGISTIC, RELU, CROSS_ENTROPY = 1, 2, 0
# Of the exponential: where float32 ends, 1 / ln 2, 1.5 * 2^23 (adding it rounds to an integer), ln
# 2 in two parts of which the first times n is exact, what to add to the bits of n + 1.5 * 2^23 for
# those of n + 127, and the series' coefficients.
LIMIT, PER_LN_2, ROUNDING = np.float32(87), np.float32(1 / np.log(2)), np.float32(1.5 * 2**23)
LN_2_HIGH, LN_2_LOW = np.float32(355 / 512), np.float32(np.log(2) - 355 / 512)
ONE_S_EXPONENT = np.int32(127 - 0x4B400000)
A2, A3, A4, A5, A6 = (np.float32(1 / factorial(k)) for k in range(2, 7))
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, the paper's


def layout(units: Sequence[int]) -> np.ndarray:
    """For layers of so many ``units``, the inputs first: units, first row in memory to work in,
    first parameter; (3, L).
    """
    layers = np.zeros((3, len(units)), np.int64)
    layers[0] = units
    layers[1, 2:] = np.cumsum(units[1:-1])
    layers[2, 2:] = np.cumsum((layers[0, :-2] + 1) * layers[0, 1:-1])
    return layers


@compiled
def lay_out(x, order, bounds, out):
    """Rows x[order] (N, F) into ``out`` (N F,), batch after batch, each feature-major: (F, B)."""
    features = x.shape[1]
    for i in range(len(bounds) - 1):
        batch = out[features * bounds[i] : features * bounds[i + 1]].reshape(
            features, bounds[i + 1] - bounds[i]
        )
        for b in range(batch.shape[1]):
            row = x[order[bounds[i] + b]]
            for f in range(features):
                batch[f, b] = row[f]


@compiled
def descend(
    x, classes, share, bounds, layers, kinds, parameters, mean, square, rate, decay, steps, losses
):
    """One epoch of Adam for M networks; adds the loss of each batch, without the penalty, to
    ``losses`` (M,).

    ``x`` as `lay_out` leaves it; in the same order ``classes`` (N,) and ``share`` (N,), each
    object's part in the mean loss of its batch. ``layers`` as `layout` gives them; ``kinds``
    (transfer function, loss); ``parameters`` and Adam's moments (M, P) float32 are updated;
    ``steps`` were taken before."""
    features, rows = layers[0, 0], 2 * layers[1, -1] + layers[0, -1] + 2
    gradient = np.empty(parameters.shape[1], np.float32)
    for i in range(len(bounds) - 1):
        start, stop = bounds[i], bounds[i + 1]
        batch = x[features * start : features * stop].reshape(features, stop - start)
        room = np.empty((rows, stop - start), np.float32)
        for m in range(len(parameters)):
            losses[m] += backpropagate(
                batch,
                classes[start:stop],
                share[start:stop],
                layers,
                kinds,
                parameters[m],
                gradient,
                decay,
                room,
            )
            adam(parameters[m], gradient, mean[m], square[m], rate, steps + i + 1)


@compiled
def backpropagate(x, classes, share, layers, kinds, parameters, gradient, decay, room):
    """The loss of one network on a batch x (F, B); sets ``gradient`` to that of the loss + decay /
    2 |weights|^2.

    ``room`` is memory to work in: the values of the hidden layers, the errors of these and of the
    outputs, two rows more."""
    units, rows, (transfer, loss) = layers[0], layers[1], kinds
    last = len(units) - 1
    errors, sums, powers = room[rows[last] : -2], room[-2], room[-1]
    # 1. From the inputs to each hidden layer in turn: h = f(W h_before + b).
    before = x
    for layer in range(1, last):
        w, bias = _matrix(parameters, layers, layer)
        h = room[rows[layer] : rows[layer + 1]]
        _product(w, bias, before, h)
        _transfer(h, transfer, powers)
        before = h
    # 2. To the outputs: z = W h + b, still without the outputs' own function.
    w, bias = _matrix(parameters, layers, last)
    error = errors[rows[last] :]
    _product(w, bias, before, error)
    # 3. The loss, and the error that each output has to answer for, in place of z: d = dE / dz.
    if loss == CROSS_ENTROPY:
        total = _cross_entropy(error, classes, share, sums, powers)
    else:
        total = _squared_error(error, classes, share, powers)
    # 4. The errors of each hidden layer: those of the next carried back over the same weights,
    #    times f'.
    for layer in range(last - 1, 0, -1):
        w, bias = _matrix(parameters, layers, layer + 1)
        carried = errors[rows[layer] : rows[layer + 1]]
        _carry_back(w, error, carried)
        _times_slope(carried, room[rows[layer] : rows[layer + 1]], transfer)
        error = carried
    # 5. The gradient of each weight: what came in times the error that went out, summed over
    #    objects; a bias is a weight whose input is 1.
    before = x
    for layer in range(1, last + 1):
        (w, bias), (of_w, of_bias) = (
            _matrix(parameters, layers, layer),
            _matrix(gradient, layers, layer),
        )
        _sum_products(
            errors[rows[layer] : rows[layer] + units[layer]], before, w, decay, of_w, of_bias
        )
        before = room[rows[layer] : rows[layer] + units[layer]]
    return total


@compiled
def _matrix(flat, layers, layer):
    """Views of the weights (units, units before) and the biases (units,) of a layer, from 1, in a
    network's vector.
    """
    units, before, start = layers[0, layer], layers[0, layer - 1], layers[2, layer]
    biases = start + units * before
    return flat[start:biases].reshape(units, before), flat[biases : biases + units]


@compiled
def _product(w, bias, x, out):
    """out (J, B) = w (J, F) x (F, B) + bias; four rows of x at a time, so that ``out`` is fetched
    and put back less often.
    """
    whole = w.shape[1] // 4 * 4
    for j in range(len(w)):
        row = out[j]
        for b in range(len(row)):
            row[b] = bias[j]
        for f in range(0, whole, 4):
            w0, w1, w2, w3 = w[j, f], w[j, f + 1], w[j, f + 2], w[j, f + 3]
            x0, x1, x2, x3 = x[f], x[f + 1], x[f + 2], x[f + 3]
            for b in range(len(row)):
                row[b] += w0 * x0[b] + w1 * x1[b] + w2 * x2[b] + w3 * x3[b]
        for f in range(whole, w.shape[1]):
            w0, x0 = w[j, f], x[f]
            for b in range(len(row)):
                row[b] += w0 * x0[b]


@compiled
def _carry_back(w, d, e):
    """e (H, B) = the transposed w (K, H) times d (K, B)."""
    for j in range(len(e)):
        row = e[j]
        for b in range(len(row)):
            row[b] = 0
        for k in range(len(d)):
            weight, error = w[k, j], d[k]
            for b in range(len(row)):
                row[b] += weight * error[b]


@compiled(any_order=True)
def _sum_products(e, x, w, decay, gradient, of_bias):
    """gradient (J, F) = e (J, B) times the transposed x (F, B), + decay w; of_bias (J,) = the sums
    of e.
    """
    whole = len(x) // 4 * 4
    for j in range(len(e)):
        row = e[j]
        total = float32(0)
        for b in range(len(row)):
            total += row[b]
        of_bias[j] = total
        for f in range(0, whole, 4):
            s0 = s1 = s2 = s3 = float32(0)
            x0, x1, x2, x3 = x[f], x[f + 1], x[f + 2], x[f + 3]
            for b in range(len(row)):
                s0 += row[b] * x0[b]
                s1 += row[b] * x1[b]
                s2 += row[b] * x2[b]
                s3 += row[b] * x3[b]
            gradient[j, f], gradient[j, f + 1], gradient[j, f + 2], gradient[j, f + 3] = (
                s0,
                s1,
                s2,
                s3,
            )
        for f in range(whole, len(x)):
            total, x0 = float32(0), x[f]
            for b in range(len(row)):
                total += row[b] * x0[b]
            gradient[j, f] = total
        for f in range(len(x)):
            gradient[j, f] += decay * w[j, f]


@compiled
def _transfer(h, kind, powers):
    """f(a) in place of a, (H, B)."""
    for j in range(len(h)):
        row = h[j]
        if kind == RELU:
            for b in range(len(row)):
                row[b] = row[b] if row[b] > 0 else row[b] * 0  # NaN stays NaN
        elif kind == LOGISTIC:
            _logistic(row, powers)
        else:  # tanh(a) = 2 logistic(2 a) - 1
            for b in range(len(row)):
                row[b] *= 2
            _logistic(row, powers)
            for b in range(len(row)):
                row[b] = 2 * row[b] - 1


@compiled
def _logistic(row, powers):
    for b in range(len(row)):
        row[b] = -row[b]
    _exponential(row, powers)
    for b in range(len(row)):
        row[b] = float32(1) / (float32(1) + row[b])


@compiled
def _exponential(row, powers):
    """exp(v) in place of v, to 3e-7 of it; v beyond +-87 counts as +-87, NaN stays NaN.

    2^n exp(r) with v = n ln 2 + r, exp(r) by a polynomial; Cody & Waite (1980, Software Manual for
    the Elementary Functions, ch. 6). The library's exp takes numbers one by one and would be a
    third of a training. ``powers`` is memory for 2^n."""
    bits = powers.view(np.int32)
    for b in range(len(row)):
        v = row[b] if row[b] > -LIMIT else (row[b] if row[b] != row[b] else -LIMIT)
        v = LIMIT if v > LIMIT else v
        powers[b] = v * PER_LN_2 + ROUNDING  # its last bits are now n
        n = powers[b] - ROUNDING
        r = v - n * LN_2_HIGH - n * LN_2_LOW
        row[b] = float32(1) + r * (float32(1) + r * (A2 + r * (A3 + r * (A4 + r * (A5 + r * A6)))))
    for b in range(len(row)):
        bits[b] = (bits[b] + ONE_S_EXPONENT) << 23
    for b in range(len(row)):
        row[b] *= powers[b]


@compiled
def _times_slope(e, h, kind):
    """e f'(a) in place of e, from h = f(a); (H, B) each."""
    for j in range(len(e)):
        row, value = e[j], h[j]
        if kind == RELU:
            for b in range(len(row)):
                row[b] = row[b] if value[b] > 0 else float32(0)
        elif kind == LOGISTIC:
            for b in range(len(row)):
                row[b] *= value[b] - value[b] * value[b]
        else:
            for b in range(len(row)):
                row[b] -= row[b] * value[b] * value[b]


@compiled
def _cross_entropy(z, classes, share, sums, powers):
    """The loss -share log softmax(z)[class], summed; puts its derivative share (p - t) in place of
    z (K, B).
    """
    for b in range(len(sums)):
        sums[b] = z[0, b]
    for k in range(1, len(z)):
        row = z[k]
        for b in range(len(sums)):
            sums[b] = row[b] if row[b] > sums[b] else sums[b]
    loss = 0.0
    for b in range(len(sums)):
        loss += share[b] * (sums[b] - z[classes[b], b])
    for k in range(len(z)):
        row = z[k]
        for b in range(len(sums)):
            row[b] -= sums[b]
    for b in range(len(sums)):
        sums[b] = 0
    for k in range(len(z)):
        row = z[k]
        _exponential(row, powers)
        for b in range(len(sums)):
            sums[b] += row[b]
    for b in range(len(sums)):
        loss += share[b] * log(sums[b])
        sums[b] = share[b] / sums[b]
    for k in range(len(z)):
        row = z[k]
        for b in range(len(sums)):
            row[b] *= sums[b]
    for b in range(len(sums)):
        z[classes[b], b] -= share[b]
    return loss


@compiled
def _squared_error(z, classes, share, powers):
    """The loss share |o - t|^2 / 2 of o = logistic(z), summed; puts its derivative share (o - t) o
    (1 - o) in place of z.
    """
    loss = 0.0
    for k in range(len(z)):
        row = z[k]
        _logistic(row, powers)
        for b in range(len(row)):
            o = row[b]
            error = o - float32(classes[b] == k)
            loss += float32(0.5) * share[b] * error * error
            row[b] = share[b] * error * (o - o * o)
    return loss


@compiled
def adam(parameters, gradient, mean, square, rate, step):
    """Step number ``step``, from 1; the bias corrections of both moments are moved into ``rate``
    and epsilon.
    """
    short_1, short_2 = 1 - BETA_1**step, sqrt(1 - BETA_2**step)
    size, least = float32(rate * short_2 / short_1), float32(EPSILON * short_2)
    for p in range(len(parameters)):
        mean[p] += float32(1 - BETA_1) * (gradient[p] - mean[p])
        square[p] += float32(1 - BETA_2) * (gradient[p] * gradient[p] - square[p])
        parameters[p] -= size * mean[p] / (sqrt(square[p]) + least)

"""Backpropagation in five steps on a network of two inputs, three hidden units and two outputs,
every number kept.

Rumelhart, Hinton & Williams (1986, Nature 323, 533); in the notation of Bishop (2006, section 5.3):
a_j the input of unit j (eq. 5.48), z_j = h(a_j) its output (eq. 5.49), delta_j = dE / da_j (eq.
5.51), dE / dw_ji = delta_j z_i (eq. 5.53). Hidden units are tanh, outputs linear, E = 1/2 sum_k
(y_k - t_k)^2 of one object. All in float64, by plain sums, and then once more by torch's automatic
differentiation of the package's own network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from astronn.networks.mlp import Feedforward, FeedforwardConfig

# Round numbers, so that a listener can follow with a pocket calculator.
INPUTS = np.array([0.5, -1.0])
TARGETS = np.array([1.0, 0.0])
WEIGHTS_1 = np.array([[0.4, -0.3], [-0.2, 0.6], [0.7, 0.1]])  # w_ji: hidden unit j, input i
BIASES_1 = np.array([0.1, -0.1, 0.2])
WEIGHTS_2 = np.array([[0.5, -0.4, 0.3], [-0.6, 0.2, 0.8]])  # w_kj: output k, hidden unit j
BIASES_2 = np.array([0.0, 0.1])
RATE = 0.1


@dataclass(frozen=True)
class Pass:
    """All quantities of one pass: a_hidden, z, delta_hidden (3,), y, delta (2,), gradients shaped
    as weights and biases.
    """

    a_hidden: np.ndarray
    z: np.ndarray
    y: np.ndarray
    error: float
    delta: np.ndarray
    delta_hidden: np.ndarray
    gradient_1: np.ndarray  # (3, 2)
    gradient_2: np.ndarray  # (2, 3)
    weights_1: np.ndarray  # after the step
    biases_1: np.ndarray
    weights_2: np.ndarray
    biases_2: np.ndarray
    error_after: float  # E with the weights after the step


@dataclass(frozen=True)
class Result:
    """The same pass by hand and by automatic differentiation."""

    by_hand: Pass
    automatic: Pass

    def largest_difference(self) -> float:
        """The largest absolute difference between any two quantities of the passes."""
        names = Pass.__dataclass_fields__
        return max(
            float(np.abs(getattr(self.by_hand, n) - getattr(self.automatic, n)).max())
            for n in names
        )


def compute() -> Result:
    """One object forward, backward and one step of gradient descent, twice."""
    return Result(by_hand(), automatic())


def by_hand() -> Pass:
    """The five steps, each unit and each weight on its own."""
    # 1. Forward: every hidden unit sums its inputs and applies tanh; every output sums the
    #    hidden units.
    a_hidden = [sum(w * x for w, x in zip(row, INPUTS)) + b for row, b in zip(WEIGHTS_1, BIASES_1)]
    z = [np.tanh(a) for a in a_hidden]
    y = _outputs(z, WEIGHTS_2, BIASES_2)
    # 2. The outputs' errors: delta_k = y_k - t_k (eq. 5.54).
    delta = [y_k - t_k for y_k, t_k in zip(y, TARGETS)]
    # 3. Back over the same weights: delta_j = h'(a_j) sum_k w_kj delta_k (eq. 5.56), with
    #    tanh' = 1 - tanh^2.
    delta_hidden = [
        (1 - z[j] ** 2) * sum(WEIGHTS_2[k, j] * delta[k] for k in range(2)) for j in range(3)
    ]
    # 4. The derivative by each weight: what comes out of its lower end times the error at its
    #    upper end (eq. 5.53).
    gradient_1 = [[delta_hidden[j] * INPUTS[i] for i in range(2)] for j in range(3)]
    gradient_2 = [[delta[k] * z[j] for j in range(3)] for k in range(2)]
    # 5. A step downhill: w <- w - rate dE/dw; a bias is a weight whose lower end is always 1.
    w1, b1 = WEIGHTS_1 - RATE * np.array(gradient_1), BIASES_1 - RATE * np.array(delta_hidden)
    w2, b2 = WEIGHTS_2 - RATE * np.array(gradient_2), BIASES_2 - RATE * np.array(delta)
    after = _outputs([np.tanh(a) for a in w1 @ INPUTS + b1], w2, b2)
    return Pass(
        a_hidden=np.array(a_hidden),
        z=np.array(z),
        y=np.array(y),
        error=_error(y),
        delta=np.array(delta),
        delta_hidden=np.array(delta_hidden),
        gradient_1=np.array(gradient_1),
        gradient_2=np.array(gradient_2),
        weights_1=w1,
        biases_1=b1,
        weights_2=w2,
        biases_2=b2,
        error_after=_error(after),
    )


def automatic() -> Pass:
    """The same quantities from the package's network, torch.autograd and torch.optim.SGD."""
    network = Feedforward(FeedforwardConfig(2, (3,), 2)).double()
    values = (WEIGHTS_1.T, WEIGHTS_2.T), (BIASES_1, BIASES_2)
    with torch.no_grad():
        for own, given in zip((network.weights, network.biases), values):
            for parameter, value in zip(own, given):
                parameter.copy_(torch.from_numpy(value))
    x, t = torch.from_numpy(INPUTS)[None], torch.from_numpy(TARGETS)
    a_hidden = torch.baddbmm(network.biases[0], x[None], network.weights[0])  # (1, 1, 3)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    y = network(x)[0, 0]
    error = 0.5 * (y - t).square().sum()
    error.backward()
    (g1, g2), (d1, d2) = ([_gradient(p) for p in own] for own in (network.weights, network.biases))
    optimizer.step()
    after = 0.5 * (network(x)[0, 0] - t).square().sum()
    (w1, w2), (b1, b2) = network.weights, network.biases
    return Pass(
        a_hidden=_plain(a_hidden),
        z=_plain(a_hidden.tanh()),
        y=_plain(y),
        error=float(error.detach()),
        delta=_plain(d2),  # for one object dE/db is delta
        delta_hidden=_plain(d1),
        gradient_1=_plain(g1.mT),
        gradient_2=_plain(g2.mT),
        weights_1=_plain(w1.mT),
        biases_1=_plain(b1),
        weights_2=_plain(w2.mT),
        biases_2=_plain(b2),
        error_after=float(after.detach()),
    )


def _outputs(z: list, weights: np.ndarray, biases: np.ndarray) -> list:
    return [sum(w * z_j for w, z_j in zip(row, z)) + b for row, b in zip(weights, biases)]


def _error(y: list) -> float:
    return float(0.5 * sum((y_k - t_k) ** 2 for y_k, t_k in zip(y, TARGETS)))


def _gradient(parameter: torch.Tensor) -> torch.Tensor:
    """A copy of what backward() left; 0 where it left nothing."""
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()


def _plain(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().squeeze().numpy().copy()

"""The feedforward network against numpy, and its gradient against finite differences."""

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.networks.mlp import ACTIVATIONS, Feedforward, FeedforwardConfig
from astronn.training.losses import LOSSES


def started(config: FeedforwardConfig, seed: int = 0) -> Feedforward:
    network = Feedforward(config)
    network.start([torch.Generator().manual_seed(seed + m) for m in range(config.members)])
    return network


def numpy_weights(network: Feedforward, member: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (w[member].detach().numpy(), b[member].detach().numpy())
        for w, b in zip(network.weights, network.biases)
    ]


def test_the_forward_pass_is_the_formula():
    network = started(FeedforwardConfig(3, (4, 2), 5, members=2))
    for bias in network.biases:
        torch.nn.init.normal_(bias, generator=torch.Generator().manual_seed(9))
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(1))
    for member in range(2):
        (w1, b1), (w2, b2), (w3, b3) = numpy_weights(network, member)
        expected = np.tanh(np.tanh(x.numpy() @ w1 + b1) @ w2 + b2) @ w3 + b3
        np.testing.assert_allclose(
            network(x)[member].detach(), expected, rtol=1e-5, atol=1e-6
        )  # float32 sums of 4


def test_each_member_may_have_its_own_batch():
    network, x = started(FeedforwardConfig(3, (4,), 2, members=2)), torch.rand(2, 6, 3)
    torch.testing.assert_close(network(x)[1], network(x[1])[1])


def test_no_hidden_layer_is_linear():
    network, x = started(FeedforwardConfig(3, (), 2)), torch.rand(4, 3)
    torch.testing.assert_close(network(x + x), 2 * network(x))  # biases start at zero


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_the_gradient_is_that_of_finite_differences(activation, loss):
    network = started(FeedforwardConfig(3, (4,), 3, activation=activation, members=2)).double()
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(2, 5, 3, dtype=torch.float64, generator=generator)
    classes = torch.randint(0, 3, (2, 5), generator=generator)

    def objective(*_):
        return (
            LOSSES[loss].per_object(network(x), classes).mean(-1) + 0.1 * network.penalty()
        ).sum()

    assert torch.autograd.gradcheck(
        objective, tuple(network.parameters()), eps=1e-6, atol=1e-7, fast_mode=True
    )


def test_starting_weights_fill_glorots_interval_and_depend_on_their_own_generator():
    network = started(FeedforwardConfig(100, (200,), 5, members=2), seed=4)
    bound = (6 / 300) ** 0.5
    assert 0.99 * bound < network.weights[0].abs().max() <= bound
    alone = started(FeedforwardConfig(100, (200,), 5), seed=5)
    assert torch.equal(network.weights[0][1], alone.weights[0][0])


def test_the_penalty_leaves_biases_out():
    network = Feedforward(FeedforwardConfig(2, (), 1))
    with torch.no_grad():
        network.weights[0].copy_(torch.tensor([[[3.0], [4.0]]]))
        network.biases[0].fill_(100.0)
    assert network.penalty().tolist() == [12.5]  # (9 + 16) / 2


def test_unknown_activation():
    with pytest.raises(
        AstronnError, match="unknown activation 'sine'; choose one of: gelu, identity, logistic"
    ):
        Feedforward(FeedforwardConfig(2, (3,), 2, activation="sine"))

"""The written-out backward pass against automatic differentiation, finite differences and the training loop."""

import pytest
import torch

from astronn.losses import LOSSES
from astronn.networks import one_hidden
from astronn.networks.mlp import Feedforward, FeedforwardConfig
from astronn.training import TableBatches, TrainingConfig, train

CASES = [(activation, loss) for activation in one_hidden.TRANSFERS for loss in one_hidden.LOSSES]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(activation: str = "tanh", members: int = 3) -> Feedforward:
    made = Feedforward(FeedforwardConfig(4, (6,), 3, activation, members))
    made.start([torch.Generator().manual_seed(member) for member in range(members)])
    with torch.no_grad():
        for bias in made.biases:
            bias.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(9))
    return made


def objects(n: int = 50) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, classes, and weights that differ from object to object."""
    draws = torch.Generator().manual_seed(1)
    x, weights = torch.randn(n, 4, generator=draws), torch.rand(n, generator=draws) + 0.5
    return x, torch.randint(3, (n,), generator=draws), weights


def objective(made: Feedforward, loss: str, weight_decay: float):
    def of(batch):
        x, classes, weights = batch
        return (LOSSES[loss].per_object(made(x), classes) * weights).mean(-1) + weight_decay * made.penalty()

    return of


def expanded(batch, members: int):
    return tuple(part.expand(members, *part.shape) for part in batch)


@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_the_five_steps_give_the_gradient_of_automatic_differentiation(activation, loss):
    made, batch = network(activation), objects()
    expected = objective(made, loss, 0.1)(expanded(batch, 3))
    expected.sum().backward()
    descent = one_hidden.Descent(made, loss, 0.1, lambda _: 0.0)
    (block,) = one_hidden.Blocks(*batch, 3, 50, torch.Generator())
    with torch.inference_mode():
        found = descent.backpropagate(*block)
    torch.testing.assert_close(found, (expected - 0.1 * made.penalty()).detach().sum(), rtol=1e-5, atol=1e-6)
    for parameter, gradient in zip(descent.parameters, descent.gradients):
        as_kept = parameter.grad.mT.reshape(gradient.shape)
        torch.testing.assert_close(gradient, as_kept, rtol=1e-4, atol=1e-6)  # float32: 50 terms of 1e-7 each


@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_training_ends_at_the_same_weights(activation, loss):
    config, batch = TrainingConfig(learning_rate=0.02, max_epochs=5), objects(97)  # batches of 33, 32 and 32
    by_hand, by_autograd = network(activation), network(activation)
    blocks = one_hidden.Blocks(*batch, 3, 40, torch.Generator().manual_seed(5))
    ours = train(
        by_hand, None, blocks, config,
        descend=lambda net, aim, how: one_hidden.descend(net, aim, how, loss=loss, weight_decay=0.01),
    )  # fmt: skip
    batches = TableBatches(batch, 40, [torch.Generator().manual_seed(5) for _ in range(3)])
    theirs = train(by_autograd, objective(by_autograd, loss, 0.01), batches, config)
    for a, b in zip(by_hand.parameters(), by_autograd.parameters()):
        torch.testing.assert_close(a, b, rtol=0, atol=2e-5)  # 15 steps of 0.02; Adam enlarges rounding where gradients vanish
    assert ours.loss == pytest.approx(theirs.loss, rel=0.02)  # one has the penalty of the epoch's end, the other its mean


def test_the_slope_of_the_loss_is_the_gradient():
    """(E(w + s) - E(w - s)) / 2s, the definition, on one weight of one member."""
    made, batch, step = network(members=1), objects(), 1e-2
    descent = one_hidden.Descent(made, "cross_entropy", 0.0, lambda _: 0.0)
    (block,) = one_hidden.Blocks(*batch, 3, 50, torch.Generator())
    with torch.inference_mode():
        descent.backpropagate(*block)
        slope = descent.gradients[0][2, 1].item()
        losses = []
        for move in (step, -2 * step):
            descent.matrices[0][2, 1] += move
            losses.append(descent.backpropagate(*block).item())
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(slope, abs=1e-4)


def test_members_do_not_feel_each_other():
    together, alone = network(members=3), network(members=3)
    with torch.no_grad():
        for parameter in together.parameters():
            parameter[1:] *= 3
    for made in (together, alone):
        descent = one_hidden.Descent(made, "cross_entropy", 0.01, lambda _: 0.01)
        descent.epoch(one_hidden.Blocks(*objects(), 3, 10, torch.Generator().manual_seed(2)), 1)
    for a, b in zip(together.parameters(), alone.parameters()):
        torch.testing.assert_close(a[0], b[0], rtol=0, atol=1e-6)


def test_blocks_are_the_batches_of_a_table():
    batch = objects(103)
    blocks = list(one_hidden.Blocks(*batch, 3, 20, torch.Generator().manual_seed(4)))
    tables = list(TableBatches(batch, 20, [torch.Generator().manual_seed(4)]))
    for (x, mass, share), (rows, classes, weights) in zip(blocks, tables, strict=True):
        assert torch.equal(x, rows[0].T)
        assert torch.equal(mass.argmax(0), classes[0])
        torch.testing.assert_close(share, weights[0] / len(rows[0]))


@pytest.mark.parametrize(
    ("hidden", "activation", "known"),
    [((5,), "tanh", True), ((), "tanh", False), ((5, 5), "relu", False), ((5,), "gelu", False)],
)
def test_what_is_written_out(hidden, activation, known):
    assert one_hidden.knows(FeedforwardConfig(2, hidden, 2, activation), "cross_entropy") is known

"""The compiled backward pass against automatic differentiation, finite differences and the training
loop.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from astronn import FeedforwardClassifier
from astronn.compute import compiling
from astronn.errors import AstronnError
from astronn.inputs.labels import class_weights, sample_weights
from astronn.networks.mlp import Feedforward, FeedforwardConfig
from astronn.training.compiled import backpropagation, descent
from astronn.training.loop import TableBatches, TrainingConfig, train
from astronn.training.losses import LOSSES

CASES = [(activation, loss) for activation in descent.TRANSFERS for loss in descent.LOSSES]
DEPTHS = [(), (6,), (5, 7), (3, 8, 4)]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(
    activation: str = "tanh", members: int = 3, hidden: tuple[int, ...] = (6,)
) -> Feedforward:
    made = Feedforward(FeedforwardConfig(4, hidden, 3, activation, members))
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
        return (LOSSES[loss].per_object(made(x), classes) * weights).mean(
            -1
        ) + weight_decay * made.penalty()

    return of


def expanded(batch, members: int):
    return tuple(part.expand(members, *part.shape) for part in batch)


def one_pass(found: descent.Descent, batch, member: int) -> tuple[float, np.ndarray]:
    """The loss of all objects as one batch, and the gradient, of one member as it stands."""
    x, classes, share = descent.Batches(*batch, len(batch[0]), torch.Generator()).shuffled()
    gradient = np.full(found.parameters.shape[1], np.nan, np.float32)
    room = np.full((50, len(classes)), np.nan, np.float32)[
        : 2 * found.layers[1, -1] + found.layers[0, -1] + 2
    ]
    loss = backpropagation.backpropagate(
        x.reshape(-1, len(classes)),
        classes,
        share,
        found.layers,
        found.kinds,
        found.parameters[member],
        gradient,
        found.weight_decay,
        room,
    )
    return loss, gradient


def trained(made: Feedforward, batch, loss: str, threads: int = 1, epochs: int = 5):
    how = partial(descent.descend, loss=loss, weight_decay=0.01, threads=threads)
    batches = descent.Batches(*batch, 40, torch.Generator().manual_seed(5))
    return train(
        made, None, batches, TrainingConfig(learning_rate=0.02, max_epochs=epochs), descend=how
    )


@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_the_five_steps_give_the_gradient_of_automatic_differentiation(activation, loss, hidden):
    made, batch = network(activation, hidden=hidden), objects()
    expected = objective(made, loss, 0.1)(expanded(batch, 3))
    expected.sum().backward()
    expected = (expected - 0.1 * made.penalty()).detach()
    ours = descent.Descent(made, loss, 0.1, lambda _: 0.0)
    layers = [part for pair in zip(made.weights, made.biases) for part in pair]
    for member in range(3):
        value, gradient = one_pass(ours, batch, member)
        assert value == pytest.approx(float(expected[member]), rel=1e-5)
        of_autograd = torch.cat([part.grad[member].mT.flatten() for part in layers])
        torch.testing.assert_close(
            torch.from_numpy(gradient), of_autograd, rtol=1e-4, atol=1e-6
        )  # 50 terms of 1e-7 each


@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_training_ends_at_the_same_weights(activation, loss, hidden):
    by_hand, by_autograd, batch = (
        network(activation, hidden=hidden),
        network(activation, hidden=hidden),
        objects(97),
    )
    ours = trained(by_hand, batch, loss)  # batches of 33, 32 and 32
    batches = TableBatches(batch, 40, [torch.Generator().manual_seed(5) for _ in range(3)])
    config = TrainingConfig(learning_rate=0.02, max_epochs=5)
    theirs = train(by_autograd, objective(by_autograd, loss, 0.01), batches, config)
    for a, b in zip(by_hand.parameters(), by_autograd.parameters()):
        torch.testing.assert_close(
            a, b, rtol=0, atol=5e-5
        )  # 15 steps of 0.02; Adam enlarges rounding where gradients vanish
    assert ours.loss == pytest.approx(
        theirs.loss, rel=0.03
    )  # one has the penalty of the epoch's end, the other its mean


def test_the_slope_of_the_loss_is_the_gradient():
    """(E(w + s) - E(w - s)) / 2s, the definition, on one weight of one member."""
    step, weight = 1e-2, 2 * 4 + 1  # from input 1 to hidden unit 2
    ours, batch = (
        descent.Descent(network(members=1), "cross_entropy", 0.0, lambda _: 0.0),
        objects(),
    )
    slope, losses = one_pass(ours, batch, 0)[1][weight], []
    for move in (step, -2 * step):
        ours.parameters[0, weight] += move
        losses.append(one_pass(ours, batch, 0)[0])
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(slope, abs=1e-4)


def test_members_do_not_feel_each_other():
    together, alone = network(), network(members=1)
    with torch.no_grad():
        for parameter in together.parameters():
            parameter[1:] *= 3
    for made in (together, alone):
        trained(made, objects(), "cross_entropy", epochs=1)
    for a, b in zip(together.parameters(), alone.parameters()):
        assert torch.equal(a[0], b[0])


def test_the_bytes_do_not_depend_on_the_number_of_threads():
    one, several = network(members=5), network(members=5)
    losses = [
        trained(made, objects(), "cross_entropy", threads).loss
        for made, threads in ((one, 1), (several, 3))
    ]
    assert losses[0] == losses[1]
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), several.parameters()))


@pytest.mark.parametrize("activation", descent.TRANSFERS)
@pytest.mark.parametrize("loss", descent.LOSSES)
def test_large_values_saturate_and_nothing_overflows(activation, loss):
    made, (x, classes, weights) = network(activation), objects()
    values = [
        one_pass(descent.Descent(made, loss, 0.0, lambda _: 0.0), (x * size, classes, weights), 0)
        for size in (1e3, 1e6)
    ]
    assert all(np.isfinite(value) and np.isfinite(gradient).all() for value, gradient in values)


@pytest.mark.parametrize("activation", descent.TRANSFERS)
@pytest.mark.parametrize("loss", descent.LOSSES)
@pytest.mark.parametrize("where", range(4))
def test_a_weight_that_is_no_number_is_not_hidden(activation, loss, where):
    made = network(activation)
    with torch.no_grad():
        list(made.parameters())[where].flatten()[0] = torch.nan
    with pytest.raises(AstronnError, match="diverged"):
        trained(made, objects(), loss)


def table(n: int = 120, features: int = 4) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(0)
    x = draws.normal(size=(n, features))
    return x, np.array(["E", "S", "I"])[(x[:, 0] > 0).astype(int) + (x[:, 1] > 1)]


OPTIONS = {
    "as it comes": {},
    "a class of weight 0": {"class_weight": {"E": 0.0, "S": 1.0, "I": 3.0}},
    "early stopping": {"early_stopping": True, "ensemble_size": 3, "loss": "squared_error"},
    "no hidden layer": {"hidden_layers": ()},
    "one object a batch": {"batch_size": 1},
    "all objects at once": {"batch_size": descent.LARGEST_BATCH},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_classifier_is_that_of_automatic_differentiation(options, monkeypatch):
    how = {
        "hidden_layers": (6, 5),
        "activation": "tanh",
        "max_epochs": 4,
        "device": "cpu",
        "random_state": 1,
    } | options
    x, y = table()
    ours = FeedforwardClassifier(**how).fit(x, y)
    monkeypatch.setattr(descent, "supports", lambda *_: False)
    theirs = FeedforwardClassifier(**how).fit(x, y)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), atol=1e-5)
    assert ours.history_.best_epoch == theirs.history_.best_epoch


def test_members_are_shared_out_among_the_threads_that_torch_is_set_to(monkeypatch):
    asked, share_out = [], compiling.share_out

    def seen(work, n, threads):
        asked.append((n, threads))
        share_out(work, n, threads)

    monkeypatch.setattr(compiling, "share_out", seen)
    torch.set_num_threads(2)
    FeedforwardClassifier((5,), ensemble_size=3, max_epochs=2, device="cpu").fit(*table())
    assert asked == [(3, 2), (3, 2)]


def test_whatever_is_handed_in_the_compiled_code_is_the_same():
    """Another kind of array or number would be seconds of compiling for one training."""
    x, y = table()
    frozen = x.astype(np.float32)
    frozen.flags.writeable = False
    kinds = (np.asfortranarray(x), pd.DataFrame(x), frozen, torch.from_numpy(x)[:, ::2])
    for given, rate in zip(kinds, (0.01, np.float32(0.01), 1, np.float64(0.01))):
        for hidden, members in (((), 1), ((5, 4), 3)):
            FeedforwardClassifier(
                hidden, ensemble_size=members, learning_rate=rate, max_epochs=1, device="cpu"
            ).fit(given, y)
    assert len(backpropagation.descend.signatures) == len(backpropagation.lay_out.signatures) == 1


def test_the_exponential():
    values = np.concatenate([np.linspace(-87, 87, 100_001), np.linspace(-1, 1, 10_001)]).astype(
        np.float32
    )
    found = values.copy()
    backpropagation._exponential(found, np.empty_like(found))
    np.testing.assert_allclose(found, np.exp(values.astype(float)), rtol=3e-7)
    beyond = np.array([-np.inf, -1e30, 1e30, np.inf, np.nan], np.float32)
    backpropagation._exponential(beyond, np.empty_like(beyond))
    np.testing.assert_allclose(beyond, np.exp([-87.0, -87, 87, 87, np.nan]), rtol=3e-7)


def test_batches_are_those_of_a_table():
    batch = objects(103)
    ours = descent.Batches(*batch, 20, torch.Generator().manual_seed(4))
    x, classes, share = ours.shuffled()
    tables = list(TableBatches(batch, 20, [torch.Generator().manual_seed(4)]))
    for start, stop, (rows, of_rows, weights) in zip(
        ours.bounds[:-1], ours.bounds[1:], tables, strict=True
    ):
        assert np.array_equal(x[4 * start : 4 * stop].reshape(4, -1), rows[0].T)
        assert np.array_equal(classes[start:stop], of_rows[0])
        np.testing.assert_allclose(share[start:stop], weights[0] / (stop - start), rtol=1e-6)


def test_the_numbers_of_what_is_written_out():
    assert descent.TRANSFERS.index("logistic") == backpropagation.LOGISTIC
    assert descent.TRANSFERS.index("relu") == backpropagation.RELU
    assert descent.LOSSES.index("cross_entropy") == backpropagation.CROSS_ENTROPY


def test_a_large_batch_is_left_to_torch():
    assert not descent.supports(network(), "cross_entropy", descent.LARGEST_BATCH + 1)


@pytest.mark.parametrize(
    ("hidden", "activation", "known"),
    [
        ((5,), "tanh", True),
        ((), "gelu", True),
        ((5, 5), "relu", True),
        ((5,), "gelu", False),
        ((300, 300), "tanh", False),
    ],
)
def test_what_is_written_out(hidden, activation, known):
    assert (
        descent.supports(
            Feedforward(FeedforwardConfig(2, hidden, 2, activation)), "cross_entropy", 200
        )
        is known
    )


REPEATED = np.array([1, 2, 3, 1, 2] * 4)


@pytest.mark.parametrize("loss", descent.LOSSES)
def test_an_object_of_weight_2_has_the_gradient_of_the_object_twice(loss):
    """In the compiled pass and in automatic differentiation, the loss of all objects at once."""
    x, classes, _ = objects(len(REPEATED))
    own = sample_weights(REPEATED, classes.numpy(), "object")
    weighted = x, classes, torch.from_numpy(own)
    times = torch.from_numpy(REPEATED)
    twice = [part.repeat_interleave(times, 0) for part in (x, classes)]
    repeated = *twice, torch.ones(int(times.sum()))
    made = network("tanh")
    ours = descent.Descent(made, loss, 0.1, lambda _: 0.0)
    for member in range(3):
        (value, gradient), (expected, other) = (
            one_pass(ours, batch, member) for batch in (weighted, repeated)
        )
        assert value == pytest.approx(expected, rel=1e-6)
        assert gradient == pytest.approx(other, rel=1e-5, abs=1e-7)
    found = []
    for batch in (weighted, repeated):
        made.zero_grad()
        objective(made, loss, 0.1)(expanded(batch, 3)).sum().backward()
        found.append(torch.cat([part.grad.flatten() for part in made.parameters()]))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("rule", [None, "balanced", 0.5, {0: 1.0, 1: 3.0, 2: 0.2}])
def test_weights_of_classes_count_an_object_of_weight_2_twice(rule):
    _, classes, _ = objects(len(REPEATED))
    codes, names = classes.numpy(), np.arange(3)
    own = sample_weights(REPEATED, codes, "object")
    each = class_weights(rule, names, codes, own).repeat(REPEATED)
    expected = class_weights(rule, names, codes.repeat(REPEATED))
    assert each == pytest.approx(expected, rel=1e-6)

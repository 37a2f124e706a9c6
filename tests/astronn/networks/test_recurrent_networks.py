"""Recurrent families: one step by hand, and padding that never matters."""

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.networks import sequences as families
from astronn.networks.sequences._shared import Pool, turned

PLAIN = {"hidden": 2, "bidirectional": False, "pooling": "last", "dense": (), "dropout": 0.0}
X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])  # three entries of two numbers


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(name, **own):
    torch.manual_seed(3)
    return families.make(name, (2, 0), 3, PLAIN | own).eval()


def logits(module, x):
    x = torch.tensor(x, dtype=torch.float32)[None]
    return module(x, torch.tensor([x.shape[1]]), torch.zeros(1, 0)).detach().numpy()[0]


def numbers(*tensors):
    return [tensor.detach().double().numpy() for tensor in tensors]


def test_families_are_found_by_file():
    assert {"elman", "gru", "lstm", "conv_gru"} <= set(families.names())


@pytest.mark.parametrize("n_entries", [1, 3])
def test_elman_by_hand(n_entries):
    """h(t) = tanh(U x(t) + W h(t-1) + b), y = V h + c."""
    module = network("elman")
    layer, output = module.layers.forwards[0], module.head[-1]
    U, W, b, V, c = numbers(layer.U, layer.W, layer.b, output.weight, output.bias)
    h = np.zeros(2)
    for x in X[:n_entries]:
        h = np.tanh(U @ x + W @ h + b)
    assert logits(module, X[:n_entries]) == pytest.approx(V @ h + c, abs=1e-6)


@pytest.mark.parametrize("n_entries", [1, 3])
def test_lstm_by_hand(n_entries):
    module = network("lstm")
    layer, output = module.layers.forwards[0].layer, module.head[-1]
    U, W, b, d = numbers(layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    h, cell = np.zeros(2), np.zeros(2)
    for x in X[:n_entries]:
        i, f, g, o = np.split(U @ x + W @ h + b + d, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(cell)
    V, c = numbers(output.weight, output.bias)
    assert logits(module, X[:n_entries]) == pytest.approx(V @ h + c, abs=1e-6)
    assert b[2:4].tolist() == [1, 1] and not d.any()  # a new network remembers


@pytest.mark.parametrize("n_entries", [1, 3])
def test_gru_by_hand(n_entries):
    module = network("gru")
    layer, output = module.layers.forwards[0].layer, module.head[-1]
    U, W, b, d = numbers(layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    h = np.zeros(2)
    for x in X[:n_entries]:
        (u_r, u_z, u_n), (w_r, w_z, w_n) = np.split(U @ x + b, 3), np.split(W @ h + d, 3)
        z = sigmoid(u_z + w_z)
        h = (1 - z) * np.tanh(u_n + sigmoid(u_r + w_r) * w_n) + z * h
    V, c = numbers(output.weight, output.bias)
    assert logits(module, X[:n_entries]) == pytest.approx(V @ h + c, abs=1e-6)


def test_elman_gradient_through_time_by_differences():
    module = network("elman").double()
    x = torch.from_numpy(X)[None]

    def total(W):
        return torch.func.functional_call(module.layers.forwards[0], {"W": W}, x).sum()

    assert torch.autograd.gradcheck(
        total, module.layers.forwards[0].W.detach().clone().requires_grad_()
    )


FAMILIES = [
    (name, {"pooling": pooling, "bidirectional": both, "layers": layers})
    for name in families.names()
    for pooling, both, layers in [
        ("attention", True, 1),
        ("mean", True, 2),
        ("last", False, 1),
        ("last", True, 1),
    ]
]


@pytest.mark.parametrize(("name", "own"), FAMILIES)
def test_padding_and_company_never_change_an_answer(name, own):
    """Each sequence alone, and in a batch with longer ones, with rubbish in the padding."""
    module = network(name, hidden=5, **own)
    lengths = [0, 1, 2, 7, 12]
    x = torch.randn(5, 12, 2, generator=torch.Generator().manual_seed(0))
    alone = torch.cat(
        [
            module(x[i : i + 1, : max(1, n)], torch.tensor([n]), torch.zeros(1, 0))
            for i, n in enumerate(lengths)
        ]
    )
    together = module(
        torch.nn.functional.pad(x, (0, 0, 0, 9), value=1e3),
        torch.tensor(lengths),
        torch.zeros(5, 0),
    )
    for i, n in enumerate(lengths):
        x[i, n:] = 1e4
    assert torch.allclose(module(x, torch.tensor(lengths), torch.zeros(5, 0)), alone, atol=1e-6)
    assert torch.allclose(together, alone, atol=1e-6) and together.isfinite().all()
    assert not torch.allclose(alone[1], alone[3], atol=1e-4)


@pytest.mark.parametrize("name", families.names())
def test_padding_has_no_gradient(name):
    module = network(name, bidirectional=True, pooling="attention")
    x = torch.randn(3, 6, 2, requires_grad=True)
    module(x, torch.tensor([0, 4, 6]), torch.zeros(3, 0)).sum().backward()
    assert not x.grad[0].any() and not x.grad[1, 4:].any() and x.grad[1, :4].all()
    assert all(p.grad.isfinite().all() for p in module.parameters())


@pytest.mark.parametrize("name", ["elman", "gru", "lstm"])
def test_over_time_ends_with_the_answer_and_looks_only_back(name):
    module = network(name)
    x = torch.tensor(X, dtype=torch.float32)[None]
    over_time = module.over_time(x)[0]
    for n in (1, 2, 3):
        assert over_time[n - 1].detach().numpy() == pytest.approx(logits(module, X[:n]), abs=1e-6)


def test_turning_twice_is_no_turn():
    x, lengths = torch.arange(8.0).view(2, 4, 1), torch.tensor([3, 0])
    assert turned(x, lengths).flatten().tolist() == [2, 1, 0, 3, 4, 5, 6, 7]
    assert torch.equal(turned(turned(x, lengths), lengths), x)


def test_mean_pooling_is_the_mean_of_what_is_there():
    states = torch.tensor([[[1.0], [3.0], [100.0]]])
    assert Pool("mean", 1, 0)(states, torch.tensor([2])).item() == 2


def test_dropout_of_weights_and_wrong_options_are_named():
    with pytest.raises(
        AstronnError, match=r"pooling must be one of 'attention', 'mean', 'last', not 'max'"
    ):
        families.make("gru", (2, 0), 3, {"pooling": "max"})
    with pytest.raises(AstronnError, match=r"kernel_size must be odd, not 4"):
        families.make("conv_gru", (2, 0), 3, {"kernel_size": 4})
    with pytest.raises(
        AstronnError, match=r"unknown network 'rnn'; choose one of: conv_gru, elman, gru, lstm"
    ):
        families.make("rnn", (2, 0), 3)

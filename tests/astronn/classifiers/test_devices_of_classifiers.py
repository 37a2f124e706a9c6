"""What holds for every classifier that is found on every device that there is: a card pretends to
be there, and a real one is taken where there is one.
"""

from contextlib import nullcontext

import classifier_toys as toys
import numpy as np
import pretended_card
import pytest
import torch

import astronn
from astronn import (
    CaptionClassifier,
    ConvolutionalClassifier,
    FeedforwardClassifier,
    ImageSequenceClassifier,
    RecurrentClassifier,
)

NETWORKS = toys.networks()
CAUSAL = {
    "causal": True,
    "scalar_features": False,
    "network_options": {"hidden": 3, "dense": [], "bidirectional": False, "pooling": "last"},
}
every = pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
real = pytest.param(
    "cuda",
    marks=[
        pytest.mark.gpu,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    ],
)
# options that lead another way through a step, by classifier
WAYS = [
    (ConvolutionalClassifier, {"network": "residual", "network_options": {"maps": 2}}),
    (ConvolutionalClassifier, {"network": "pooled", "network_options": {"maps": 2}}),
    (ConvolutionalClassifier, {"network": "polar", "network_options": {"maps": 2}}),
    (ConvolutionalClassifier, {"scaling": "survey", "rotation": 180.0, "zoom": 0.1}),
    (
        ConvolutionalClassifier,
        {"detail": 2, "colour": 0.1, "mirror": True, "rotation": 180.0, "test_views": 8},
    ),
    (ConvolutionalClassifier, {"symmetric": True, "mirror_pairs": [("flat", "upright")]}),
    (RecurrentClassifier, {"network": "lstm"}),
    (RecurrentClassifier, {"network": "elman"}),
    (RecurrentClassifier, {"network": "conv_gru", "network_options": {}}),
    (RecurrentClassifier, {"folded": True, "noise": 0.5, "subsample": 0.5}),
    (RecurrentClassifier, CAUSAL),
    (ImageSequenceClassifier, {"memory": "lstm"}),
    (ImageSequenceClassifier, {"memory": "elman"}),
    (CaptionClassifier, {"attention": "hard", "cell": "gru"}),
    (CaptionClassifier, {"mirror": True, "rotation": 180.0, "test_views": 8}),
    (FeedforwardClassifier, {"loss": "squared_error"}),
    (FeedforwardClassifier, {"optimizer": "lbfgs"}),
]
# how often one step may have the processor wait for a card; a float image is not more than another
WAITS = {"features": 0, "images": 0, "light_curves": 1, "image_sequences": 1}


@pytest.fixture(params=["cpu", "pretended", real])
def device(request):
    """(name for ``device=``, a block in which that device is there)."""
    blocks = {"pretended": pretended_card.pretended}
    return "cpu" if request.param == "cpu" else "cuda", blocks.get(request.param, nullcontext)


def fitted(kind, where, *, fit=None, **given):
    data = toys.toys_for(kind)
    return toys.quick(kind, device=where, **given).fit(data.X, data.y, **(fit or {}))


@every
def test_it_learns_and_answers_as_on_the_processor(kind, device, tmp_path):
    where, there = device
    data, own = toys.toys_for(kind), {"early_stopping": True}
    expected = fitted(kind, "cpu", **own).predict_proba(data.X)
    with there():
        model = fitted(kind, where, **own)
        assert model._home.type == where
        found = model.predict_proba(data.X)
        model.save(tmp_path / "model")
        again = astronn.load(tmp_path / "model", device=where)
        assert again._home.type == where
        np.testing.assert_array_equal(again.predict_proba(data.X), found)
    assert found == pytest.approx(expected, abs=0.02)  # other sums, and bfloat16 in training
    other = astronn.load(tmp_path / "model", device="cpu")
    assert other.predict_proba(data.X) == pytest.approx(found, abs=1e-4)


@every
def test_an_ended_training_goes_on_to_the_same_bytes(kind, device, tmp_path):
    where, there = device

    def end(epoch, *_):
        if epoch == 3:
            raise KeyboardInterrupt("ended here")

    data = toys.toys_for(kind)
    with there():
        with pytest.raises(KeyboardInterrupt, match="ended here"):
            fitted(kind, where, max_epochs=4, fit={"checkpoint": tmp_path, "progress": end})
        again = fitted(kind, where, max_epochs=4, fit={"checkpoint": tmp_path})
        whole = fitted(kind, where, max_epochs=4)
        assert again.predict_proba(data.X).tobytes() == whole.predict_proba(data.X).tobytes()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0].__name__} {list(way[1].values())}")
def test_every_way_through_a_step_stays_on_the_card(way):
    kind, given = way
    data = toys.toys_for(kind)
    with pretended_card.pretended():
        model = fitted(kind, "cuda", **given)
        P = model.predict_proba(data.X)
        assert "parameters" in model.describe()
    assert P.sum(1) == pytest.approx(1, abs=1e-5)
    assert waits_of_a_step(kind, given) <= WAITS[kind.input_kind]


@every
def test_a_step_hardly_waits_for_the_card(kind):
    assert waits_of_a_step(kind, {}) <= WAITS[kind.input_kind]


def waits_of_a_step(kind, given):
    """By how much six steps wait more often than one, for each of the five."""
    each = []
    for batch_size in (24, 4):
        with pretended_card.pretended() as card:
            one = {} if kind.__name__ == "EnsembleClassifier" else {"ensemble_size": 1}
            how = {"max_epochs": 1, "batch_size": batch_size, **one, **given}
            fitted(kind, "cuda", **how)
            each.append(card.waits)
    more = each[1] - each[0]
    print(more)
    return sum(more.values()) / 5


def test_the_pretended_card_refuses_two_devices_and_counts_waits():
    with pretended_card.pretended() as card:
        a, b = torch.ones(3).to("cuda:0"), torch.ones(3)
        assert sum(card.waits.values()) == 1  # memory that is not pinned
        with pytest.raises(pretended_card.MixedDevices, match="was given"):
            a + b
        c = a + b.pin_memory().to("cuda:0", non_blocking=True)
        assert c.device == torch.device("cuda", 0) and sum(card.waits.values()) == 1
        assert (c.sum().item(), c.nonzero().shape, c.cpu().tolist()) == (6.0, (3, 1), [2.0] * 3)
        assert sum(card.waits.values()) == 4
        with pytest.raises(TypeError, match="to numpy; use"):
            c.numpy()


def test_auto_trains_a_small_network_on_the_processor_and_says_so(capsys):
    with pretended_card.pretended():
        assert fitted(FeedforwardClassifier, "auto", verbose=True)._home.type == "cpu"
        said = capsys.readouterr().out
        assert "device 'auto': the processor and not 'cuda:0', for a network this small" in said
        assert fitted(FeedforwardClassifier, "auto", optimizer="lbfgs")._home.type == "cuda"
        assert fitted(FeedforwardClassifier, "auto", hidden_layers=(500, 500))._home.type == "cuda"
        assert fitted(FeedforwardClassifier, "cuda")._home.type == "cuda"

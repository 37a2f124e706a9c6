"""Soft and hard attention against their equations (Xu et al. 2015), and the alignment of the
grid.
"""

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.networks import captions, images
from astronn.networks.captions import hard, soft
from astronn.networks.captions._attention import Spoken
from astronn.networks.captions._decoder import Config, Network
from astronn.networks.captions._encoder import Encoder


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def spoken(weights, log_place=None):
    return Spoken(
        torch.zeros(0), weights, torch.zeros(weights.shape[:2]) if log_place is None else log_place
    )


def test_soft_context_is_the_gated_expectation():
    """Eq. 13 and the gate of section 4.2.1, place by place."""
    attention = soft.Attention(soft.Config(), 5, 7)
    a, alpha, h = drawn(2, 6, 5), drawn(2, 1, 6, seed=1).softmax(2), drawn(2, 1, 7, seed=2)
    context, log_place = attention(a, alpha, h)
    beta = torch.sigmoid(h @ attention.beta.weight.T + attention.beta.bias)
    by_hand = beta * sum(alpha[..., i : i + 1] * a[:, None, i] for i in range(6))
    torch.testing.assert_close(context, by_hand)
    assert log_place.abs().max() == 0


def test_the_doubly_stochastic_penalty():
    """Eq. 14: two steps over four cells, all weight on cells 0 and 1, leave (1 - 1)^2 + (1 - 1)^2 +
    1 + 1.
    """
    weights = torch.eye(4)[:2].unsqueeze(0)  # (1, 2, 4)
    said = torch.ones(1, 2, dtype=torch.bool)
    for strength in (0.0, 3.0):
        attention = soft.Attention(soft.Config(doubly=strength), 2, 2)
        assert (
            attention.losses(torch.tensor([[1.0, 0.5]]), spoken(weights), said).item()
            == 1.5 + 2 * strength
        )
    assert (
        attention.losses(torch.zeros(1, 2), spoken(weights), said & False).item() == 4 * 3.0
    )  # nothing said, nothing seen


def test_hard_attention_looks_at_the_most_probable_place_out_of_training():
    attention = hard.Attention(hard.Config(gate=False), 3, 2).eval()
    a, alpha = drawn(1, 4, 3), torch.tensor([[[0.1, 0.2, 0.6, 0.1]]])
    assert torch.equal(attention(a, alpha, torch.zeros(1, 1, 2))[0][0, 0], a[0, 2])


def test_the_gate_of_hard_attention_is_that_of_soft():
    """Section 4.2.1 speaks of soft attention; hard attention that goes on from it needs what its
    decoder is used to.
    """
    attention = hard.Attention(hard.Config(), 5, 7).eval()
    a, alpha, h = drawn(2, 6, 5), drawn(2, 1, 6, seed=1).softmax(2), drawn(2, 1, 7, seed=2)
    beta = torch.sigmoid(h @ attention.beta.weight.T + attention.beta.bias)
    by_hand = beta * torch.stack([a[row, alpha[row, 0].argmax()] for row in range(2)]).unsqueeze(1)
    torch.testing.assert_close(attention(a, alpha, h)[0], by_hand)


def test_places_are_drawn_with_their_weights():
    attention = hard.Attention(hard.Config(expected=0.0, gate=False), 4, 2).train()
    alpha = torch.tensor([0.1, 0.2, 0.3, 0.4]).expand(20_000, 1, 4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        context, log_place = attention(
            torch.eye(4).expand(20_000, 4, 4), alpha, torch.zeros(20_000, 1, 2)
        )
    share = context.mean((0, 1))
    assert share.numpy() == pytest.approx(alpha[0, 0].numpy(), abs=4 * np.sqrt(0.25 / 20_000))
    torch.testing.assert_close(log_place, (context @ alpha[0, 0]).log())


def test_the_gradient_of_hard_attention_is_that_of_the_bound():
    """Eq. 11 with one step and log p(y | s) fixed: d/dw sum_s alpha_s log p_s, by REINFORCE (eq.
    12) and exactly.
    """
    logits, log_p, n = (
        torch.tensor([0.3, -0.2, 0.5], requires_grad=True),
        torch.tensor([-1.0, -3.0, -0.2]),
        60_000,
    )
    attention = hard.Attention(hard.Config(expected=0.0, entropy=0.0, gate=False), 3, 2).train()
    alpha = logits.softmax(0).expand(n, 1, 3)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        context, log_place = attention(torch.eye(3).expand(n, 3, 3), alpha, torch.zeros(n, 1, 2))
    said = torch.ones(n, 1, dtype=torch.bool)
    attention.baseline += -1.2  # any baseline leaves the expectation as it is
    losses = attention.losses(-(context @ log_p), spoken(alpha, log_place), said)
    estimate = -torch.autograd.grad(losses.mean(), logits)[0]
    exact = torch.autograd.grad((logits.softmax(0) * log_p).sum(), logits)[0]
    torch.testing.assert_close(estimate, exact, atol=4 * 1.5 / n**0.5, rtol=0)


def test_the_baseline_is_a_moving_mean_and_the_entropy_is_rewarded():
    attention = hard.Attention(hard.Config(reward=0.0, entropy=2.0), 3, 2).train()
    weights, said = torch.full((1, 1, 4), 0.25), torch.ones(1, 1, dtype=torch.bool)
    loss = attention.losses(torch.tensor([[3.0]]), spoken(weights), said)
    assert loss.item() == pytest.approx(3.0 - 2.0 * np.log(4)) and attention.baseline.item() == -3.0
    attention.losses(torch.tensor([[1.0]]), spoken(weights), said)
    assert attention.baseline.item() == pytest.approx(0.9 * -3.0 + 0.1 * -1.0)


def network(attention="soft", cell="lstm", side=16):
    trunk = images.make("pooled", (1, side, side), 1, {"maps": 4, "blocks": (1, 1)})
    config = Config(3, cell=cell, hidden=6, embedding=5, attention_units=4)
    return Network(config, "pooled", trunk, captions.kind(attention).Config())


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_steps_one_by_one_are_the_same_as_all_at_once(cell):
    model, x, tokens = (
        network(cell=cell).eval(),
        drawn(2, 1, 16, 16),
        torch.tensor([[0, 2, 3], [1, 3, -1]]),
    )
    memory = model.annotate(x)
    state, before = model.begin(memory), torch.full((2, 1), 4)
    for t in range(3):
        logits, weights, _, state = model.step(before, state, memory)
        torch.testing.assert_close(logits[:, 0], model.speak(memory, tokens).logits[:, t])
        torch.testing.assert_close(weights.sum(2), torch.ones(2, 1))
        before = tokens[:, t : t + 1].clamp_min(0)


def test_out_of_training_the_loss_is_the_negative_log_likelihood():
    model, x, tokens = (
        network("hard").eval(),
        drawn(2, 1, 16, 16),
        torch.tensor([[0, 2, 3], [1, 3, -1]]),
    )
    log_p = model.speak(model.annotate(x), tokens).logits.log_softmax(2)
    by_hand = [
        -(log_p[0, 0, 0] + log_p[0, 1, 2] + log_p[0, 2, 3]),
        -(log_p[1, 0, 1] + log_p[1, 1, 3]),
    ]
    torch.testing.assert_close(model.losses(x, tokens), torch.stack(by_hand))


def test_the_encoder_says_where_each_annotation_vector_stands():
    trunk = images.make("pooled", (1, 16, 24), 1, {"maps": 4, "blocks": (1, 1)})
    encoder = Encoder("pooled", trunk, position=True).eval()
    found = encoder(drawn(1, 1, 16, 24))
    assert encoder.grid == (4, 6) and found.shape == (1, 24, 8 + 2) and encoder.size == 10
    assert found[0, 0, -2:].tolist() == pytest.approx([-5 / 6, -3 / 4])
    assert found[0, -1, -2:].tolist() == pytest.approx([5 / 6, 3 / 4])
    with pytest.raises(
        AstronnError, match=r"leaves a grid of \(1, 1\) cells; attention needs at least two"
    ):
        Encoder(
            "pooled",
            images.make("pooled", (1, 8, 8), 1, {"maps": 2, "blocks": (1, 1, 1)}),
            position=False,
        )


def even_kernels(name, **rules):
    """The features of a network whose every kernel has one value: what it sees must turn with the
    image.
    """
    found = images.make(name, (1, 32, 32), 2, rules).features.eval()
    for module in found.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.uniform_(module.weight, 0.1, 1.0)
            module.weight.data = (
                module.weight.data.mean((2, 3), keepdim=True).expand_as(module.weight).contiguous()
            )
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    return found


def test_a_quarter_turn_of_the_image_turns_the_maps_of_pooled_and_not_of_residual():
    x = drawn(1, 1, 32, 32)
    for name, turns in (("pooled", True), ("residual", False)):
        features = even_kernels(name, maps=4, blocks=(1, 1))
        alike = torch.allclose(
            features(x.rot90(1, (2, 3))), features(x).rot90(1, (2, 3)), rtol=1e-3
        )
        assert alike == turns

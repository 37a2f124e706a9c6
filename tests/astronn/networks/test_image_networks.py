"""Contract of every family of image networks, and the layers of the ones written here."""

import sys
import types

import pytest
import torch
from torch import nn

from astronn.errors import AstronnError
from astronn.networks import images, layers

FAMILIES = [name for name in images.names() if name != "timm"]


def test_families_are_found_by_file():
    assert {"lenet", "polar", "residual", "timm"} <= set(images.names())


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 28, 20), (4, 64, 64)])
def test_logits_are_the_head_of_the_feature_maps(name, shape):
    network = images.make(name, shape, 5).eval()
    x = torch.rand(2, *shape)
    maps = network.features(x)
    assert maps.ndim == 4 and network(x).shape == (2, 5)
    torch.testing.assert_close(network(x), network.head(maps))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_is_in_the_table_and_learns(name):
    network = images.make(name, (3, 16, 16), 4)
    table = layers.layers(network, (3, 16, 16))
    assert sum(layer.n_parameters for layer in table) == sum(
        p.numel() for p in network.parameters()
    )
    assert table[-1].shape == (4,)
    network(torch.rand(8, 3, 16, 16)).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_lenet_has_the_parameters_of_a_hand_count():
    """5x5 windows: 25 * 1 * 6 + 6, 25 * 6 * 16 + 16; 28 pixels pooled twice leave 7: 784 * 120 +
    120, 120 * 10 + 10.
    """
    network = images.make("lenet", (1, 28, 28), 10, {"feature_maps": [6, 16], "dense": [120]})
    counts = [
        layer.n_parameters for layer in layers.layers(network, (1, 28, 28)) if layer.n_parameters
    ]
    assert counts == [156, 2416, 94200, 1210]


def test_a_quarter_turn_turns_the_cells_of_polar_maps():
    network, x = images.make("polar", (2, 32, 32), 3).eval(), torch.rand(2, 2, 32, 32)
    turned = network.features(torch.rot90(x, 1, (-2, -1)))
    torch.testing.assert_close(
        turned, torch.rot90(network.features(x), 1, (-2, -1)), atol=1e-5, rtol=1e-4
    )


def test_polar_maps_lie_where_the_image_does_and_end_at_the_circle():
    """What is bright to the left of the middle moves the cells there and none to the right."""
    network, x = images.make("polar", (1, 64, 64), 2).eval(), torch.zeros(1, 1, 64, 64)
    before = network.features(x)
    x[0, 0, 30:34, 8:14] = 5.0
    moved = (network.features(x) - before).abs().sum((0, 1))  # (8, 8)
    assert moved[3:5, :3].max() > 0 and (moved[:, 4:] == 0).all() and moved.argmax() // 8 in (3, 4)
    corners = network.features(torch.rand(1, 1, 64, 64))[..., [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 0).all()


def test_a_logarithmic_spiral_is_a_straight_stripe_in_polar_coordinates():
    """r = exp(angle tan(pitch)): equal steps along the rows move the crest by equal angles."""
    grid = images.family("polar").polar_grid(64, 360, 0.05)[0]  # (radii, angles, 2)
    radius, angle = grid.norm(dim=-1), torch.atan2(grid[..., 1], grid[..., 0])
    crest = torch.cos(angle - radius.log() / 0.5).argmax(1)  # the column of the crest in each row
    steps = torch.diff(crest) % 360
    assert steps.float().std() < 1 and 3 < steps.float().mean() < 9


def test_residual_default_has_the_measured_size():
    assert sum(p.numel() for p in images.make("residual", (3, 64, 64), 4).parameters()) == 309_332


def test_a_residual_block_starts_as_its_shortcut():
    block = images.family("residual").Block(4, 4, stride=1).eval()
    x = torch.rand(2, 4, 6, 6)
    torch.testing.assert_close(block(x), x)


def test_pooling_across_maps_keeps_the_largest_of_neighbours():
    x = torch.arange(4.0).view(1, 4, 1, 1)
    assert images.family("lenet").PoolMaps(2)(x).flatten().tolist() == [1.0, 3.0]


def test_average_pooling_is_the_mean():
    network = images.make(
        "lenet", (1, 8, 8), 2, {"pooling": "average", "feature_maps": [1], "activation": "identity"}
    )
    convolved = network.features[0][0](x := torch.rand(1, 1, 8, 8))
    assert network.features(x)[0, 0, 0, 0].item() == pytest.approx(
        convolved[0, 0, :2, :2].mean().item(), rel=1e-5
    )


def test_table_of_layers_reads_as_text():
    text = layers.text(
        images.make("lenet", (1, 8, 8), 3, {"feature_maps": [2], "kernel_size": 3, "dense": []}),
        (1, 8, 8),
    )
    assert text.splitlines()[2].split() == ["features.0.0", "Conv2d", "2", "x", "8", "x", "8", "20"]
    assert text.splitlines()[-1].split() == ["all", "119"]  # 20 + 32 * 3 + 3


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "lenett",
            {},
            r"unknown network 'lenett'; choose one of: lenet, polar, pooled, residual, timm",
        ),
        (
            "lenet",
            {"depth": 3},
            r"network 'lenet' has no option 'depth'; choose among: feature_maps",
        ),
        ("lenet", {"pooling": "min", "dropout": 1}, r"pooling must be one of .*; dropout must be"),
        (
            "lenet",
            {"feature_maps": [2] * 4},
            r"images of 8 x 8 pixels are gone after 4 poolings by 2",
        ),
        ("lenet:big", {}, r"has no option 'variant'"),
        (
            "timm:resnet18",
            {"pretrained": "weights.pth"},
            r"pretrained must be None or an existing .safetensors file",
        ),
    ],
)
def test_faults_are_named(name, given, message):
    with pytest.raises(AstronnError, match=message):
        images.make(name, (1, 8, 8), 2, given)


def test_timm_is_asked_for_where_it_is_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(
        AstronnError, match=r"need timm; install the extra: pip install 'astronn-pipelines\[timm\]'"
    ):
        images.make("timm:resnet18", (3, 32, 32), 2)


def test_timm_encoder_by_name(monkeypatch, tmp_path):
    """A stand-in with timm's three names: this tests our side of the call, not timm."""

    class Encoder(nn.Module):
        def __init__(self, channels, classes):
            super().__init__()
            self.body, self.last = nn.Conv2d(channels, 3, 3), nn.Linear(3, classes)

        def forward_features(self, x):
            return self.body(x)

        def forward_head(self, maps):
            return self.last(maps.mean((2, 3)))

    calls = []

    def create_model(name, **rules):
        calls.append((name, rules))
        return Encoder(rules["in_chans"], rules["num_classes"])

    monkeypatch.setitem(sys.modules, "timm", types.SimpleNamespace(create_model=create_model))
    weights = tmp_path / "weights.safetensors"
    weights.touch()
    network = images.make("timm:resnet18", (2, 8, 8), 3, {"pretrained": str(weights)})
    assert network(torch.rand(1, 2, 8, 8)).shape == (1, 3)
    assert calls[0][0] == "resnet18" and calls[0][1]["pretrained_cfg_overlay"] == {
        "file": str(weights)
    }
    images.restore("timm:resnet18", {**network.config.__dict__})
    assert calls[1][1]["pretrained"] is False  # a saved model does not ask for that file again


@pytest.mark.parametrize("name", ["lenet", "pooled", "polar", "residual"])
def test_features_without_a_head_have_all_their_weights(name):
    """A network that is part of another one is trained and saved with it, also where `features` is
    a method.
    """
    trunk = images.make(name, (1, 32, 32), 3)
    x = torch.rand(2, 1, 32, 32)
    expected = trunk.eval().features(x)
    features = trunk.without_head()
    torch.testing.assert_close(features(x), expected)
    features(x).sum().backward()
    every = list(features.parameters())
    assert every and all(weight.grad is not None for weight in every)

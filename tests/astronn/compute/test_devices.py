"""Device names and thread counts."""

import pytest
import torch

from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.networks.mlp import Feedforward, FeedforwardConfig


def test_auto_takes_the_first_there_is(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert devices.resolve("auto").type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.resolve("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.resolve("auto").type == "cuda"


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        AstronnError,
        match="device 'cuda:1' is not available on this machine; use device='auto' or 'cpu'",
    ):
        devices.resolve("cuda:1")


@pytest.mark.parametrize("name", ["gpu", "", None])
def test_a_name_that_is_no_device(name):
    with pytest.raises(AstronnError, match=r"unknown device .*; use 'auto', 'cpu'"):
        devices.resolve(name)


def test_small_networks_use_one_thread_and_leave_the_setting_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with devices.threads_for(Feedforward(FeedforwardConfig(13, (13,), 5))) as setting:
        assert (torch.get_num_threads(), setting) == (1, 2)
    assert torch.get_num_threads() == 2
    with devices.threads_for(Feedforward(FeedforwardConfig(1000, (1000,), 5))):
        assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_network_learns_on_the_gpu():
    from astronn import FeedforwardClassifier

    X = torch.rand(500, 2, generator=torch.Generator().manual_seed(0)) - 0.5
    y = (X[:, 0] * X[:, 1] > 0).long()
    assert FeedforwardClassifier(device="cuda", random_state=0).fit(X, y).score(X, y) > 0.95

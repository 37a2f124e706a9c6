"""Device names and thread counts."""

import os
from contextlib import nullcontext

import pytest
import torch

from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.networks.mlp import Feedforward, FeedforwardConfig


def test_auto_takes_the_first_there_is(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert devices.resolve("auto").type == "cpu"
    monkeypatch.setattr(devices, "_fault_of", lambda kind: None)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.resolve("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert devices.resolve("auto") == torch.device("cuda", 1)


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        AstronnError,
        match="device 'cuda:1' is not available on this machine; use device='auto' or 'cpu'",
    ):
        devices.resolve("cuda:1")


def test_auto_passes_a_card_that_cannot_compute_and_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "_fault_of", lambda kind: "no kernel image for this device")
    said = (
        r"'cuda' is there but cannot compute \(no kernel image for this device\), so device='auto'"
    )
    with pytest.warns(UserWarning, match=said):
        assert devices.resolve("auto") == torch.device("cpu")


def test_the_tiny_product_is_right_where_there_is_nothing_wrong():
    assert devices._fault_of.__wrapped__("cpu") is None
    assert devices._fault_of.__wrapped__("meta") is not None  # has no numbers


def test_a_number_that_no_card_has_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert devices.resolve("cuda:1").index == 1
    with pytest.raises(
        AstronnError,
        match=r"^device 'cuda:7' is not there: CUDA devices of this machine are numbered 0 to 1;"
        r" use device='cuda:0' or 'auto'$",
    ):
        devices.resolve("cuda:7")


@pytest.mark.parametrize("capability, native", [((7, 0), False), ((7, 5), False), ((8, 0), True)])
def test_bfloat16_is_asked_of_that_very_card_and_once(monkeypatch, capability, native):
    asked = []

    def of(device):
        asked.append(device)
        return capability

    monkeypatch.setattr(torch.cuda, "get_device_capability", of)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *a, **k: True)  # emulation too
    block = devices.training_precision(torch.device("cuda", 1))
    assert asked == [torch.device("cuda", 1)]
    assert (block is not nullcontext) is native


def test_classification_has_all_digits_and_leaves_the_users_choice():
    owners = sorted({(owner, name) for owner, name, _ in devices._all_digits()}, key=str)

    def chosen():
        return [getattr(owner, name) for owner, name in owners]

    usual, card = chosen(), torch.device("cuda")
    try:
        torch.set_float32_matmul_precision("high")
        before = chosen()
        with devices.same_bytes(card):
            assert torch.backends.cudnn.deterministic and chosen() == before
        with devices.exact(card), devices.exact(card):
            assert torch.backends.cudnn.deterministic and not torch.backends.cudnn.benchmark
            assert set(chosen()) <= {"ieee", False} and len(owners) >= 2
        assert chosen() == before != usual and not torch.backends.cudnn.deterministic
    finally:
        torch.set_float32_matmul_precision("highest")
        for (owner, name), value in zip(owners, usual):
            setattr(owner, name, value)


def test_nothing_is_in_bfloat16_within_a_recurrence(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    cpu, a = torch.device("cpu"), torch.ones(2, 2)
    with devices.mixed_precision(cpu):
        assert (a @ a).dtype == torch.bfloat16
        with devices.float32_within(cpu):
            assert (a @ a).dtype == torch.float32


def test_float64_is_summed_on_the_processor_for_mps():
    assert devices.of_float64(torch.device("mps")).type == "cpu"
    assert devices.of_float64(torch.device("cuda", 1)) == torch.device("cuda", 1)


def test_cublas_is_told_to_give_the_same_bytes(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    devices.resolve("cpu")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


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

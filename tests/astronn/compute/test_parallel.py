"""Training by several processes: the losses of one process with the whole batch; alone, nothing
changes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from caption_toys import SMALL, signs
from processes import HANG_S
from torch import distributed

from astronn import CaptionClassifier, ConvolutionalClassifier, FeedforwardClassifier
from astronn.compute import parallel
from astronn.errors import AstronnError
from astronn.training.compiled import descent
from astronn.training.loop import TableBatches

ROOT = Path(__file__).resolve().parents[3]
TABLE = {
    "hidden_layers": (7, 5),
    "max_epochs": 5,
    "batch_size": 50,
    "ensemble_size": 2,
    "early_stopping": True,
}
IMAGES = {
    "network": "lenet",
    "network_options": {"feature_maps": [4], "dropout": 0.0},
    "max_epochs": 3,
    "warm_up": 1.0,
}
COMMON = {"device": "cpu", "random_state": 0}


def fitted():
    """Both classifiers, trained by all processes that there are; 301 objects make shares of unequal
    size. In float32, so that processors with bfloat16 and without give the same.
    """
    torch.cpu._is_avx512_bf16_supported = lambda: False
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(301, 4)), rng.integers(0, 3, 301)
    table = FeedforwardClassifier(**TABLE, **COMMON).fit(X, y)
    pixels = rng.integers(0, 255, (61, 1, 12, 12), dtype=np.uint8)
    images = ConvolutionalClassifier(**IMAGES, rotation=180, batch_size=15, **COMMON).fit(
        pixels, np.arange(61) % 2
    )
    return table, images


SCRIPT = """
import json, sys
sys.path.insert(0, "tests/astronn/compute")
from astronn.compute import parallel
from test_parallel import fitted
with parallel.joined():
    assert parallel.processes() == 2
    models = fitted()
    if parallel.is_first():
        content = [[model.history_.loss, model.history_.validation_loss] for model in models]
        open(sys.argv[1], "w").write(json.dumps(content))
"""


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_with_the_joint_batch(tmp_path, monkeypatch):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
    ]
    found_in = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "helpers")))
    environment = {**os.environ, "PYTHONPATH": found_in, "OMP_NUM_THREADS": "1"}
    words = [*command, str(tmp_path / "script.py"), str(tmp_path / "losses.json")]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANG_S
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((tmp_path / "losses.json").read_text())
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)  # put back after
    # the pass that is compiled for one process adds the penalty as it is at the end of an epoch
    monkeypatch.setattr(descent, "supports", lambda *_: False)
    for model, (loss, validation) in zip(fitted(), found):
        np.testing.assert_allclose(
            loss, model.history_.loss, rtol=1e-4
        )  # sums of gradients in another order, float32
        np.testing.assert_allclose(validation, model.history_.validation_loss, rtol=1e-4)
        assert len(set(loss)) == len(loss) > 2


@pytest.fixture
def torchrun(monkeypatch):
    """(processes, cards) -> the group that the last process of one machine asks for."""

    def asked(size, cards):
        begun = []
        named = {"RANK": size - 1, "LOCAL_RANK": size - 1, "LOCAL_WORLD_SIZE": size}
        for name, value in named.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
        monkeypatch.setattr(torch.cuda, "set_device", lambda n: begun.append(n))
        monkeypatch.setattr(distributed, "init_process_group", lambda how: begun.append(how))
        monkeypatch.setattr(distributed, "destroy_process_group", lambda: None)
        with parallel.joined():
            return begun

    return asked


def test_cards_join_by_nccl_and_processors_by_gloo_in_one_group(torchrun):
    assert torchrun(2, 0) == ["gloo"]
    assert torchrun(2, 2) == [1, "cpu:gloo,cuda:nccl"]
    assert torchrun(3, 2) == ["gloo"]  # the third has no card: they join on the processor alone


def test_more_processes_than_cards_cannot_train_on_cards(torchrun, two_processes):
    torchrun(3, 2)
    on_card = SimpleNamespace(
        parameters=lambda: iter([SimpleNamespace(device=torch.device("cuda"))])
    )
    with pytest.raises(
        AstronnError, match="3 processes of this machine cannot share 2 CUDA devices; start at most"
    ):
        parallel.replicated(on_card)


def test_captions_are_refused_in_one_line(two_processes):
    images, said = signs(12, side=16)
    with pytest.raises(
        AstronnError, match="CaptionClassifier cannot be trained by several processes; use one"
    ):
        CaptionClassifier(**SMALL).fit(images, said)


@pytest.fixture
def two_processes(monkeypatch):
    """As seen by the second of two, without any other."""
    monkeypatch.setattr(parallel, "processes", lambda: 2)
    monkeypatch.setattr(distributed, "get_rank", lambda: 1)


def test_shares_and_weights_make_up_the_whole_batch(two_processes):
    batches = TableBatches((torch.arange(7.0)[:, None],), 7, [torch.Generator().manual_seed(0)])
    whole = next(iter(batches))[0]
    batches.order.generators[0].manual_seed(0)
    shares, objective = parallel.shared(batches, lambda batch: batch[0].mean((1, 2)))
    (mine,) = list(shares)
    torch.testing.assert_close(mine[0], whole[:, 4:])  # seven are cut into four and three
    assert shares.weight == pytest.approx(3 * 2 / 7)
    both = objective(mine) + whole[:, :4].mean((1, 2)) * (4 * 2 / 7)
    torch.testing.assert_close(both / 2, whole.mean((1, 2)))


def test_what_cannot_be_shared_is_refused(two_processes):
    with pytest.raises(
        AstronnError, match="cannot be trained by several processes; use one, without torchrun"
    ):
        parallel.shared([()], lambda batch: batch)
    batches = TableBatches((torch.zeros(1, 2),), 1, [torch.Generator()])
    with pytest.raises(
        AstronnError, match="a batch of 1 objects cannot be shared by 2 processes; raise batch_size"
    ):
        list(parallel.Shares(batches))
    with pytest.raises(
        AstronnError, match="batch normalisation over several processes needs CUDA devices"
    ):
        parallel.replicated(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1)))


def test_alone_nothing_changes():
    network, batches, values = torch.nn.Linear(2, 2), [1, 2], torch.ones(3)
    with parallel.joined():
        assert parallel.processes() == 1 and parallel.is_first()
        assert parallel.replicated(network) is network and parallel.mean(values) is values
        assert parallel.shared(batches, max) == (batches, max)

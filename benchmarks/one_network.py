"""One 13:13:5 network in batches of 200, beside the frameworks that train it for you: skorch,
Lightning, a DataLoader loop.

    python -m benchmarks.one_network            about two minutes on a quiet core
    python -m benchmarks.one_network --quick    under half a minute, without importing Lightning (13
                                                s)

All train tanh units by Adam with the same first learning rate and penalty for the same number of
epochs on the same 1,700 simulated galaxies, on one thread; seconds are of the processor, a turn of
ours is the mean of PASSES fits. The mean accuracies over the rounds on 3,517 other galaxies must
agree to 0.02. Gradient boosting of trees stands beside as another kind of
classifier, without a goal: the time and the accuracy of scikit-learn's
    HistGradientBoostingClassifier as it comes.
(scikit-learn's MLPClassifier: benchmarks.committee.)
"""

from __future__ import annotations

import logging
import statistics
import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import committee, common

GOAL, EPOCHS = 15.0, 50
PASSES = 8  # fits of ours in a turn, which are over in less time than one of skorch's
Fitted = Callable[[np.ndarray], np.ndarray]  # inputs -> class numbers
Data = tuple[np.ndarray, np.ndarray]
ADAM = {"lr": committee.LEARNING_RATE, "weight_decay": committee.WEIGHT_DECAY}


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(13, committee.UNITS), nn.Tanh(), nn.Linear(committee.UNITS, 5))


@torch.no_grad()
def _classes(module: nn.Module, X: np.ndarray) -> np.ndarray:
    return module(torch.from_numpy(X)).argmax(1).numpy()


def ours(X: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    return committee.ours(1, (X, y), seed, epochs=EPOCHS).predict


def by_skorch(X: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    from skorch import NeuralNetClassifier

    torch.manual_seed(seed)
    how = {"batch_size": committee.BATCH, "max_epochs": EPOCHS, "iterator_train__shuffle": True}
    how |= {"train_split": None, "verbose": 0}
    optimizer = {
        "optimizer": torch.optim.Adam,
        "lr": ADAM["lr"],
        "optimizer__weight_decay": ADAM["weight_decay"],
    }
    return (
        NeuralNetClassifier(network(), criterion=nn.CrossEntropyLoss, **how, **optimizer)
        .fit(X, y)
        .predict
    )


def loader(X: np.ndarray, y: np.ndarray) -> DataLoader:
    return DataLoader(
        TensorDataset(torch.from_numpy(X), torch.from_numpy(y)),
        batch_size=committee.BATCH,
        shuffle=True,
    )


def by_lightning(X: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    import pytorch_lightning as lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network()

        def training_step(self, batch, number):
            return nn.functional.cross_entropy(self.network(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), **ADAM)

    torch.manual_seed(seed)
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    module = Module()
    lightning.Trainer(max_epochs=EPOCHS, accelerator="cpu", devices=1, **quiet).fit(
        module, loader(X, y)
    )
    return lambda inputs: _classes(module.network.eval(), inputs)


def by_loop(X: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    torch.manual_seed(seed)
    module, batches = network(), loader(X, y)
    optimizer = torch.optim.Adam(module.parameters(), **ADAM)
    for _ in range(EPOCHS):
        for x, classes in batches:
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(x), classes).backward()
            optimizer.step()
    return lambda inputs: _classes(module, inputs)


def by_boosting(X: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    return HistGradientBoostingClassifier(random_state=seed).fit(X, y).predict


def measure(
    name: str, peer: Callable[..., Fitted], goal: float | None, rounds: int, same_model: bool = True
) -> dict:
    training, (X, y) = committee.simulated()
    right: dict[Callable, list[float]] = {ours: [], peer: []}

    def work(fit: Callable[..., Fitted]) -> Callable[[], None]:
        return lambda: right[fit].append(float(np.mean(fit(*training, len(right[fit]))(X) == y)))

    def several() -> None:
        for _ in range(PASSES):
            work(ours)()

    common.in_turns(1, work(ours), work(peer))  # imports, and what is made once
    own, other = common.in_turns(rounds, several, work(peer))
    row = common.row(
        f"13:13:5, {committee.N_TRAIN} simulated galaxies, batches of {committee.BATCH}, {EPOCHS}"
        f" epochs, beside {name}",
        [seconds.processor / PASSES for seconds in own],
        [seconds.processor for seconds in other],
        goal=goal,
        seconds_of="processor",
    )
    mine, theirs = (statistics.mean(values) for values in right.values())
    return {
        **row,
        "accuracy": mine,
        "peer_accuracy": theirs,
        **({"equal": abs(mine - theirs) <= 0.02} if same_model else {}),
    }


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(1)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.simplefilter(
        "ignore"
    )  # Lightning advises of workers for the DataLoader, which would be slower here
    rounds = 2 if quick else 7
    with threadpool_limits(1):
        peak = common.peak_mib(lambda: ours(*committee.simulated()[0], 0))
        found = [measure("a plain DataLoader loop", by_loop, None, rounds)]
        if common.installed("skorch"):
            found.append(measure("skorch", by_skorch, GOAL, rounds))
        if not quick and common.installed("pytorch_lightning"):
            found.append(measure("Lightning", by_lightning, GOAL, rounds))
        found.append(
            measure("gradient boosting of trees", by_boosting, None, rounds, same_model=False)
        )
    share = committee.operations(1) * EPOCHS / committee.EPOCHS / common.product_rate()
    return [
        {**row, "peak_mib": peak, "limit_share": share / row["ours"], "limit": "matrix product"}
        for row in found
    ]


if __name__ == "__main__":
    common.main(__file__, rows)

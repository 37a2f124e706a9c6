"""A convolutional network on handwritten digits: its feature maps, kinds of pooling, what a shift
does, and its size.

LeCun, Bottou, Bengio & Haffner (1998, Proc. IEEE 86, 2278, section II): local connections and
shared weights make maps that move with the image, pooling makes what follows care less where
something is. Pooling across maps: Goodfellow et al. (2013, ICML, eq. 2). How much a layer's answer
changes when its input moves: Goodfellow, Le, Saxe, Lee & Ng (2009, NIPS 22). Networks are the
package's "lenet" family; fully connected ones are FeedforwardClassifier on the same pixels. All are
trained on digits in the middle of their images and never on moved ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import nn

from astronn.classifiers.convolutional import ConvolutionalClassifier
from astronn.classifiers.feedforward import FeedforwardClassifier

SIDE, MARGIN = (
    24,
    4,
)  # pixels of an image; the digit fills the middle 16, and can move by the margin without loss
SHIFTS = (0, 1, 2, 3, 4)  # pixels
POOLINGS: dict[str, dict[str, object]] = {
    "max": {"pooling": "max"},
    "average": {"pooling": "average"},
    "max and across-map": {"pooling": "max", "pool_maps": 2},
}


@dataclass(frozen=True)
class Sizes:
    """How much to train. ``maps`` are feature maps of the two layers, ``hidden`` units of the fully
    connected networks.
    """

    seeds: int = 2
    epochs: int = 12
    shown: tuple[int, int] = (8, 16)
    maps: tuple[tuple[int, int], ...] = ((2, 4), (4, 8), (8, 16))
    hidden: tuple[int, ...] = (4, 8, 16, 32, 64, 128, 256)
    dense_epochs: int = 40


FULL = Sizes()
QUICK = Sizes(seeds=1, epochs=6, maps=((2, 4), (8, 16)), hidden=(8, 32, 128), dense_epochs=20)


@dataclass(frozen=True)
class Trained:
    """Networks of one kind, one per seed: learned numbers, and accuracy on the test digits by shift
    (seeds, len(SHIFTS)).
    """

    n_parameters: int
    accuracy: np.ndarray

    @property
    def centred(self) -> float:
        """The mean accuracy on digits in the middle."""
        return float(self.accuracy[:, 0].mean())


@dataclass(frozen=True)
class Result:
    """``stages`` are the pictures of one digit through the network of ``sizes.shown`` maps with max
    pooling.
    """

    digit: str
    stages: list[tuple[str, np.ndarray]]  # name, (F, h, w)
    posterior: np.ndarray  # (10,) of that digit
    classes: list[str]
    pooled: dict[str, np.ndarray]  # kind of pooling -> one feature map (h, w) pooled that way
    unpooled: np.ndarray  # the map that was pooled
    by_pooling: dict[str, Trained]
    dense: dict[int, Trained]  # fully connected, by hidden units
    convolutional: dict[tuple[int, int], Trained]  # max pooling, by feature maps
    change: dict[
        str, np.ndarray
    ]  # stage -> relative change of its answer at each of SHIFTS, max pooling
    n_train: int
    n_test: int
    sizes: Sizes

    def dense_that_does_as_well(self) -> int | None:
        """Hidden units of the smallest fully connected network whose accuracy reaches that of the
        one shown; None if none.
        """
        wanted = self.by_pooling["max"].centred
        enough = [hidden for hidden, found in self.dense.items() if found.centred >= wanted]
        return min(enough) if enough else None


def compute(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    seed: int = 0,
    sizes: Sizes = FULL,
) -> Result:
    """All of it from (grey pixels (N, 64) from 0 to 16, labels (N,)) to train on and to test on."""
    images, labels = enlarge(train[0]), np.asarray(train[1])
    tests, truth = enlarge(test[0]), np.asarray(test[1])
    seeds = [seed + s for s in range(sizes.seeds)]
    kinds = {
        name: [_convolutional(sizes.shown, own, images, labels, sizes, s) for s in seeds]
        for name, own in POOLINGS.items()
    }
    rest = [maps for maps in sizes.maps if maps != sizes.shown]
    others = {
        maps: [_convolutional(maps, {}, images, labels, sizes, s) for s in seeds] for maps in rest
    }
    dense = {
        hidden: [_dense(hidden, images, labels, sizes, s) for s in seeds] for hidden in sizes.hidden
    }
    by_pooling = {name: _tested(models, tests, truth) for name, models in kinds.items()}
    by_maps = {maps: _tested(models, tests, truth) for maps, models in others.items()} | {
        sizes.shown: by_pooling["max"]
    }
    shown = kinds["max"][0]
    chosen = int(np.flatnonzero(truth == "3")[0]) if "3" in truth else 0
    stages = _stages(shown, tests[chosen : chosen + 1])
    liveliest = max(dict(stages)["layer 1: convolution, ReLU"], key=np.std)
    return Result(
        digit=str(truth[chosen]),
        stages=stages,
        posterior=shown.predict_proba(tests[chosen : chosen + 1])[0],
        classes=[str(name) for name in shown.classes_],
        pooled=_pooled(liveliest),
        unpooled=liveliest,
        by_pooling=by_pooling,
        dense={hidden: _tested(models, tests, truth) for hidden, models in dense.items()},
        convolutional=dict(sorted(by_maps.items())),
        change=_change(shown, tests),
        n_train=len(images),
        n_test=len(tests),
        sizes=sizes,
    )


def enlarge(pixels: np.ndarray) -> np.ndarray:
    """Digits (N, 64) of 0 to 16 as uint8 images (N, 1, SIDE, SIDE): twice as large, in the middle
    of nothing.
    """
    small = torch.from_numpy(np.asarray(pixels, dtype=np.float32)).view(-1, 1, 8, 8)
    large = nn.functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    padded = nn.functional.pad(large, (MARGIN,) * 4)
    return (padded * (255 / 16)).round().clamp(0, 255).to(torch.uint8).numpy()


def moved(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """The images moved by whole pixels, at most MARGIN; nothing leaves them, for their margin is
    empty.

    Parameters
    ----------
    images : ndarray (N, C, H, W)
        With an empty margin.
    down, right : int
        Pixels.

    Returns
    -------
    ndarray (N, C, H, W)
        The moved images.
    """
    return np.roll(images, (down, right), axis=(2, 3))


def directions(shift: int) -> list[tuple[int, int]]:
    """The four moves by ``shift`` pixels, or the one of none."""
    return [(0, shift), (0, -shift), (shift, 0), (-shift, 0)] if shift else [(0, 0)]


def _convolutional(
    maps: tuple[int, ...],
    own: dict[str, object],
    images: np.ndarray,
    labels: np.ndarray,
    sizes: Sizes,
    seed: int,
) -> ConvolutionalClassifier:
    """The network that is shown: two layers of maps and one matrix to the classes; trained on the
    images as they are.
    """
    options = {"feature_maps": maps, "kernel_size": 5, "dense": (), "dropout": 0.0, **own}
    model = ConvolutionalClassifier(
        "lenet",
        network_options=options,
        zoom=0.0,
        shift=0.0,
        averaging=0.0,
        label_smoothing=0.0,
        scaling="survey",
        max_epochs=sizes.epochs,
        warm_up=1.0,
        batch_size=32,
        device="cpu",
        random_state=seed,
    )
    return model.fit(images, labels)


def _dense(
    hidden: int, images: np.ndarray, labels: np.ndarray, sizes: Sizes, seed: int
) -> FeedforwardClassifier:
    model = FeedforwardClassifier(
        (hidden,),
        ensemble_size=1,
        normalisation="standard",
        max_epochs=sizes.dense_epochs,
        batch_size=32,
        device="cpu",
        random_state=seed,
    )
    return model.fit(images.reshape(len(images), -1).astype(np.float32), labels)


def _tested(models: list, images: np.ndarray, truth: np.ndarray) -> Trained:
    accuracy = [
        [np.mean([_score(m, moved(images, *d), truth) for d in directions(k)]) for k in SHIFTS]
        for m in models
    ]
    network = (
        models[0].networks_[0]
        if isinstance(models[0], ConvolutionalClassifier)
        else models[0].network_
    )
    return Trained(sum(p.numel() for p in network.parameters()), np.array(accuracy))


def _score(model, images: np.ndarray, truth: np.ndarray) -> float:
    x = (
        images
        if isinstance(model, ConvolutionalClassifier)
        else images.reshape(len(images), -1).astype(np.float32)
    )
    return float((model.predict(x) == truth).mean())


@torch.no_grad()
def _answers(model: ConvolutionalClassifier, images: np.ndarray) -> list[tuple[str, torch.Tensor]]:
    """What each stage of the network makes of the images: (name, (N, F, h, w)), the inputs
    first.
    """
    stack = torch.from_numpy(images)
    x = model.preparation_.central(stack, torch.arange(len(stack)))
    found = [("inputs", x)]
    layers = cast(Iterable[Iterable[nn.Module]], model.networks_[0].features)
    for number, (convolution, activate, pool) in enumerate(layers, 1):
        x = activate(convolution(x))
        found.append((f"layer {number}: convolution, ReLU", x))
        x = pool(x)
        found.append((f"layer {number}: pooling", x))
    return found


def _stages(model: ConvolutionalClassifier, image: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return [(name, answer[0].numpy()) for name, answer in _answers(model, image)]


def _pooled(feature_map: np.ndarray) -> dict[str, np.ndarray]:
    """One map (h, w) after pooling of 2 x 2 by the largest value, and by the mean."""
    x = torch.from_numpy(np.ascontiguousarray(feature_map))[None]
    return {
        "max": nn.functional.max_pool2d(x, 2)[0].numpy(),
        "average": nn.functional.avg_pool2d(x, 2)[0].numpy(),
    }


def _change(model: ConvolutionalClassifier, images: np.ndarray) -> dict[str, np.ndarray]:
    """|f(moved x) - f(x)| / |f(x)|, of norms over all images, for the answer f of every stage and
    for the posteriors.
    """

    def answers(x: np.ndarray) -> dict[str, torch.Tensor]:
        return {**dict(_answers(model, x)), "posteriors": torch.from_numpy(model.predict_proba(x))}

    still = answers(images)
    change: dict[str, list[float]] = {name: [] for name in still}
    for shift in SHIFTS:
        of_moves: dict[str, list[float]] = {name: [] for name in still}
        for move in directions(shift):
            now = answers(moved(images, *move))
            for name, before in still.items():
                of_moves[name].append(float((now[name] - before).norm() / before.norm()))
        for name, values in of_moves.items():
            change[name].append(float(np.mean(values)))
    return {name: np.array(values) for name, values in change.items()}

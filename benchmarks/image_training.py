"""Images per second into and through a network: whole batches on the device beside a DataLoader
with transforms an item.

    python -m benchmarks.image_training            some minutes: 2,048 images, five rounds, all
                                                   cores (or a card)
    python -m benchmarks.image_training --quick    256 images, two rounds

Both sides feed the same network the same kind of views (any angle, mirror, zoom, shift; 64 pixels
cut from 77; standardised an image) of the same simulated uint8 images. Ours and the peer's take
turns within each round; a rate is the median over rounds, a ratio the median of the rounds' ratios.
The peer is the faster of a DataLoader without and with workers. Its transforms are a chain of
Pillow's as torchvision would run them (turn, flip, resized crop, tensor, standardise), and, in a
row of its own, one affine map written by hand. The peer's network is the same, its images and
weights as a loader and PyTorch lay them out (channels first); ours lie channels last, whose share
in the ratio is a row of its own. ``limit_share``
is our rate over that of the one step that cannot be left out, measured in the same rounds: to read
    the pixels and write
floats in their place (input), the network on inputs that are ready (training, classifying).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from astronn.compute import allocator, devices
from astronn.inputs.augmentation import Augmentation, centre
from astronn.inputs.images import Preparation
from astronn.inputs.symmetry import AS_IT_IS
from astronn.networks import images as families
from astronn.training.images import ImageBatches, ImageSet, ImageTraining, train_on_images
from astronn.training.loop import TrainingConfig
from benchmarks import common

FULL, SIDE, BATCH, CLASSES = 77, 64, 64, 4
SHAPE = 3, SIDE, SIDE
HALF = "training on ready inputs, bfloat16 beside float32"
VIEWS = Augmentation(rotation=180, mirror=True, zoom=0.15, shift=0.05)


class Items(Dataset):
    """One image at a time: turned, mirrored, zoomed and shifted by Pillow, made a tensor,
    standardised.
    """

    def __init__(self, images: np.ndarray, classes: np.ndarray, view: str) -> None:
        self.images, self.classes, self.view = images, classes, getattr(self, view)
        self.draws = np.random.default_rng(0)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        image = self.view(Image.fromarray(self.images[row].transpose(1, 2, 0)))
        x = torch.from_numpy(np.array(image)).permute(2, 0, 1).float()
        return (x - x.mean()) / (x.std() + 1e-6), int(self.classes[row])

    def centre(self, image: Image.Image) -> Image.Image:
        return image.crop((6, 6, 6 + SIDE, 6 + SIDE))

    def chain(self, image: Image.Image) -> Image.Image:
        """One transform after the other."""
        image = image.rotate(self.draws.uniform(-180, 180), Image.BILINEAR)
        if self.draws.random() < 0.5:
            image = image.transpose(Image.FLIP_LEFT_RIGHT)
        half = SIDE / 2 * np.exp(self.draws.uniform(-0.15, 0.15))
        x, y = FULL / 2 + self.draws.uniform(-0.05, 0.05, 2) * SIDE / 2
        return image.resize(
            (SIDE, SIDE), Image.BILINEAR, box=_inside(x - half, y - half, x + half, y + half)
        )

    def one_map(self, image: Image.Image) -> Image.Image:
        """All at once."""
        angle, zoom = self.draws.uniform(-np.pi, np.pi), np.exp(self.draws.uniform(-0.15, 0.15))
        dx, dy = self.draws.uniform(-0.05, 0.05, 2) * SIDE / 2
        sign = 1 if self.draws.random() < 0.5 else -1
        cosine, sine, c = zoom * np.cos(angle), zoom * np.sin(angle), (SIDE - 1) / 2
        a, b, d, e = cosine * sign, -sine, sine * sign, cosine
        shift = (FULL - 1) / 2 + dx - a * c - b * c, (FULL - 1) / 2 + dy - d * c - e * c
        return image.transform(
            (SIDE, SIDE), Image.AFFINE, (a, b, shift[0], d, e, shift[1]), Image.BILINEAR
        )


def _inside(*box: float) -> tuple[float, ...]:
    return tuple(min(max(edge, 0.0), float(FULL)) for edge in box)


def ours(images: np.ndarray, classes: np.ndarray, device: torch.device) -> ImageBatches:
    """The project's own batches of the images, which lie on the device."""
    n = len(images)
    every = ImageSet.of(
        torch.from_numpy(images).to(device), np.arange(n), classes, np.ones(n, np.float32)
    )
    how = ImageTraining(
        prepare=Preparation.learn(every.stack, every.rows, SIDE, "image", 0),
        augmentation=VIEWS,
        views=AS_IT_IS,
        swap=np.arange(CLASSES),
        label_smoothing=0.0,
        batch_size=BATCH,
        seed=0,
        config=TrainingConfig(max_epochs=1),
    )
    return ImageBatches(every, how)


def cuts(batches: ImageBatches) -> Iterator[tuple]:
    """The images' central pixels as float32, channels last, as often as an epoch needs them: read
    and written, no more.
    """
    prepare, stack = batches.how.prepare, batches.images.stack
    for rows in batches.images.rows.split(BATCH):
        x = prepare.room(len(rows), stack.device)
        yield x.copy_(centre(stack.index_select(0, rows), prepare.size)), None


def ready(batches: ImageBatches) -> list[tuple]:
    """One batch, prepared beforehand, as often as an epoch needs one."""
    return [next(iter(batches))[:2]] * len(batches)


def loaded(loader: DataLoader, device: torch.device) -> Iterator[tuple]:
    for x, classes in loader:
        yield x.to(device), classes.to(device)


def rate(epoch: Callable[[], object], n_images: int, device: torch.device) -> float:
    """Images per second of calls that last half a second together, or of one that lasts longer."""
    start, calls, seconds = perf_counter(), 0, 0.0
    while seconds < 0.5:
        epoch()
        if device.type == "cuda":
            torch.cuda.synchronize()
        calls, seconds = calls + 1, perf_counter() - start
    return calls * n_images / seconds


def consumed(batches) -> None:
    for _ in batches:
        pass


def trained(
    network: torch.nn.Module,
    batches,
    device: torch.device,
    precision: AbstractContextManager | None = None,
) -> None:
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    for x, classes, *_ in batches:
        optimizer.zero_grad()
        with precision or devices.mixed_precision(device):
            loss = functional.cross_entropy(network(x), classes)
        loss.backward()
        optimizer.step()


def one_epoch(batches: ImageBatches) -> None:
    """An epoch of the project's own training, from new weights."""
    train_on_images(
        lambda: families.make("residual", SHAPE, CLASSES),
        batches.images,
        None,
        batches.how,
        0,
        None,
        None,
    )


@torch.no_grad()
def classified(network: torch.nn.Module, batches, device: torch.device) -> None:
    network.eval()
    for x, *_ in batches:
        with devices.mixed_precision(device):
            network(x).argmax(1).cpu()


def comparisons(n: int, rounds: int, device: torch.device, goals_alone: bool) -> list[dict]:
    """Every comparison, or those with a goal alone, all of them in each round."""
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (n, 3, FULL, FULL), dtype=np.uint8)
    classes = draws.integers(0, CLASSES, n)
    torch.manual_seed(0)
    plain = families.make("residual", SHAPE, CLASSES).to(device)
    network = families.make("residual", SHAPE, CLASSES).to(
        device, memory_format=torch.channels_last
    )
    batches = ours(images, classes, device)
    prepared = ready(batches)
    few = (
        prepared if device.type == "cuda" else prepared[:2]
    )  # a processor without native bfloat16 takes its time
    contiguous = [(x.contiguous(), y) for x, y in prepared[:1]] * len(prepared)
    central = [
        (batches.how.prepare.central(batches.images.stack, part),)
        for part in batches.images.rows[:1024].split(256)
    ]

    def loaders(view: str) -> list[DataLoader]:
        how = {"batch_size": BATCH, "shuffle": view != "centre"}
        items = Items(images, classes, view)
        return [
            DataLoader(items, **how),
            DataLoader(items, **how, num_workers=common.cores(), persistent_workers=True),
        ]

    chain, one_map, tests = loaders("chain"), loaders("one_map"), loaders("centre")
    stack, part = batches.images.stack, batches.images.rows.split(256)
    work = {
        "input of training": (
            8,
            lambda: allocator.keeping()(consumed)(batches),
            [lambda p=p: consumed(loaded(p, device)) for p in chain],
            lambda: allocator.keeping()(consumed)(cuts(batches)),
        ),
        "input of training beside one map an item": (
            None,
            lambda: allocator.keeping()(consumed)(batches),
            [lambda p=p: consumed(loaded(p, device)) for p in one_map],
            None,
        ),
        "training with its input": (
            2,
            lambda: one_epoch(batches),
            [lambda p=p: trained(plain, loaded(p, device), device) for p in chain],
            lambda: allocator.keeping()(trained)(network, prepared, device),
        ),
        "classifying with its input": (
            None,
            lambda: classified(
                network, ((batches.how.prepare.central(stack, p),) for p in part), device
            ),
            [lambda p=p: classified(plain, loaded(p, device), device) for p in tests],
            lambda: classified(network, (central * (n // 1024 + 1))[: len(part)], device),
        ),
        "training on ready inputs, channels last beside channels first": (
            None,
            lambda: trained(network, prepared, device),
            [lambda: trained(plain, contiguous, device)],
            None,
        ),
        HALF: (
            None,
            lambda: trained(network, few, device, torch.autocast(device.type, torch.bfloat16)),
            [lambda: trained(network, few, device, nullcontext())],
            None,
        ),
    }
    counts = {HALF: len(few) * BATCH}
    work = {name: one for name, one in work.items() if one[0] or not goals_alone}
    peaks = {name: _peak_mib(own, device) for name, (_, own, *_) in work.items()}
    found = {name: [] for name in work}
    for _ in range(rounds):
        for name, (_, own, others, limit) in work.items():
            count = counts.get(name, n)
            peer = max(rate(other, count, device) for other in others)
            found[name].append(
                (
                    rate(own, count, device),
                    peer,
                    rate(limit, count, device) if limit else float("nan"),
                )
            )
    return [_row(name, work[name][0], rates, peaks[name], device) for name, rates in found.items()]


def _peak_mib(work: Callable[[], object], device: torch.device) -> float:
    """MiB that the work needs beyond what is there: of the card, or of the process."""
    if device.type != "cuda":
        return common.peak_mib(work)
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    work()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def _row(
    name: str, goal: float | None, rates: list[tuple], peak_mib: float, device: torch.device
) -> dict:
    own, peer, limit = (list(column) for column in zip(*rates))
    return common.row(
        name if " beside " in name else f"{name}, beside a DataLoader",
        own,
        peer,
        unit="images/s",
        goal=goal,
        peak_mib=peak_mib,
        limit_share=None if limit[0] != limit[0] else median(a / b for a, b in zip(own, limit)),
        device=(
            torch.cuda.get_device_name()
            if device.type == "cuda"
            else common.cpu(torch.get_num_threads())
        ),
    )


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(common.cores())  # the DataLoader has as many workers
    return comparisons(256 if quick else 2048, 2 if quick else 5, devices.resolve("auto"), quick)


if __name__ == "__main__":
    common.main(__file__, rows)

"""Transfer functions, their slopes, and how fast deep networks learn with each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.drawings.theme import DASHES, Theme, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from astronn.textbook.activations import Curve, Result

TITLES = {"logistic": "logistic", "tanh": "tanh", "relu": "ReLU", "gelu": "GELU"}


def item(result: Result, learnt: float) -> Item:
    """The item of a computed Result; ``learnt`` is the training loss that counts as learnt."""
    deepest, shallowest = max(result.depths), min(result.depths)
    return Item(
        title="Transfer functions, and how fast deep networks learn with them",
        question="Why have logistic units given way to rectified ones in networks of many layers?",
        findings=tuple(
            sentence
            for sentence in (
                _race(result, shallowest),
                _race(result, deepest),
                _gradients(result, deepest),
                _said(result),
            )
            if sentence
        ),
        source="LeCun, Bengio & Hinton 2015, Nature 521, 436; Glorot & Bengio 2010, AISTATS; Nair & Hinton 2010, ICML (ReLU); Krizhevsky, Sutskever & Hinton 2012, NeurIPS; "
        "Hendrycks & Gimpel 2016, arXiv:1606.08415 (GELU). Digits: Alpaydin & Kaynak 1998, as in scikit-learn.",
        drawings=(
            Drawing(
                "functions",
                "The functions and their slopes. Look at the slopes: the logistic function's is nowhere above 1/4, so that "
                "an error carried back through many layers shrinks; tanh's is 1 only near 0; ReLU's is exactly 1 wherever "
                "it is on.",
                "Left the logistic function, tanh, ReLU and GELU between -4 and 4; right their derivatives.",
                lambda theme: functions(result, theme),
            ),
            Drawing(
                "training",
                f"Training loss on digits, epoch by epoch, for {', '.join(map(str, result.depths))} hidden layers; each "
                f"curve at its own best learning rate, mean of {result.starts} starts. Look at how the logistic curve falls "
                "behind as layers are added. Dotted: the loss that counts as learnt.",
                "One panel a depth; curves of training loss against epoch for four activations; the logistic one stays high "
                "in deep networks.",
                lambda theme: training(result, learnt, theme),
            ),
        ),
        tables=(
            Table(
                f"Epochs until the training loss is below {learnt:g} (learning rate in brackets); loss after {result.epochs} "
                "epochs where it never is",
                ("activation", *(f"{depth} layers" for depth in result.depths)),
                tuple(
                    (TITLES[name], *(_cell(result, name, depth) for depth in result.depths))
                    for name in result.values
                ),
            ),
            *([races(result)] if result.races else []),
        ),
        numbers={
            "races": {
                f"{name}, width {width}, inputs {kind}, {depth} layers": {
                    "epochs_to_learn": race.epochs_to_learn.tolist(),
                    "loss": race.loss.tolist(),
                }
                for (name, width, kind, depth), race in result.races.items()
            },
            "epochs_to_learn": _by_depth(result, lambda curve: curve.epochs_to_learn),
            "final_loss": _by_depth(result, lambda curve: float(curve.loss[-1])),
            "rates": _by_depth(result, lambda curve: curve.rate),
            "gradient_ratio": _by_depth(result, _ratio),
            "depths": list(result.depths),
        },
    )


def _cell(result: Result, name: str, depth: int) -> str:
    curve = result.curves[name, depth]
    took = f"{curve.epochs_to_learn}" if curve.epochs_to_learn else f"loss {curve.loss[-1]:.2f}"
    return f"{took} ({curve.rate:g})"


def _race(result: Result, depth: int) -> str:
    """How many epochs each took at one depth."""
    took = {TITLES[name]: result.curves[name, depth].epochs_to_learn for name in result.values}
    words = [
        f"{name} {n}" for name, n in sorted(took.items(), key=lambda pair: pair[1] or 1e9) if n
    ]
    never = [name for name, n in took.items() if not n]
    tail = f"; {' and '.join(never)} not within {result.epochs}" if never else ""
    return f"{depth} hidden layers, epochs to learn the training digits: {', '.join(words)}{tail}."


def _by_depth(result: Result, of: Callable[[Curve], Any]) -> dict[str, list]:
    """Something of every curve: activation -> one a depth."""
    return {
        name: [of(result.curves[name, depth]) for depth in result.depths] for name in result.values
    }


def _ratio(curve: Curve) -> float:
    """Root mean square gradient of the first layer over that of the last, before training."""
    return float(curve.gradient[0] / curve.gradient[-1])


def _gradients(result: Result, depth: int) -> str:
    found = ", ".join(
        f"{TITLES[name]} {_ratio(result.curves[name, depth]):.1g}" for name in result.values
    )
    return (
        f"Before training, gradients of the first of {depth} layers relative to those of the last:"
        f" {found}."
    )


def _said(result: Result) -> str:
    """Where rectified units beat tanh here, and where not: the textbooks' sentence, tested."""
    if not result.races:
        return ""
    cells = sorted({key[1:] for key in result.races}, key=str)
    faster: dict[str, list[str]] = {"ReLU": [], "tanh": [], "neither": []}
    factors = []
    for width, kind, depth in cells:
        relu, tanh = (result.races[name, width, kind, depth] for name in ("relu", "tanh"))
        took = [float(np.median(race.epochs_to_learn)) for race in (relu, tanh)]
        factors.append(took[1] / took[0])
        wins = int((relu.epochs_to_learn < tanh.epochs_to_learn).sum())
        losses = int((relu.epochs_to_learn > tanh.epochs_to_learn).sum())
        n = len(relu.epochs_to_learn)
        who = "ReLU" if 2 * wins > n else "tanh" if 2 * losses > n else "neither"
        faster[who].append(f"width {width}, inputs {kind}, {depth} layers")
    said = [f"{who} in {len(found)} ({'; '.join(found)})" for who, found in faster.items() if found]
    return (
        "LeCun et al. say that ReLU typically learns faster than tanh. Tested on these digits, of"
        f" {len(cells)} cases the majority of starts learns first with {', with '.join(said)}. The"
        f" largest gain of ReLU is a factor of {max(factors):.1f} in epochs; the factor of six that"
        " Krizhevsky et al. (2012) show is of a convolutional network on a thousand times the data,"
        " and is not reproduced here."
    )


def races(result: Result) -> Table:
    """tanh and ReLU at every width, kind of inputs and depth."""
    cells = sorted({key[1:] for key in result.races}, key=lambda key: (key[0], key[1], key[2]))
    rows = []
    for width, kind, depth in cells:
        both = [result.races[name, width, kind, depth] for name in ("tanh", "relu")]
        took = [_took(race.epochs_to_learn, result.epochs) for race in both]
        loss = [f"{np.median(race.loss):.2g}" for race in both]
        rows.append((f"{width}", kind, f"{depth}", *took, *loss))
    starts = len(next(iter(result.races.values())).loss) if result.races else 0
    return Table(
        f"tanh and ReLU: epochs to learn (least and most of {starts} starts, each at the rate that is"
        f" best for it), and the median of the lowest losses after {result.epochs} epochs",
        ("width", "inputs", "layers", "tanh", "ReLU", "loss tanh", "loss ReLU"),
        tuple(rows),
    )


def _took(epochs: np.ndarray, most: int) -> str:
    """ "4 to 5"; ">15" where a start did not learn."""
    low, high = (str(int(n)) if n <= most else f">{most}" for n in (epochs.min(), epochs.max()))
    return low if low == high else f"{low} to {high}"


def functions(result: Result, theme: Theme) -> Figure:
    """Values and slopes side by side."""
    figure = new(height=3.6)
    for axes, found, title in zip(
        figure.subplots(1, 2), (result.values, result.slopes), ("value", "slope")
    ):
        for (name, curve), dash in zip(found.items(), DASHES):
            axes.plot(result.grid, curve, dashes=dash, label=TITLES[name])
        axes.set(title=title, xlabel="a", xlim=(-4, 4))
    figure.axes[0].set_ylim(-1.15, 2.2)
    figure.axes[0].legend(loc="upper left")
    figure.axes[1].set_ylim(-0.2, 1.2)
    return figure


def training(result: Result, learnt: float, theme: Theme) -> Figure:
    """Curves of the training loss, one panel a depth."""
    figure = new(height=3.6)
    epochs = np.arange(1, result.epochs + 1)
    for axes, depth in zip(figure.subplots(1, len(result.depths), sharey=True), result.depths):
        for name, dash in zip(result.values, DASHES):
            axes.plot(
                epochs,
                result.curves[name, depth].loss,
                dashes=dash,
                linewidth=1.8,
                label=TITLES[name],
            )
        axes.axhline(learnt, color=theme.soft, linestyle="dotted", linewidth=1.2)
        axes.set(title=f"{depth} layers", xlabel="epoch", yscale="log", ylim=(5e-4, 4))
    figure.axes[0].set_ylabel("training loss")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure

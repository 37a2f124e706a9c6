"""The network that sees and the one that says: digit strings and simulated galaxies, with their
maps of attention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from astronn.statistics import attention_scores, caption_scores
from pipelines.errors import PipelineError
from pipelines.tasks.captions import LOOKS, PICTURES, SAID, DescribeObjects
from pipelines.textbook.task import TextbookTask
from reports.textbook.item import Item
from reports.textbook.items.attention import Described, item

if TYPE_CHECKING:
    from reports.textbook.items.attention import Described

# Reading starts all of a sudden, after some 20,000 pictures seen: fewer would show a network that
# guesses. What fits into three minutes on two cores, one set on each; the sets' own sizes and
# epochs are those of `astronn describe`.
SMALL = {
    "network_options": {"blocks": [1, 1]},
    "batch_size": 32,
    "learning_rate": 0.003,
    "warm_up": 2.0,
}
FULL = {
    "digit_strings": {"n_train": 4000, "n_test": 200, "options": {"max_epochs": 14, **SMALL}},
    "simulated_galaxies": {
        "n_train": 2000,
        "n_test": 120,
        "options": {"max_epochs": 11, "batch_size": 32},
    },
}
QUICK = {
    "digit_strings": {"n_train": 4000, "n_test": 60, "options": {"max_epochs": 10, **SMALL}},
    "simulated_galaxies": {
        "n_train": 1500,
        "n_test": 60,
        "options": {"max_epochs": 9, "batch_size": 32},
    },
}


class TextbookAttention(TextbookTask):
    """Three digit strings and three galaxies, described token by token, each token with its map."""

    number = 7
    stage = "attention"
    code_version = 2
    heavy = (*TextbookTask.heavy, "pandas", "pyarrow.parquet")

    def requires(self) -> dict[str, DescribeObjects]:
        sizes = QUICK if self.quick else FULL
        return {
            name: self.clone(DescribeObjects, captions=name, **own) for name, own in sizes.items()
        }

    def item(self) -> Item:
        return item(*(described(task) for task in self.requires().values()))


def described(task: DescribeObjects) -> Described:
    """What a finished task says of its test objects. Of those whose maps were kept, objects of
    which most is known (parts that tokens speak of, then pixels of these) come first, but for
    sets whose every token has its place.

    Raises
    ------
    PipelineError
        If the captions do not say what their tokens speak of.
    """
    import pandas as pd

    about, captions = task.about(), task.set_task().read()
    frame, looks = pd.read_parquet(task.path(SAID)), pd.read_parquet(task.path(LOOKS))
    with np.load(task.path(PICTURES)) as arrays:
        images, maps = arrays["images"], arrays["maps"]
    parts = captions.regions
    if parts is None:
        raise PipelineError(
            f"captions {about.name!r} do not say what their tokens speak of; choose a set that does"
        )
    regions = parts.pixels[captions.rows("test")[: len(images)]] > 0
    outlines = np.zeros(maps.shape, dtype=bool)
    for row, caption in enumerate(frame["caption"].iloc[: len(images)]):
        for place, name in enumerate(about.regions_of(caption)[: maps.shape[1]]):
            if name:
                outlines[row, place] = regions[row, parts.bands.index(name)]
    n_parts, n_pixels = outlines.any((2, 3)).sum(1), outlines.sum((1, 2, 3))
    known = np.arange(len(images)) if about.by_place else np.lexsort((-n_pixels, -n_parts))
    true, said = frame["caption"].tolist(), frame["said"].tolist()
    return Described(
        title=about.title,
        noun=about.noun,
        images=images[known],
        maps=maps[known],
        outlines=outlines[known],
        said=[said[row] for row in known],
        true=[true[row] for row in known],
        n_train=len(captions.rows("train")),
        n_test=len(frame),
        exact_match=caption_scores.exact_match(true, said),
        token_accuracy=caption_scores.token_accuracy(true, said),
        hits=_hits(looks, merged=bool(about.by_place)),
    )


def _hits(looks, merged: bool) -> dict[str, tuple[int, float, float]]:
    """Kind of part -> (maps, share that hit, share that even attention hits); all places of a
    string are one kind.
    """
    kinds = {"the digit": looks} if merged else dict(tuple(looks.groupby("region")))
    found = {}
    for kind, part in kinds.items():
        rows = part[list(attention_scores.Look._fields)].itertuples(index=False)
        mean = attention_scores.mean([attention_scores.Look(*row) for row in rows])
        found[kind] = (mean.n, mean.hit, mean.even_hit)
    return found


TASK = TextbookAttention

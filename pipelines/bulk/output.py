"""The answers on disk: one Parquet file a part, which is whole or absent, and says whose it is.

Columns: the identifier as it came in and the columns that are carried along (``input_`` before a
name that an answer has, too), ``predicted`` and ``second`` (the two most probable classes),
``posterior_<class>`` (float32) and, on request, ``conformal_set``: the classes that fit, joined by
'|', '' where none does. Posteriors are neither compressed nor given a dictionary: both cost several
times the writing and save nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from astronn.classifiers.feature_major import top_two
from catalogs.files.atomic import replacing
from pipelines.bulk.job import Plan, free_name
from pipelines.store.predictions import METADATA, POSTERIOR

ROW_GROUP = 2**18  # objects; what is held before it is written
WORDS = ("predicted", "second", "conformal_set")  # columns of few different texts


def is_done(plan: Plan, number: int) -> bool:
    """Whether the file of a part is there, is of this job and holds as many objects as the part."""
    try:
        footer = pq.read_metadata(plan.path(number))
        about = json.loads(footer.metadata[METADATA])
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
        return False
    return (about.get("key"), about.get("part"), footer.num_rows) == (
        plan.key,
        number,
        plan.parts[number].rows,
    )


@contextmanager
def written(plan: Plan, number: int) -> Iterator[Answers]:
    """Yield what answers are added to, and then closed; the file takes its place when the block
    ends without an error.

    The block's end waits for the disk, a sixth as long as it takes to classify the part: any thread
    may do that."""
    with replacing(plan.path(number)) as scratch:
        yield Answers(plan, number, scratch)


class Answers:
    """The answers for one part, written in row groups."""

    def __init__(self, plan: Plan, number: int, path: Path) -> None:
        part = plan.parts[number]
        source = {"part": number, "source": part.path, "pieces": [part.first, part.last]}
        self.metadata = {METADATA: json.dumps({**plan.about, **source}, sort_keys=True)}
        self.plan, self.path = plan, path
        self.writer: pq.ParquetWriter | None = None
        self.held: list[pa.RecordBatch] = []
        self.carried: list[str] = []
        self.classes = pa.array(plan.classes, pa.string())
        self.names = [POSTERIOR + name for name in plan.classes]
        self.lowest = (1 - np.array(plan.thresholds)).astype(
            np.float32
        )  # in a set is every class with 1 - p <= threshold

    def add(
        self,
        identifiers: pa.Array,
        posteriors: np.ndarray,
        kept: Mapping[str, pa.Array] | None = None,
    ) -> None:
        """The next n objects, posteriors (K, n) float32, and the columns that are carried along."""
        first, second = top_two(posteriors)
        columns = {
            self.plan.identifier: identifiers,
            **self._carried(kept or {}),
            "predicted": self._words(first),
            "second": self._words(second),
        }
        if len(self.lowest):
            columns["conformal_set"] = self._sets(posteriors)
        columns |= {name: pa.array(p) for name, p in zip(self.names, posteriors)}
        self.held.append(pa.record_batch(columns))
        if sum(map(len, self.held)) >= ROW_GROUP:
            self._write()

    def _carried(self, kept: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns of the input under names of their own."""
        named = {free_name(name, self.plan.classes): values for name, values in kept.items()}
        self.carried = [name for name in named if name != self.plan.identifier]
        return {name: named[name] for name in self.carried}

    def close(self) -> None:
        """Write what is held, and the end of the file (a part has one object at least)."""
        self._write()
        if self.writer is not None:
            self.writer.close()

    def _write(self) -> None:
        if not self.held:
            return
        table = pa.Table.from_batches(self.held).unify_dictionaries()
        table = table.cast(self._schema(table.schema))
        if self.writer is None:
            how = {
                "use_dictionary": [name for name in WORDS if name in table.column_names],
                "compression": "none",
            }
            self.writer = pq.ParquetWriter(
                self.path, table.schema, write_statistics=[self.plan.identifier], **how
            )
        self.writer.write_table(table, row_group_size=len(table))
        self.held = []

    def _schema(self, found: pa.Schema) -> pa.Schema:
        """Only an identifier may be null: what cannot be is written a third faster."""
        nullable = {self.plan.identifier, *self.carried}
        own = [field.with_nullable(field.name in nullable) for field in found]
        return pa.schema(own, self.metadata)

    def _words(self, codes: np.ndarray) -> pa.Array:
        """Class names of class numbers, without making a text for each."""
        return pa.DictionaryArray.from_arrays(pa.array(codes), self.classes)

    def _sets(self, posteriors: np.ndarray) -> pa.Array:
        """The sets (n,) as numbers, bit k for class k, and their names; sets that do not occur get
        none.
        """
        bits = np.zeros(posteriors.shape[1], np.uint64 if len(self.classes) > 16 else np.uint16)
        for k, (p, lowest) in enumerate(zip(posteriors, self.lowest)):
            bits = bits | (p >= lowest).astype(bits.dtype) << bits.dtype.type(k)
        if len(self.classes) > 16:
            found, codes = np.unique(bits, return_inverse=True)
        else:  # counting is faster than sorting
            found = np.flatnonzero(np.bincount(bits))
            place = np.zeros(found[-1] + 1, np.int32)
            place[found] = np.arange(len(found))
            codes = place[bits]
        names = [
            "|".join(name for k, name in enumerate(self.plan.classes) if int(one) >> k & 1)
            for one in found
        ]
        return pa.DictionaryArray.from_arrays(
            pa.array(codes.astype(np.int32)), pa.array(names, pa.string())
        )

"""Objects from a pipe, answered one by one: JSON lines or Avro packets in, one JSON line for each
out, in their order.

What lies in the pipe is answered together, so that a fast sender is kept up with and a slow one
does not wait. An object that cannot be classified has an answer of its own, {"error": why}."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO, cast

import numpy as np

import astronn
from catalogs.bulk.records import PATH, Record, Records
from catalogs.errors import CatalogueError, foreign
from pipelines.bulk import job as jobs
from pipelines.bulk.job import Job
from pipelines.errors import PipelineError

CHUNK = 1 << 20  # bytes taken from the pipe at once
BATCH = 4096  # objects answered together, at most
LONGEST = 1 << 26  # bytes of one line
AVRO = b"Obj\x01"  # an Avro file begins so; packets of the Zwicky Transient Facility are files

Incoming = Record | CatalogueError  # an object, or why it is none


@dataclass(frozen=True)
class Counts:
    """How many objects were answered, and how many of these answers are errors."""

    answered: int = 0
    failed: int = 0


class Answering:
    """A model and what it needs of each object."""

    def __init__(self, job: Job) -> None:
        from astronn.classifiers import feature_major

        model = astronn.load(jobs.model_folder(job.model), device="cpu")
        if jobs.sees_images(model):
            raise PipelineError(f"{job.model}: a model of images reads no lines; classify a stack")
        wanted = jobs.wanted(job, jobs.features(model, job))
        self.records = Records(wanted)
        self.classes = tuple(map(str, model.classes_))
        self.identifier = jobs.output_name(wanted, self.classes)
        self.lowest = None
        if job.calibration:
            self.lowest = 1 - np.array(jobs.conformal_thresholds(job, self.classes), np.float32)
        self.posteriors = feature_major.FeatureMajor(model)
        self.top_two = feature_major.top_two
        self.row = 0

    def answers(self, incoming: Sequence[Incoming]) -> list[dict[str, Any]]:
        """One answer for each: identifier, carried columns, the two most probable classes, the
        posteriors, and the set of classes where one is asked for; {"error": why} for what is none.
        """
        good = [one for one in incoming if not isinstance(one, CatalogueError)]
        try:
            found = iter(self._of(good) if good else [])
        except (CatalogueError, ValueError) as error:  # astronn's own errors are ValueErrors
            if len(incoming) == 1:
                self.row += 1
                return [{"error": str(error)}]
            return [answer for one in incoming for answer in self.answers([one])]
        said = [
            {"error": str(one)} if isinstance(one, CatalogueError) else next(found)
            for one in incoming
        ]
        self.row += len(incoming)
        return said

    def _of(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        block = self.records.block(records, self.row)
        P = self.posteriors(list(block.columns))
        first, second = self.top_two(P)
        carried = {
            jobs.free_name(name, self.classes): _plain(values)
            for name, values in block.kept.items()
        }
        names, found = _plain(block.identifiers), []
        for n, posterior in enumerate(P.T.tolist()):
            digits = (float(f"{p:.7g}") for p in posterior)  # those of float32
            answer = {self.identifier: names[n]}
            answer |= {name: values[n] for name, values in carried.items()}
            answer |= {
                "predicted": self.classes[first[n]],
                "second": self.classes[second[n]],
                "posteriors": dict(zip(self.classes, digits, strict=True)),
            }
            if self.lowest is not None:
                inside = zip(self.classes, P[:, n] >= self.lowest, strict=True)
                answer["conformal_set"] = [name for name, held in inside if held]
            found.append(answer)
        return found


def _plain(values: Any) -> list[Any]:
    """An Arrow array as JSON has it: NaN is null."""
    return [None if value != value else value for value in values.to_pylist()]


def answer(job: Job, incoming: BinaryIO, outgoing: TextIO) -> Counts:
    """Answer all objects of a pipe; a line for each is written as soon as it is known.

    Raises
    ------
    PipelineError, CatalogueError
        If the model reads no tables, or the pipe holds neither JSON lines nor Avro packets.
    """
    answering, counts = Answering(job), Counts()
    for batch in _batches(incoming, job.format):
        said = answering.answers(batch)
        outgoing.write("".join(f"{json.dumps(one, default=str)}\n" for one in said))
        outgoing.flush()
        failed = sum("error" in one for one in said)
        counts = Counts(counts.answered + len(said), counts.failed + failed)
    return counts


def _batches(pipe: BinaryIO, form: str) -> Iterator[Sequence[Incoming]]:
    if form not in ("", "json", "avro"):
        raise PipelineError(f"--format {form!r}: a pipe holds json or avro; choose one of them")
    head = pipe.read(1)  # waits for the first object
    if form == "avro" or (form == "" and head == AVRO[:1]):
        yield from _packets(pipe, head)
    else:
        yield from _lines(pipe, head)


def _lines(pipe: BinaryIO, rest: bytes) -> Iterator[Sequence[Incoming]]:
    """The objects of whole lines that are there, again and again; blank lines are none."""
    while chunk := _some(pipe):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST:
            raise CatalogueError(f"{PATH}: a line of more than {LONGEST} bytes; send one an object")
        yield from _parts([_parsed(line) for line in lines if line.strip()])
    if rest.strip():
        yield [_parsed(rest)]


def _some(pipe: BinaryIO) -> bytes:
    """What is there, at least a byte, or nothing at the end."""
    return pipe.read1(CHUNK) if isinstance(pipe, io.BufferedReader) else pipe.read(CHUNK)


def _parts(found: Sequence[Incoming]) -> Iterator[Sequence[Incoming]]:
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _parsed(line: bytes) -> Incoming:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return CatalogueError(f"not JSON ({error}); send one JSON object in each line")
    if not isinstance(found, Mapping):
        return CatalogueError("not a JSON object; send {name: value, ...} in each line")
    return found


def _packets(pipe: BinaryIO, head: bytes) -> Iterator[Sequence[Incoming]]:
    """The records of Avro files that follow one another, block by block."""
    try:
        import fastavro
    except ImportError:
        raise PipelineError(
            "Avro needs fastavro; install it: pip install 'astronn-pipelines[avro]'"
        ) from None
    ahead = _Ahead(pipe, head)
    while begin := ahead.peek(len(AVRO)):
        if begin != AVRO:
            raise CatalogueError(f"{PATH}: no Avro file begins here; send whole packets")
        with foreign(PATH, "an Avro file", "send whole packets"):
            blocks: Any = fastavro.block_reader(cast(Any, ahead))
        while (begin := ahead.peek(len(AVRO))) and begin != AVRO:
            with foreign(PATH, "an Avro file", "send whole packets"):
                records: list[Incoming] = list(next(blocks))
            yield from _parts(records)


class _Ahead:
    """A pipe of which the next bytes can be looked at."""

    def __init__(self, pipe: BinaryIO, held: bytes) -> None:
        self.pipe, self.held, self.place = pipe, held, 0

    def peek(self, n: int) -> bytes:
        """The next n bytes, fewer at the end."""
        while len(self.held) < n and (more := self.pipe.read(n - len(self.held))):
            self.held += more
        return self.held[:n]

    def read(self, n: int = -1) -> bytes:
        """As a file does."""
        wanted = len(self.held) if n < 0 else n
        found, self.held = self.held[:wanted], self.held[wanted:]
        if n < 0 or len(found) < n:
            found += self.pipe.read(n if n < 0 else n - len(found))
        self.place += len(found)
        return found

    def tell(self) -> int:
        """How many bytes were read."""
        return self.place

"""Bulk classification: the same answers as predict_proba, bounded, resumable to the same bytes,
refused with reasons.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from processes import HANG_S

import astronn
from astronn import saving
from astronn.posteriors.conformal import ConformalSets
from catalogs.images.stack import ImageStack
from pipelines.bulk import output, run
from pipelines.bulk.job import DOCUMENT, Job, plan
from pipelines.bulk.progress import Progress
from pipelines.errors import PipelineError
from pipelines.tasks.classify_files import ClassifyFiles

ROOT = Path(__file__).resolve().parents[3]
FEATURES, N = ["B", "R", "z"], 5000


def galaxies(n=N, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)).astype(np.float32), columns=FEATURES)
    frame.insert(0, "object_id", np.arange(n) + 10**17)
    return frame


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model, and a file of 5000 objects in row groups of 500."""
    folder = tmp_path_factory.mktemp("bulk")
    frame = galaxies(1000, seed=1)
    labels = np.array(["E", "S0", "S"])[(frame.B > 0).astype(int) + (frame.R > 0.5)]
    model = astronn.FeedforwardClassifier(
        (6,), activation="tanh", max_epochs=30, device="cpu", random_state=0
    )
    model.fit(frame[FEATURES], labels).save(folder / "model")
    galaxies().to_parquet(folder / "galaxies.parquet", row_group_size=500)
    return folder


def job(place, out, **changes) -> Job:
    asked = {"inputs": (str(place / "galaxies.parquet"),), "rows_per_part": 1000, **changes}
    return Job(model=str(place / "model"), output=str(out), **asked)


def parts(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("part-*.parquet"))}


@pytest.fixture(scope="module")
def done(place):
    """The finished job, by two threads."""
    run.classify(job(place, place / "done"), threads=2)
    return place / "done"


def test_answers_are_those_of_predict_proba(place, done):
    model, found = astronn.load(place / "model", device="cpu"), pd.read_parquet(done)
    P = model.predict_proba(galaxies()[FEATURES])
    assert list(found) == [
        "object_id",
        "predicted",
        "second",
        *(f"posterior_{name}" for name in model.classes_),
    ]
    assert (found.object_id == galaxies().object_id).all()
    posteriors = found[[f"posterior_{name}" for name in model.classes_]]
    assert (posteriors.dtypes == np.float32).all() and np.abs(posteriors - P).max().max() < 2e-6
    order = np.argsort(-P, axis=1, kind="stable")
    assert (found.predicted == model.classes_[order[:, 0]]).all()
    assert (found.second == model.classes_[order[:, 1]]).all()


def test_each_file_says_what_made_it(place, done):
    about = json.loads(pq.read_metadata(done / "part-00002.parquet").metadata[b"astronn"])
    document = json.loads((place / "model" / "model.json").read_text())
    assert about["model"]["sha256"] == document["sha256"] and about["features"] == FEATURES
    assert (about["part"], about["pieces"]) == (2, [4, 6]) and about["source"].endswith(
        "galaxies.parquet"
    )
    assert json.loads((done / "_SUCCESS.json").read_text())["n_objects"] == N


def test_threads_and_order_do_not_change_a_byte(place, done, tmp_path):
    ready = run.begin(job(place, tmp_path))
    for number in reversed(range(len(ready.parts))):
        run.computed(ready, number).close()
    assert parts(tmp_path) == parts(done) and len(parts(done)) == 5


def test_what_is_done_is_not_done_again_and_what_is_broken_is(place, done, tmp_path):
    run.classify(job(place, tmp_path), threads=1)
    kept, cut, lost, foreign = (tmp_path / f"part-0000{n}.parquet" for n in (0, 1, 2, 3))
    before = kept.stat().st_mtime_ns
    cut.write_bytes(cut.read_bytes()[:-100])
    lost.unlink()
    galaxies(1000).to_parquet(foreign)
    run.classify(job(place, tmp_path), threads=1)
    assert kept.stat().st_mtime_ns == before and parts(tmp_path) == parts(done)
    assert json.loads((tmp_path / "_SUCCESS.json").read_text())["last_run"]["parts_found_done"] == 2


KILLED = """
import os, signal, sys
from pipelines.bulk import output, run
from pipelines.bulk.job import Job
close = output.Answers.close
def dies(self):
    if self.metadata[b"astronn"].find('"part": 3') > 0:
        self._write()
        os.kill(os.getpid(), signal.SIGKILL)      # part 3 is written, and not yet in its place
    close(self)
output.Answers.close = dies
run.classify(Job(sys.argv[1], (sys.argv[2],), sys.argv[3], rows_per_part=1000), threads=1)
"""


def test_killed_and_run_again_gives_the_same_bytes(place, done, tmp_path):
    words = [str(place / "model"), str(place / "galaxies.parquet"), str(tmp_path)]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *words], cwd=ROOT, capture_output=True, timeout=HANG_S
    )
    assert killed.returncode == -signal.SIGKILL
    assert "part-00003.parquet" not in parts(tmp_path) and not (tmp_path / "_SUCCESS.json").exists()
    assert list(tmp_path.glob(".*scratch*"))
    run.classify(job(place, tmp_path))
    assert parts(tmp_path) == parts(done) and not list(tmp_path.glob(".*scratch*"))


MEASURED = """
import sys
from benchmarks.common import peak_mib
from pipelines.bulk import run
from pipelines.bulk.job import Job
asked = Job(sys.argv[1], (sys.argv[2],), sys.argv[3])
print(peak_mib(lambda: run.classify(asked, threads=1), mapped=False))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_objects(place, tmp_path):
    """Both sizes are several row groups of output; one holds four times as many objects as the
    other.
    """
    peaks = []
    for n in (600_000, 2_400_000):
        path = tmp_path / f"{n}.parquet"
        galaxies(n).to_parquet(path, row_group_size=100_000)
        words = [
            sys.executable,
            "-c",
            MEASURED,
            str(place / "model"),
            str(path),
            str(tmp_path / f"out-{n}"),
        ]
        peaks.append(
            float(
                subprocess.run(
                    words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=HANG_S
                ).stdout
            )
        )
    assert peaks[1] < peaks[0] + 25 and max(peaks) < 256


def test_sets_are_those_of_conformal_prediction(place, tmp_path):
    model, held = astronn.load(place / "model", device="cpu"), galaxies(400, seed=2)
    P = model.predict_proba(held[FEATURES])
    labels = np.array(["E", "S0", "S"])[(held.B > 0).astype(int) + (held.R > 0.5)]
    texts = {
        "object_id": held.object_id.astype(str),
        "part": "test",
        "reference": labels,
        "predicted": labels,
    }
    table = pd.DataFrame(
        {**texts, **{f"posterior_{name}": p for name, p in zip(model.classes_, P.T)}}
    )
    about = {
        "name": "n",
        "title": "t",
        "kind": "network",
        "inputs": FEATURES,
        "classes": list(model.classes_),
    }
    with_about = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(
        {b"astronn": json.dumps(about)}
    )
    pq.write_table(with_about, tmp_path / "predictions.parquet")
    asked = job(
        place, tmp_path / "out", calibration=str(tmp_path / "predictions.parquet"), alpha=0.05
    )
    run.classify(asked, threads=1)
    found = pd.read_parquet(tmp_path / "out")
    member = (
        ConformalSets(list(model.classes_), score="lac", alpha=0.05)
        .fit(P, labels)
        .predict(found[[f"posterior_{name}" for name in model.classes_]].to_numpy())
    )
    expected = ["|".join(model.classes_[row]) for row in member]
    assert list(found.conformal_set) == expected and len(set(expected)) > 3


def test_an_image_stack_is_classified_by_a_network_that_sees_images(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (30, 1, 12, 12), dtype=np.uint8)
    rules = {
        "network": "lenet",
        "network_options": {"feature_maps": (4,)},
        "max_epochs": 3,
        "warm_up": 0,
        "device": "cpu",
    }
    model = astronn.ConvolutionalClassifier(**rules, random_state=0).fit(pixels, np.arange(30) % 2)
    model.save(tmp_path / "model")
    names = np.array([f"g{i:02d}" for i in range(30)])
    ImageStack(names, pixels, ("g",)).write(tmp_path / "stack")
    model_, stack, out = (str(tmp_path / name) for name in ("model", "stack", "out"))
    run.classify(Job(model_, (stack,), out, rows_per_part=20, device="cpu"))
    found = pd.read_parquet(tmp_path / "out")
    assert list(found.object_id) == list(names) and len(parts(tmp_path / "out")) == 2
    np.testing.assert_allclose(
        found[["posterior_0", "posterior_1"]], model.predict_proba(pixels), atol=1e-6
    )


WRONG = {
    "no model": ({"model": "nowhere"}, "no model.json in it; give a folder"),
    "no input": ({"inputs": ("nowhere.parquet",)}, "nowhere.parquet does not exist"),
    "identifier": (
        {"identifier": "name"},
        "missing column 'name'; remedy: the file has 'object_id', 'B', 'R', 'z'; name the columns",
    ),
    "feature": ({"features": ("B", "R", "K")}, "missing column 'K'"),
    "features": ({"features": ("B",)}, "the model has 3 features, but 1 were given"),
    "rows": ({"rows_per_part": 0}, "rows per part must be at least 1, not 0"),
    "calibration": ({"calibration": "nowhere"}, "calibration 'nowhere' does not exist"),
}


@pytest.mark.parametrize("changes, message", WRONG.values(), ids=WRONG)
def test_faults_are_found_before_any_work(place, tmp_path, changes, message):
    asked = {**job(place, tmp_path / "out").__dict__, **changes}
    with pytest.raises(ValueError, match=message):
        plan(Job(**asked))
    assert not (tmp_path / "out").exists()


def test_infinite_values_are_refused_by_name(place, tmp_path):
    frame = galaxies(100)
    frame.loc[70, "R"] = np.inf
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(PipelineError, match=r"t.parquet: column 'R' has infinite values; use NaN"):
        run.classify(job(place, tmp_path / "out", inputs=(str(tmp_path / "t.parquet"),)))
    assert not list(tmp_path.glob("out/part-*"))


def test_a_folder_of_another_job_is_refused(place, done):
    with pytest.raises(
        PipelineError, match=r"holds the parts of another job .*another model, input or option"
    ):
        run.classify(job(place, done, rows_per_part=500))
    with pytest.raises(PipelineError, match="holds Parquet files of something else"):
        run.classify(job(place, place))


def test_the_command_does_it_by_its_luigi_task(place, done, tmp_path):
    words = [
        "classify",
        str(place / "model"),
        str(place / "galaxies.parquet"),
        str(tmp_path),
        "--rows-per-part",
        "1000",
    ]
    command = [sys.executable, "-m", "pipelines.cli", *words, "--json"]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANG_S)
    assert first.returncode == 0, first.stderr
    assert (
        json.loads(first.stdout)["n_objects"] == N
        and "5e+03 of 5e+03 objects (100%)" in first.stderr
    )
    assert parts(tmp_path) == parts(done)
    asked = {
        "model": str(place / "model"),
        "sources": [str(place / "galaxies.parquet")],
        "rows_per_part": 1000,
    }
    assert ClassifyFiles(**asked, results=str(tmp_path)).complete()
    assert not ClassifyFiles(**{**asked, "rows_per_part": 900}, results=str(tmp_path)).complete()


def test_progress_tells_rate_and_time_left(capsys):
    progress = Progress(1000, done=500, name="job")
    progress.start -= 10
    progress(100)
    assert progress.text() == "600 of 1e+03 objects (60%), 10 a second, 40 s left"
    progress.close()
    assert capsys.readouterr().err == "job: 600 of 1e+03 objects (60%), 10 a second, 40 s left\n"


def test_an_output_file_of_other_content_is_not_done(place, done):
    ready = plan(job(place, done))
    assert all(output.is_done(ready, number) for number in range(5))
    assert not output.is_done(plan(job(place, done, identifier="B")), 0)


def test_the_tasks_do_not_load_torch():
    """Every process of the pipeline imports this task; only one that classifies needs a network."""
    code = (
        "import luigi, sys, pipelines, pipelines.tasks.classify_files; sys.exit('torch' in"
        " sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=HANG_S).returncode == 0
    assert saving.DOCUMENT == DOCUMENT

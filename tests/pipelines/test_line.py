"""The whole line, from a survey to its report, on what the package carries: runs, resumes, repeats,
refuses.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from processes import HANG_S, found, kill_group, wait_until

from catalogs import surveys
from pipelines.cli import luigi_line
from pipelines.engine.running import run
from pipelines.tasks.compare import CompareClassifiers, default_baselines

ROOT = Path(__file__).resolve().parents[2]
FAST = {"max_epochs": 30, "hidden_layers": [32]}
SCHEMES = ("nearest_class_mean", "majority_class")
WORDS = (
    "report",
    "digits",
    "--options",
    json.dumps(FAST),
    *(word for name in SCHEMES for word in ("--baseline", name)),
)
REPORTS = (
    "report.txt",
    "report.md",
    "report.tex",
    "report.ecsv",
    "report.html",
    "summary.json",
    "comparison.json",
)


def digits(results, **changes) -> CompareClassifiers:
    chosen = {"options": FAST, "baselines": SCHEMES, **changes}
    return CompareClassifiers(survey="digits", results=str(results), **chosen)


def astronn(*words, results, **environment) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.cli", *words, "--results", str(results)]
    settings = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    return subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=HANG_S
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished report on digits."""
    task = digits(tmp_path_factory.mktemp("results"))
    assert run([task])
    return task


def test_every_rendering_is_written_and_the_network_has_learnt(finished):
    assert all(finished.path(name).stat().st_size > 100 for name in REPORTS)
    summary = json.loads(finished.path("summary.json").read_text())
    assert summary["survey"] == "digits" and summary["n_test"] > 100
    classifiers = summary["classifiers"]
    assert set(classifiers) == {"feedforward", "nearest_class_mean", "majority_class"}
    assert (
        classifiers["feedforward"]["accuracy"]
        > 0.9
        > classifiers["nearest_class_mean"]["accuracy"]
        > 0.8
    )
    assert classifiers["majority_class"]["accuracy"] < 0.15


def test_index_links_to_the_report(finished):
    index = Path(finished.results, "index.html").read_text()
    assert finished.path("report.html").relative_to(finished.results).as_posix() in index


def test_second_run_does_nothing(finished):
    before = {path: path.stat().st_mtime_ns for path in Path(finished.results).rglob("*")}
    assert run([finished])
    assert {path: path.stat().st_mtime_ns for path in Path(finished.results).rglob("*")} == before


def test_another_option_makes_another_report_and_keeps_what_it_shares(finished):
    other = digits(finished.results, options={**FAST, "hidden_layers": [5]})
    assert other.folder() != finished.folder()
    before, after = (task.requires()[0].requires()["stratified"] for task in (finished, other))
    assert before["split"].folder() == after["split"].folder()
    assert before["networks"][0].folder() != after["networks"][0].folder()
    assert [t.folder() for t in before["schemes"]] == [t.folder() for t in after["schemes"]]


CHANGES = {
    "seed": 1,
    "seeds": 2,
    "classifier": "storrie_lombardi_1992",
    "baselines": ["majority_class"],
    "n_train": 500,
    "further": ["ensemble"],
    "calibrate": False,
    "min_separation_arcsec": 1.0,
}


@pytest.mark.parametrize("change", [{name: value} for name, value in CHANGES.items()], ids=str)
def test_every_parameter_changes_the_path(finished, change):
    assert digits(finished.results, **change).folder() != finished.folder()


def test_several_networks_stand_in_one_comparison(finished):
    words = [
        *WORDS,
        "--classifier",
        "feedforward",
        "--classifier",
        "storrie_lombardi_1992",
        "--json",
    ]
    done = astronn(*words, results=finished.results)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["classifiers"]
    assert list(found) == ["feedforward", "storrie_lombardi_1992", *SCHEMES]
    made = json.loads(finished.path("summary.json").read_text())["classifiers"]["feedforward"]
    assert found["feedforward"].items() >= made.items()


def test_default_baselines_fit_the_classes():
    assert "linear_index" not in default_baselines(surveys.load("digits"))
    assert {"linear_index", "nearest_class_mean", "nearest_class_mean@all"} <= set(
        default_baselines(surveys.load("openngc"))
    )


def killed_in_training(results: Path) -> bool:
    """Begin a run and kill it as it trains; False if the machine was so busy that the training was
    over before the signal came.
    """
    command = [sys.executable, "-m", "pipelines.cli", *WORDS, "--results", str(results)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **quiet)
    training = ".scratch-*model-feedforward*"
    wait_until(lambda: found(results, training), process)
    kill_group(process)
    return bool(found(results, training))


def test_killed_in_training_then_run_again_gives_the_same_bytes(finished, tmp_path):
    """SIGKILL to the whole process group while the network trains; the second run must finish with
    identical tables.
    """
    results = next(
        (folder for name in "abcde" if killed_in_training(folder := tmp_path / name)), None
    )
    assert results, "five runs, and none was killed in the middle of training"
    assert not found(results, "report.txt")

    again = astronn(*WORDS, results=results)
    assert again.returncode == 0, again.stderr
    assert not found(results, ".scratch-*")
    resumed = digits(results)
    assert all(
        resumed.path(name).read_bytes() == finished.path(name).read_bytes() for name in REPORTS
    )


def test_json_is_all_that_goes_to_standard_output(finished):
    done = astronn(*WORDS, "--json", results=finished.results)
    assert done.returncode == 0, done.stderr
    found, made = json.loads(done.stdout), json.loads(finished.path("summary.json").read_text())
    assert found.keys() >= made.keys() and found["path"] == str(finished.path("report.html"))
    assert all(found["classifiers"][n].items() >= m.items() for n, m in made["classifiers"].items())


def test_the_account_is_short_and_all_of_it_is_there_on_demand(finished):
    short, full = (
        astronn(*WORDS, *more, results=finished.results, COLUMNS=100).stdout
        for more in ([], ["--full"])
    )
    assert 10 < len(short.splitlines()) < 60 < len(full.splitlines())
    whole = finished.path("report.txt").read_text()
    missing = [line for line in whole.splitlines() if line not in full.splitlines()]
    assert not missing and whole in full and "to repeat: " in full
    assert f"page: {finished.path('report.html')}" in short


WRONG = {
    ("report", "eso"): "unknown survey 'eso'; choose one of: ",
    ("report", "digits", "--split", "south"): "unknown split 'south'",
    ("report", "digits", "--baseline", "oracle"): "oracle",
    ("report", "digits", "--classifier", "deep"): "deep",
    (
        "report",
        "digits",
        "--classifier",
        "feedforward",
        "--classifier",
        "feedforward",
    ): "must differ; name each once",
    ("report", "digits", "--classifier", "feedforward", "--classifier", "deep"): "deep",
    ("report", "digits", "--options", '{"hiden_layers": [3]}'): "hiden_layers",
    ("report", "digits", "--options", '{"max_epochs": 0}'): "max_epochs",
    ("report", "openngc", "--feature", "SurfBr"): "leaks the label",
    (
        "report",
        "openngc",
        "--input",
        "NGC.csv=/nowhere/NGC.csv",
    ): "there is no file at /nowhere/NGC.csv",
    (
        "report",
        "openngc",
        "--input",
        "NGC.txt=README.md",
    ): "reads no such file; choose one of: NGC.csv",
}


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(words[1:]))
def test_a_mistake_is_one_line_and_a_non_zero_exit(words, tmp_path):
    done = astronn(*words, results=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert lines[-1].startswith("astronn: error: ") and WRONG[words] in lines[-1]
    assert lines[:-1] in ([], [f"astronn: reading {words[1]} ..."])  # of a slow machine
    assert not list(tmp_path.rglob("manifest.json"))


def test_an_own_input_file_is_addressed_by_its_bytes(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("Name;Type\n")
    (tmp_path / "c.csv").write_text("Name;Type\nNGC1;G\n")
    own = [{"NGC.csv": str(tmp_path / name)} for name in ("a.csv", "b.csv", "c.csv")]
    keys = [CompareClassifiers(survey="openngc", inputs_from=files).key() for files in own]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0] != CompareClassifiers(survey="openngc").key()


def test_a_broken_input_file_fails_with_one_line_and_leaves_finished_outputs(finished, tmp_path):
    broken = tmp_path / "NGC.csv"
    broken.write_text("Name;Type\nNGC0001;G\n")
    before = sorted(Path(finished.results).rglob("*"))
    done = astronn("report", "openngc", "--input", f"NGC.csv={broken}", results=finished.results)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("astronn: error: ")]
    assert len(errors) == 1 and "NGC.csv" in errors[0] and "Hubble" in errors[0]
    assert "Traceback" not in done.stderr
    assert set(before) <= set(Path(finished.results).rglob("*"))


def test_the_line_that_repeats_a_report_does_so_from_any_directory(finished, tmp_path):
    words = shlex.split(luigi_line(finished))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=HANG_S
    )
    assert done.returncode == 0, done.stderr
    assert "1 complete ones were encountered" in done.stderr

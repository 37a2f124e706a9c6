"""Tasks run in processes that inherit nothing of their caller's threads; however one ends, the run
ends, and with a line.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import luigi
import psutil
import pytest

from pipelines.engine import processes
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run

ROOT = Path(__file__).resolve().parents[3]


class Does(FolderTask):
    """Does what it is told, in a process of its own."""

    stage, files = "does", ("x",)
    what = luigi.Parameter()

    def make(self, folder):
        {
            "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "leaves": lambda: os._exit(0),
            "hangs": lambda: signal.pause(),
            "works": lambda: None,
            "tells": lambda: print(os.environ.get("ASTRONN_TEST"), os.getcwd(), file=sys.stderr),
        }[self.what]()
        (folder / "x").write_text(self.what)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("killed", "its process was killed (SIGKILL)"),
        ("leaves", "its process ended without a word (exit code 0)"),
        ("hangs", "its process did nothing for 5 s and was ended"),
    ],
)
def test_a_process_that_dies_or_stays_silent_ends_the_run_with_a_line(
    tmp_path, capfd, monkeypatch, what, said
):
    assert run([Does(what="works", results=str(tmp_path / "before"))])  # all is imported
    if what == "hangs":
        monkeypatch.setattr(processes, "SILENT_S", 5.0)
        monkeypatch.setattr(processes, "LOOK_S", 0.5)
    good, bad = Does(what="works", results=str(tmp_path)), Does(what=what, results=str(tmp_path))
    assert not run([bad, good], workers=2)
    told = [line for line in capfd.readouterr().err.splitlines() if "error" in line]
    assert len(told) == 1 and said in told[0]
    assert good.complete() and not bad.folder().exists()


def test_a_task_has_the_environment_folder_and_streams_of_the_moment(tmp_path, capfd, monkeypatch):
    for value in ("one", "two"):
        monkeypatch.setenv("ASTRONN_TEST", value)
        (tmp_path / value).mkdir()
        monkeypatch.chdir(tmp_path / value)
        assert run([Does(what="tells", results=str(tmp_path / value / "results"))])
        assert f"{value} {tmp_path / value}\n" in capfd.readouterr().err


# of pyarrow's memory allocator, which takes care of it around a fork, as OpenBLAS does of its own
JEMALLOC = "jemalloc_bg_thd"


def test_the_process_that_tasks_are_forked_from_has_one_thread(tmp_path):
    """After it has imported all that the training of a network needs."""
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc to count threads")
    before = {child.pid for child in psutil.Process().children()}
    server = processes.ForkServer(processes.server.main)
    server.preload(["pipelines.tasks.classify", "torch", "sklearn.ensemble"])
    number, connection = server.fork()
    assert server.control.recv()[:2] == ("began", number)  # when all is imported
    (own,) = [child for child in psutil.Process().children() if child.pid not in before]
    threads = [_name(task) for task in Path(f"/proc/{own.pid}/task").iterdir()]
    threads = [name for name in threads if name != JEMALLOC]
    assert 1 <= len(threads) <= _blas_threads() + 1
    connection.close()
    server.close()
    psutil.wait_procs([own], timeout=10)
    assert not own.is_running()


def _name(task: Path) -> str:
    return (task / "comm").read_text().strip()


def _blas_threads() -> int:
    """Threads that numpy's and scipy's OpenBLAS begin when they are imported; it ends and begins
    them itself around a fork.
    """
    from threadpoolctl import threadpool_info

    return sum(each["num_threads"] - 1 for each in threadpool_info() if each["user_api"] == "blas")


USES = """
    import numpy as np, torch
    from sklearn.ensemble import HistGradientBoostingClassifier
    a = torch.rand(1500, 1500); (a @ a).sum(); a.sum()
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 5)), rng.integers(0, 2, 3000)
    HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    from pipelines import CompareClassifiers
    import luigi
    chosen = {
        "survey": "simulated_catalogue", "results": "results", "calibrate": False,
        "n_train": 200, "n_test": 100,
        "options": {"max_epochs": 2}, "baselines": ["hist_gradient_boosting"],
    }
    done = luigi.build([CompareClassifiers(**chosen)], local_scheduler=True, workers=2)
    (a @ a).sum()
    print("done", done)
"""


@pytest.mark.parametrize(
    ("how", "threads"),
    [
        ("a notebook", "2"),
        pytest.param("a script", "2", marks=pytest.mark.slow),
        pytest.param("a script", "", marks=pytest.mark.slow),
    ],
)
def test_a_report_from_a_process_that_has_used_torch_and_trees(tmp_path, how, threads):
    """As a script without a guard of its main part, or in a ``__main__`` without a file."""
    code = textwrap.dedent(USES)
    if how == "a script":
        (tmp_path / "cell.py").write_text(code)
        command = [sys.executable, "cell.py"]
    else:
        command = [sys.executable, "-c", f"exec({code!r}, {{'__name__': '__main__'}})"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": threads}
    if not threads:
        del environment["OMP_NUM_THREADS"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.endswith("done True\n"), done.stderr[-2000:]
    assert list((tmp_path / "results").rglob("report.html"))


def _hears_all() -> None:
    """What is begun in the background, or under nohup, would ignore some."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def started(folder: Path, *words: str) -> subprocess.Popen:
    """A long report in a session of its own."""
    command = [sys.executable, "-m", "pipelines.cli", "report", "digits", "--results", "results"]
    options = [
        "--options",
        '{"max_epochs": 100000, "early_stopping": false}',
        "--no-calibration",
    ]
    return subprocess.Popen(
        [*command, *options, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
        preexec_fn=_hears_all,
    )


@pytest.mark.parametrize(
    "name",
    [
        "SIGINT",
        "SIGKILL",
        *(pytest.param(x, marks=pytest.mark.slow) for x in ("SIGTERM", "SIGHUP")),
    ],
)
def test_a_run_that_is_stopped_leaves_no_process_and_says_one_line(tmp_path, name):
    number = getattr(signal, name)
    running = started(tmp_path)
    said = []
    for line in running.stderr:  # until the training has begun
        said.append(line)
        if "model-feedforward: started" in line:
            break
    family = psutil.Process(running.pid).children(recursive=True)
    assert len(family) >= 2  # the server, and the tasks
    if number == signal.SIGINT:
        os.killpg(running.pid, number)  # as a terminal does
    else:
        running.send_signal(number)
    after = running.stderr.read().splitlines()
    code = running.wait(30)
    _, alive = psutil.wait_procs(family, timeout=15)
    assert not alive
    if number == signal.SIGKILL:
        return
    assert code == 128 + number
    own = [line for line in after if not line.startswith("[")]
    assert own == ["astronn: stopped; run the same command again to go on"]
    assert "Traceback" not in "".join([*said, *after])
    assert not list(tmp_path.rglob(".scratch*"))


EVIL = """
import pathlib
pathlib.Path("owned").touch()
"""


def test_no_configuration_of_the_folder_is_read(tmp_path):
    """Luigi's own would run code: a formatter of its logging, the context of a task's process."""
    (tmp_path / "evil.py").write_text(EVIL)
    (tmp_path / "torch.py").write_text(EVIL)
    logging = "[formatters]\nkeys=f\n[formatter_f]\nclass=evil.F\n[loggers]\nkeys=root\n"
    logging += "[handlers]\nkeys=h\n[logger_root]\nhandlers=h\n"
    logging += "[handler_h]\nclass=__import__('evil').H\nargs=()\n"
    (tmp_path / "logging.conf").write_text(logging)
    config = "[core]\nlogging_conf_file=logging.conf\n[worker]\ntask_process_context=evil.Context\n"
    config += "[PublishedReport]\ntable=none_such\nresults=elsewhere\n[astronn]\ncache=elsewhere\n"
    for name in ("luigi.cfg", "client.cfg", "own.cfg"):
        (tmp_path / name).write_text(config)
    (tmp_path / "luigi.toml").write_text("[core]\nlogging_conf_file = 'logging.conf'\n= broken")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own = {"LUIGI_CONFIG_PATH": "own.cfg", "LUIGI_CONFIG_PARSER": "toml"}
    for more in ({}, own):
        code = "import sys; sys.path[:] = sys.path[1:]; sys.path.append(sys.argv.pop(1)); "
        code += "from pipelines.cli import main; main(prog_name='astronn')"
        words = ["report", "digits", "--options", '{"max_epochs": 1}', "--no-calibration"]
        words += ["--baseline", "majority_class", "--results", f"results{len(more)}"]
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT), *words],
            cwd=tmp_path,
            env={**bare, **more},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "owned").exists() and not (tmp_path / "elsewhere").exists()


def test_a_task_of_a_notebooks_own_is_run_by_the_caller(tmp_path):
    code = f"""
        from pipelines.engine.base import FolderTask
        from pipelines.engine.running import run
        class Own(FolderTask):
            stage, files = "own", ("x",)
            def make(self, folder):
                (folder / "x").write_text("1")
        print(run([Own(results={str(tmp_path)!r})]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "True\n", done.stderr


def test_time_asleep_is_not_silence():
    process = processes.CleanProcess(
        Does(what="works"), "worker", None, None, use_multiprocessing=True
    )
    process.child, process.seen, process.silent_s = os.getpid(), None, 0.0
    assert not process.does_nothing(1e9)  # something was seen for the first time
    started = time.process_time()
    while time.process_time() - started < 0.05:
        pass
    assert not process.does_nothing(1e9)

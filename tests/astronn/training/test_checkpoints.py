"""A training that is ended and started again gives the bytes of one that was not."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import image_toys
import pytest
import torch
from image_toys import FAST, bars

from astronn import ConvolutionalClassifier
from astronn.errors import AstronnError
from astronn.training.averaging import RunningMean
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import TrainingConfig

NETWORK = {"network": "residual", "network_options": {"maps": 2}}
OPTIONS = FAST | NETWORK | {"max_epochs": 5, "ensemble_size": 2, "early_stopping": True}


class Ended(Exception):
    """Stands for the end of the process."""


def end_after(last):
    def progress(epoch, *_):
        if epoch == last:
            raise Ended(f"after epoch {last}")

    return progress


def posteriors(**rules):
    model = ConvolutionalClassifier(**OPTIONS, rotation=20, mirror=True).fit(*bars(40), **rules)
    return model.predict_proba(bars(10, seed=1)[0]).tobytes(), model.history_


def test_an_ended_training_goes_on_to_the_same_bytes(tmp_path):
    for last in (3, 7):  # in the first network, and in the second
        with pytest.raises(Ended, match=f"after epoch {last}"):
            posteriors(checkpoint=tmp_path, progress=end_after(last))
    seen = []
    again = posteriors(checkpoint=tmp_path, progress=lambda epoch, *_: seen.append(epoch))
    assert again == posteriors()
    assert seen == [7, 8, 9, 10]  # epoch 7's progress came before its checkpoint


def test_a_finished_training_is_only_read(tmp_path):
    first = posteriors(checkpoint=tmp_path)
    assert posteriors(checkpoint=tmp_path, progress=end_after(1)) == first


def test_the_checkpoint_of_other_images_is_refused(tmp_path):
    posteriors(checkpoint=tmp_path)
    with pytest.raises(
        AstronnError, match="belongs to a training with other images, options or seed; remove it"
    ):
        ConvolutionalClassifier(**OPTIONS, rotation=20, mirror=True).fit(
            *bars(40, seed=9), checkpoint=tmp_path
        )


def test_a_checkpoint_needs_a_seed(tmp_path):
    with pytest.raises(AstronnError, match="checkpoint needs an integer random_state, not None"):
        ConvolutionalClassifier(**FAST | {"random_state": None}).fit(*bars(20), checkpoint=tmp_path)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"not tensors")
    with pytest.raises(AstronnError, match="is not a checkpoint"):
        Checkpoint(tmp_path / "x", "mine").load()


@pytest.mark.slow
def test_killed_and_run_again_in_new_processes(tmp_path):
    """kill -9 at the third epoch; the rerun's model has the weights of a run that nobody killed."""
    script = textwrap.dedent("""
        import os, signal, sys
        from test_checkpoints import OPTIONS, bars
        from astronn import ConvolutionalClassifier
        def progress(epoch, *_):
            if sys.argv[2] == "die" and epoch == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        model = ConvolutionalClassifier(**OPTIONS)
        model.fit(*bars(40), checkpoint=sys.argv[1] + "/kept", progress=progress)
        print(next(model.save(sys.argv[1] + "/model").glob("weights-*")).name)
    """)

    def run(folder, how):
        command = [sys.executable, "-c", script, str(folder), how]
        folders = (Path(__file__).parent, Path(image_toys.__file__).parent, *sys.path)
        paths = {"PYTHONPATH": os.pathsep.join(map(str, folders))}
        return subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **paths}, check=False
        )

    assert run(tmp_path / "a", "die").returncode == -signal.SIGKILL
    assert run(tmp_path / "a", "live").stdout == run(tmp_path / "b", "live").stdout != ""


def test_running_mean_of_a_known_path():
    """w = 1, 2 after steps 1 and 2 from 0: d = 1/10 then 2/11, so 0.9, then 0.9 * 2/11 + 2 *
    9/11.
    """
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(layer.weight)
    mean = RunningMean(layer, 0.99)
    for value in (1.0, 2.0):
        torch.nn.init.constant_(layer.weight, value)
        mean.update()
    with mean.in_place():
        assert layer.weight.item() == pytest.approx(0.9 * 2 / 11 + 2 * 9 / 11)
    assert layer.weight.item() == 2


def test_the_rate_rises_then_falls_to_zero():
    config = TrainingConfig(learning_rate=0.1, max_epochs=10, warm_up=2)
    assert [config.rate(t) for t in (0, 1, 2, 6, 10)] == pytest.approx([0, 0.05, 0.1, 0.05, 0])

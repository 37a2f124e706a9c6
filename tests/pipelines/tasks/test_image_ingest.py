"""Pictures from a survey's own files to a published stack: every broken one listed, a killed ingest
goes on where it was.
"""

import io
import json
import os
import shutil
import signal
import tarfile

import numpy as np
import pytest
from PIL import Image

from catalogs.images import build as building
from catalogs.images import decoding
from pipelines.store import manifest
from pipelines.tasks.ingest import IngestImages

RUN = (
    752 << 32 | 6 << 29 | 1 << 59 | 40 << 48 | 129 << 16
)  # the SDSS run, column and field of all objects


def encoded(pixels, kind="JPEG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.fixture
def zoo(tmp_path):
    """Ten galaxies of 423 x 423 pixels in the files of galaxy_zoo1, and five that are broken, each
    in another way.
    """
    rng = np.random.default_rng(0)
    sky = [rng.integers(5, 200, (423, 423, 3), dtype=np.uint8) for _ in range(10)]
    message = np.zeros((423, 423), np.uint8)
    message[10:60, 10:400:3] = 255
    broken = {
        "truncated": encoded(sky[0])[:20000],
        "empty": b"",
        "small": encoded(sky[0][:100, :100]),
        "message": encoded(message),
        "text": b"<html>404 not found</html>",
    }
    deep = encoded(rng.integers(0, 65535, (423, 423), dtype=np.uint16), "PNG")
    files = [encoded(one) for one in sky] + [*broken.values(), deep]
    ids = [str(RUN + number) for number in range(len(files))]
    with tarfile.open(tmp_path / "images.tar", "w") as tar:
        for name, data in zip(ids, files):
            member = tarfile.TarInfo(f"Imagenes/{name}.{'png' if data == deep else 'jpeg'}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    (tmp_path / "table.csv").write_text(
        "OBJID,CLASS\n" + "".join(f"{name},{n % 4}\n" for n, name in enumerate(ids))
    )
    own = {
        "images.tar": str(tmp_path / "images.tar"),
        "smallCSV_class.csv": str(tmp_path / "table.csv"),
    }
    task = IngestImages(survey="galaxy_zoo1", inputs_from=own, results=str(tmp_path / "results"))
    task.requires().run()
    return task, ids, dict(zip(broken, ids[10:]))


def test_every_broken_picture_is_listed_with_its_reason_and_a_deep_one_is_read(zoo):
    task, ids, broken = zoo
    task.run()
    stack = task.stack()
    reasons = {entry.object_id: entry.reason for entry in stack.set_aside}
    assert set(stack.object_id) == {*ids[:10], ids[-1]} and set(reasons) == set(broken.values())
    assert (
        "not a whole JPEG, PNG" in reasons[broken["truncated"]]
        and "not a whole" in reasons[broken["text"]]
    )
    assert reasons[broken["empty"]] == "the file is empty (0 bytes)"
    assert reasons[broken["small"]] == "100 x 100 pixels, 423 x 423 expected"
    assert "rows are blank" in reasons[broken["message"]]
    deep = stack.pixels[stack.rows([ids[-1]])[0]]
    assert (
        100 < deep.mean() < 155 and (deep[0] == deep[2]).all()
    )  # 16 bits to 8: half of 65535 is half of 255
    assert json.loads((task.folder() / manifest.NAME).read_text())["set_aside"] == 5


def test_a_killed_ingest_goes_on_and_gives_the_same_bytes(zoo, monkeypatch):
    task, _, _ = zoo
    monkeypatch.setattr(building, "PART", 4)
    whole, opened = decoding.open_image, []

    def counted(data, mode="RGB", least=0):
        opened.append(1)
        if len(opened) == 10:
            raise KeyboardInterrupt("killed here")
        return whole(data, mode)

    monkeypatch.setattr(decoding, "open_image", counted)
    monkeypatch.setattr(building, "cores", lambda: 1)
    with pytest.raises(KeyboardInterrupt, match="killed here"):
        task.run()
    assert not task.complete() and list(task.unfinished().rglob("00000.json"))
    task.run()
    assert len(opened) < 10 + 16 - 4  # the first part at least was not decoded again
    again = (task.folder() / "stack" / "pixels.npy").read_bytes()
    assert not task.unfinished().exists()
    shutil.rmtree(task.folder())
    task.run()
    assert (task.folder() / "stack" / "pixels.npy").read_bytes() == again


def test_an_ingest_that_is_killed_outright_goes_on_and_gives_the_same_bytes(zoo, monkeypatch):
    """SIGKILL: no finally, no except; what its process leaves (scratch, lock, unfinished parts) is
    used up or swept away.
    """
    task, _, _ = zoo
    monkeypatch.setattr(building, "PART", 4)
    monkeypatch.setattr(building, "cores", lambda: 1)
    child = os.fork()
    if not child:
        whole, opened = decoding.open_image, []

        def killing(data, mode="RGB", least=0):
            opened.append(1)
            if len(opened) == 10:
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(data, mode)

        decoding.open_image = killing
        try:
            task.run()
        finally:
            os._exit(0)  # never back into the tests
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert not task.complete() and list(task.unfinished().rglob("00000.json"))
    task.run()
    assert not [
        path
        for path in task.folder().parent.iterdir()
        if path.name.startswith(".") or path.suffix == ".lock"
    ]
    resumed = {path.name: path.read_bytes() for path in (task.folder() / "stack").iterdir()}
    shutil.rmtree(task.folder())
    task.run()
    assert {
        path.name: path.read_bytes() for path in (task.folder() / "stack").iterdir()
    } == resumed and resumed

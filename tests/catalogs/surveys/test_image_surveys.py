"""Surveys of pictures: what each reads from its own files, and what every one of them must keep
to.
"""

import gzip
import io
import struct
import tarfile

import numpy as np
import pytest
from image_samples import blob, encoded, fits_bytes, sky_header

from catalogs import surveys
from catalogs.astronomy import sdss
from catalogs.errors import CatalogueError
from catalogs.images.stack import ImageStack, SetAside
from catalogs.simulations import galaxies as simulate
from catalogs.splits.dealing import deal_groups
from catalogs.surveys import efigi_images, galaxy10_decals, galaxy_zoo1, simulated_galaxies

PICTURED = [name for name in surveys.names() if surveys.load(name).images]
OBJIDS = [
    "587722952767439450",
    "587722981748965649",
    "588298664658534621",
    "587729387686002878",
    "587722953303916935",
]


def tar_of(path, files):
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture
def zoo(tmp_path):
    """Five galaxies the way galaxy_zoo1 has them: one whole, one truncated, one small, one message,
    one absent.
    """
    noise = np.random.default_rng(4).normal(12, 4, (423, 423, 3))
    whole = encoded((noise + blob(423, 30)[..., None]).clip(0, 255).astype(np.uint8), quality=90)
    message = np.zeros((423, 423), np.uint8)
    message[10:115, 10:400:3] = 255
    pictures = [whole, whole[:9000], encoded(np.asarray(blob(200, 20), np.uint8)), encoded(message)]
    files = {f"Imagenes/{name}.jpeg": data for name, data in zip(OBJIDS, pictures)}
    (tmp_path / "table.csv").write_text(
        "OBJID,CLASS\n" + "".join(f"{n},{c}\n" for n, c in zip(OBJIDS, "01240"))
    )
    return {
        "images.tar": tar_of(tmp_path / "images.tar", files),
        "smallCSV_class.csv": tmp_path / "table.csv",
    }


def test_there_are_surveys_of_pictures():
    assert {
        "galaxy_zoo1",
        "galaxy_zoo1_handedness",
        "mnist",
        "efigi_images",
        "galaxy10_decals",
        "simulated_galaxies",
    } <= set(PICTURED)


def test_every_broken_picture_ends_in_the_list_with_its_reason(zoo, tmp_path):
    stack = surveys.load("galaxy_zoo1").images.stack(zoo, tmp_path / "stack")
    assert (
        stack.object_id.tolist() == OBJIDS[:1]
        and stack.pixels.shape == (1, 3, 77, 77)
        and stack.bands == ("i", "r", "g")
    )
    reasons = {entry.object_id: entry.reason for entry in stack.set_aside}
    assert set(reasons) == set(OBJIDS[1:])
    assert "not a whole JPEG, PNG, TIFF or WebP image" in reasons[OBJIDS[1]]
    assert reasons[OBJIDS[2]] == "200 x 200 pixels, 423 x 423 expected"
    assert (
        "rows are blank" in reasons[OBJIDS[3]]
        and reasons[OBJIDS[4]] == "no picture of it in the files"
    )


def test_zoo_table_becomes_classes_and_runs(zoo):
    catalogue = surveys.load("galaxy_zoo1").ingest(zoo)
    assert catalogue.labels.tolist() == ["elliptical", "spiral", "spiral", "", "elliptical"]
    assert catalogue.group[0] == "run_745" and len(set(catalogue.group)) < len(catalogue)
    winding = surveys.load("galaxy_zoo1_handedness").ingest(zoo)
    assert dict(zip(winding.object_id, winding.labels)) == {
        OBJIDS[1]: "clockwise",
        OBJIDS[2]: "anticlockwise",
    }


def test_faulty_zoo_table_is_reported_at_once(zoo):
    text = f"OBJID,CLASS\n{OBJIDS[0]},0\n5.877229527674e+17,1\n{OBJIDS[1]},7\n"
    zoo["smallCSV_class.csv"].write_text(text)
    with pytest.raises(
        CatalogueError,
        match=r"2 faults: .*no SDSS objID: '5.877229527674e\+17' at line 3.*'7' at line 4",
    ):
        surveys.load("galaxy_zoo1").ingest(zoo)


def test_measured_catalogue_leaves_out_what_has_no_picture(zoo, tmp_path):
    survey = surveys.load("galaxy_zoo1")
    measured = survey.images.measured(survey.ingest(zoo), zoo, tmp_path / "stack", survey.columns)
    assert measured.object_id.tolist() == OBJIDS[:1] and measured.columns == survey.columns
    assert measured.features.notna().all(axis=None)


def test_survey_without_public_address_says_that_it_needs_a_mirror(tmp_path, monkeypatch):
    from catalogs.files.fetch import fetch

    monkeypatch.delenv("ASTRONN_MIRROR", raising=False)
    message = (
        r"images.tar has no public address: it packs single JPEG files .* needs a mirror; .*holds"
        r" galaxy_zoo1/images.tar"
    )
    with pytest.raises(CatalogueError, match=message):
        fetch(galaxy_zoo1.IMAGES, "galaxy_zoo1_handedness", cache=tmp_path)


def test_shared_files_lie_under_the_survey_that_owns_them(tmp_path, mirror):
    from catalogs.files.fetch import fetch

    path = fetch(galaxy_zoo1.TABLE, "galaxy_zoo1_handedness", cache=tmp_path, mirror=mirror)
    assert path == tmp_path / "galaxy_zoo1" / "smallCSV_class.csv" and path.is_file()


def test_sdss_identifier_in_its_parts():
    """587722952767439450 = 0x0828...: SDSS SkyServer's fObjidFromSDSS(1, 40, 752, 6, 129, 602) by
    hand.
    """
    number = (1 << 59) | (40 << 48) | (752 << 32) | (6 << 29) | (129 << 16) | 602
    parts = {name: int(values[0]) for name, values in sdss.decode([str(number)]).items()}
    assert parts == {
        "skyversion": 1,
        "rerun": 40,
        "run": 752,
        "camcol": 6,
        "field": 129,
        "object": 602,
    }
    assert sdss.is_objid([str(number), "12", "-5", "5.8e17", str(2**63), ""]).tolist() == [
        True
    ] + 5 * [False]


def test_folds_keep_groups_whole_and_classes_alike():
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 60, 900).astype(str)
    labels = np.where(rng.random(900) < 0.1, "rare", "common")
    labels[:20] = ""
    folds = deal_groups(labels, groups, np.random.default_rng(1), 5)
    assert (folds[:20] == -1).all() and set(folds[20:].tolist()) == set(range(5))
    for group in set(groups):
        assert len(set(folds[(groups == group) & (labels != "")].tolist())) == 1
    for name in ("rare", "common"):
        counts = np.bincount(folds[labels == name], minlength=5)
        assert counts.max() - counts.min() <= 0.25 * counts.mean()
    assert (deal_groups(labels, groups, np.random.default_rng(2), 5) != folds).any()


def test_class_with_too_few_groups_cannot_be_dealt():
    with pytest.raises(
        CatalogueError, match=r"3 labelled objects in 3 groups cannot be dealt into 5 folds .*a, b"
    ):
        deal_groups(
            np.array(["a", "b", "a"]), np.array(["1", "2", "3"]), np.random.default_rng(0), 5
        )


def test_five_splits_of_one_seed_test_every_galaxy_once(mirror):
    survey = surveys.load("galaxy_zoo1")
    catalogue = survey.ingest(
        {file.name: mirror / file.survey / file.name for file in survey.files}
    )
    splits = [survey.split(catalogue, name, seed=3) for name in survey.splits]
    tested = np.concatenate([split.ids("test") for split in splits])
    assert len(tested) == len(set(tested)) == (catalogue.labels != "").sum() == 5287
    for split in splits:
        shares = [split.count(part) / 5287 for part in ("train", "validation", "test")]
        assert np.allclose(shares, [0.6, 0.2, 0.2], atol=0.02)
        test = catalogue.select(split.ids("test")).class_counts()
        assert 15 <= test["merger"] <= 22 and abs(test["spiral"] - 136) <= 7


@pytest.mark.slow
def test_real_archive_is_ingested_whole(mirror, tmp_path):
    survey = surveys.load("galaxy_zoo1")
    stack = survey.images.stack(
        {file.name: mirror / file.survey / file.name for file in survey.files}, tmp_path
    )
    assert len(stack) == 5342 and [entry.object_id for entry in stack.set_aside] == [
        "587729387686002878"
    ]


def write_galaxy10(path, **changes):
    h5py = pytest.importorskip("h5py")
    rng = np.random.default_rng(8)
    sky = rng.integers(5, 20, (20, 256, 256, 3))
    values = {
        "images": (sky + blob(256, 25)[..., None]).clip(0, 255).astype(np.uint8),
        "ans": np.repeat(np.arange(10, dtype=np.uint8), 2),
        "ra": np.linspace(10, 300, 20),
        "dec": np.linspace(-20, 60, 20),
        "redshift": np.full(20, np.nan),
        "pxscale": np.full(20, 0.262),
    }
    values["ra"][1], values["dec"][1] = (
        values["ra"][0] + 0.005,
        values["dec"][0],
    )  # 17 arcsec apart: one place
    with h5py.File(path, "w") as file:
        for name, array in (values | changes).items():
            if array is not None:
                file[name] = array
    return {"Galaxy10_DECals.h5": path}


def test_galaxy10_file_is_read_as_it_is_published(tmp_path):
    files = write_galaxy10(tmp_path / "g.h5")
    survey = surveys.load("galaxy10_decals")
    catalogue = survey.ingest(files)
    assert set(catalogue.class_counts().values()) == {2} and catalogue.labels[2] == "merging"
    assert catalogue.group[0] == catalogue.group[1] and len(set(catalogue.group)) == 19
    stack = survey.images.stack(files, tmp_path / "stack", size=32)
    assert (
        stack.pixels.shape == (20, 3, 32, 32)
        and stack.bands == ("z", "r", "g")
        and not stack.set_aside
    )


def test_faults_of_a_galaxy10_file(tmp_path):
    with pytest.raises(CatalogueError, match="no data set pxscale"):
        galaxy10_decals.read_table(
            write_galaxy10(tmp_path / "a.h5", pxscale=None)["Galaxy10_DECals.h5"]
        )
    wrong = write_galaxy10(tmp_path / "b.h5", ans=np.full(20, 10), dec=np.zeros(19))[
        "Galaxy10_DECals.h5"
    ]
    with pytest.raises(
        CatalogueError, match=r"20 images but dec 19 entries.*classes 10 to 10, 0 to 9 expected"
    ):
        galaxy10_decals.read_table(wrong)


def test_positions_closer_than_a_minute_are_one_place():
    """In a chain, and across the meridian of right ascension zero."""
    ra = np.array([0.004, 359.996, 0.018, 90.0])
    groups = galaxy10_decals.neighbours(ra, np.zeros(4))
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_mnist_files_become_digits_and_zones(tmp_path):
    images = np.zeros((20, 28, 28), np.uint8)
    images[:, :4, :4], images[:, 4, 4] = 255, np.arange(20)
    labels = np.arange(20, dtype=np.uint8) % 10
    files = {}
    for name, array in (
        ("t10k-images-idx3-ubyte.gz", images),
        ("t10k-labels-idx1-ubyte.gz", labels),
    ):
        head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        files[name] = tmp_path / name
        files[name].write_bytes(gzip.compress(head + array.tobytes()))
    survey = surveys.load("mnist")
    measured = survey.images.measured(
        survey.ingest(files), files, tmp_path / "stack", survey.columns
    )
    assert measured.labels[13] == "3" and measured.features["zone_0_0"].tolist() == [255.0] * 20
    assert measured.features["zone_1_1"].tolist() == (np.arange(20) / 16).tolist()
    stack = survey.images.stack(files, tmp_path / "stack")
    assert (
        stack.pixels[:, 0] == images
    ).all()  # the very stack that was measured, as it is in the file


def test_efigi_archive_of_fits_files(tmp_path):
    flux = blob(51, 6, (8, 3), peak=500) + np.random.default_rng(0).normal(0, 2, (51, 51))
    bands = {f"img/PGC1_{b}.fits": fits_bytes(flux, sky_header(51)) for b in "gri"}
    files = tar_of(
        tmp_path / "x.tar",
        {**bands, "img/PGC2_g.fits": b"", "img/PGC2_r.fits": b"", "img/PGC2_i.fits": b""},
    )
    (tmp_path / "t.txt").write_text("PGCname T T_inf\nPGC1  3 2\nPGC2  7 7\nPGC3  9 9\n")
    (tmp_path / "c.txt").write_text("PGC_name RA DEC\nPGC1 10.5 -3\nPGC2 11 4\n")
    given = {
        file.name: path
        for file, path in zip(efigi_images.FILES, (files, tmp_path / "t.txt", tmp_path / "c.txt"))
    }
    survey = surveys.load("efigi_images")
    catalogue = survey.ingest(given)
    assert catalogue.labels.tolist() == ["early", "late"] and catalogue.ra_deg.tolist() == [
        10.5,
        11.0,
    ]
    stack = survey.images.stack(given, tmp_path / "stack", size=51)
    assert stack.set_aside == (SetAside("PGC2", "band i: the file is empty (0 bytes)"),)
    light = np.asarray(stack.pixels[0], dtype=float).sum(axis=0)
    row, column = (np.average(np.arange(51), weights=(light**4).sum(axis=axis)) for axis in (1, 0))
    assert abs(row - (25 - 3)) < 1 and abs(column - (25 + 8)) < 1  # rows flipped: +3 rows is up
    assert stack.scaling["kind"] == "lupton asinh" and stack.scaling["unit"] == "sky"


def test_real_efigi_pictures_stand_like_efigis_own_png(mirror, tmp_path):
    """PGC0000281 against its PNG in the archive: the same way up, not mirrored."""
    from catalogs.images.decoding import open_image, shrink
    from catalogs.images.sources import tar_files

    survey = surveys.load("efigi_images")
    files = {file.name: mirror / file.survey / file.name for file in survey.files}
    stack = survey.images.stack(files, tmp_path, size=85)
    png = dict(tar_files(files["efigi15_gri_fits_png.tar.gz"], (".png",))(0))["PGC0000281"]
    theirs = shrink(np.asarray(open_image(png)).transpose(2, 0, 1), 85, 1.0).mean(axis=0).ravel()
    ours = stack.pixels[stack.rows(["PGC0000281"])[0]].mean(axis=0)
    match = [
        np.corrcoef(view.ravel(), theirs)[0, 1]
        for view in (ours, ours[::-1], ours[:, ::-1], ours[::-1, ::-1])
    ]
    assert len(stack) == 15 and match[0] > 0.85 and max(match[1:]) < match[0] - 0.2


def test_simulated_pictures_come_with_truth_and_masks(tmp_path):
    stack = simulated_galaxies.build_stack({}, tmp_path, size=32, crop=1.0, n=6, seed=2)
    truth, masks = simulated_galaxies.read_truth(tmp_path), ImageStack.read(tmp_path / "masks")
    assert stack.object_id.tolist() == truth.object_id.tolist() == masks.object_id.tolist()
    assert masks.bands == simulate.COMPONENTS and set(np.unique(masks.pixels)) <= {0, 255}
    assert (
        stack.provenance["simulated"]
        and truth.label.tolist() == simulate.truth(6, 2).label.tolist()
    )


def test_simulated_catalogue_is_called_simulated():
    catalogue = surveys.load("simulated_galaxies").ingest({})
    assert catalogue.simulated and set(catalogue.class_counts().values()) == {800}


@pytest.mark.parametrize("name", PICTURED)
def test_plan_of_every_survey_of_pictures(name):
    from catalogs import schemes

    survey = surveys.load(name)
    plan, classes = survey.images, schemes.load(survey.scheme).classes
    assert set(survey.automatic_features) <= {column.name for column in survey.columns}
    assert 0 < plan.crop <= 1 and 0 < plan.measured_crop <= 1 and plan.bands
    assert {label for pair in plan.mirror_pairs for label in pair} <= set(classes)
    with pytest.raises(CatalogueError, match="size at least 1, crop above 0, at most 1"):
        plan.stack({}, "nowhere", crop=1.5)

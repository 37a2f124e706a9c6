"""One written example of each way in which pictures lie in files, from bytes to the stack that a
report trains on, by a survey.toml alone."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from catalogs.errors import CatalogueError
from catalogs.survey_toml import survey as survey_toml
from catalogs.survey_toml.check import check
from pipelines.engine.running import run
from pipelines.tasks.ingest import IngestImages

N, SIDE, BANDS = 24, 32, ("g", "r", "i")
RNG = np.random.default_rng(0)
RADIUS = np.hypot(*(np.indices((SIDE, SIDE)) - (SIDE - 1) / 2))
PEAKS = RNG.uniform(500, 5000, (N, len(BANDS), 1, 1))
LIGHT = PEAKS * np.exp(-RADIUS / 3) + RNG.normal(0, 5, (N, len(BANDS), SIDE, SIDE))
LIGHT = LIGHT.astype(np.float32)
NAMES = [f"s{k:02d}" for k in range(N)]
TOML = """
name = "ways"
simulated = true
scheme = {{ name = "two", classes = ["even", "odd"], ordered = false }}
[table]
file = "table.csv"
[objects]
id = "{id}"
[label]
column = "kind"
[images]
size = 32
measured_size = 32
bands = ["g", "r", "i"]
{images}
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


def fits_bytes(flux, name=None, scale=1.0):
    """An image HDU (first HDU empty where it has a name), north up, `scale` arcsec a pixel."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.crpix = ["RA---TAN", "DEC--TAN"], [30, 10], [16.5, 16.5]
    wcs.wcs.cdelt = [-scale / 3600, scale / 3600]
    head = wcs.to_header()
    hdus = [fits.PrimaryHDU(flux, head)]
    if name:
        junk = fits.ImageHDU(np.ones((3, 3), np.float32), name="WEIGHT")
        hdus = [fits.PrimaryHDU(), junk, fits.ImageHDU(flux, head, name=name)]
    file = io.BytesIO()
    fits.HDUList(hdus).writeto(file)
    return file.getvalue()


def upside_down(k, band):
    return np.ascontiguousarray(LIGHT[k, band, ::-1])  # FITS counts rows from the bottom


def cubes(folder):
    for k, name in enumerate(NAMES):
        cube = np.stack([upside_down(k, b) for b in range(3)])
        (folder / f"{name}.fits").write_bytes(fits_bytes(cube))
    return 'file = "pics"'


def named_hdu(folder):
    for k, name in enumerate(NAMES):
        cube = np.stack([upside_down(k, b) for b in range(3)])
        (folder / f"{name}.fits").write_bytes(fits_bytes(cube, name="SCI"))
    return 'file = "pics"\nhdu = "SCI"'


def folders_of_bands(folder):
    for b, band in enumerate(BANDS):
        (folder / band).mkdir()
        for k, name in enumerate(NAMES):
            (folder / band / f"{name}.fits").write_bytes(fits_bytes(upside_down(k, b)))
    return 'file = "pics"\nfile_name = "{band}/{object}.fits"'


def patterns_in_a_tar(folder):
    with tarfile.open(folder / "all.tar", "w") as tar:
        for b, first in enumerate(("blue-", "red-", "far-")):
            for k, name in enumerate(NAMES):
                file = io.BytesIO()
                np.save(file, LIGHT[k, b])
                member = tarfile.TarInfo(f"./{first}{name}_v{k}.npy")
                member.size = len(file.getvalue())
                tar.addfile(member, io.BytesIO(file.getvalue()))
    patterns = '["blue-{object}_*.npy", "red-{object}_*.npy", "far-{object}_*.npy"]'
    return f'file = "pics/all.tar"\nfile_name = {patterns}'


def hdf5_each(folder):
    h5py = pytest.importorskip("h5py")
    for k, name in enumerate(NAMES):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file["data/image"], file["weight"] = LIGHT[k], np.ones((SIDE, SIDE))
    return 'file = "pics"\nkey = "data/image"'


def hdf5_all(folder):
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "all.h5", "w") as file:
        file["images"] = LIGHT[::-1].transpose(0, 2, 3, 1)
        file["names"] = np.array(NAMES[::-1], dtype="S")
    return 'file = "pics/all.h5"\nkey = "images"\nid_key = "names"'


def hdf5_rows(folder):
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "all.hdf5", "w") as file:
        file["images"] = LIGHT
    return 'file = "pics/all.hdf5"'


WAYS = {
    each.__name__: each
    for each in (
        cubes,
        named_hdu,
        folders_of_bands,
        patterns_in_a_tar,
        hdf5_each,
        hdf5_all,
        hdf5_rows,
    )
}


def written(way, folder):
    (folder / "pics").mkdir()
    images = WAYS[way](folder / "pics")
    rows = [f"{name},{('even', 'odd')[k % 2]}" for k, name in enumerate(NAMES)]
    (folder / "table.csv").write_text("\n".join(["name,kind", *rows]) + "\n")
    identifier = "row" if way == "hdf5_rows" else "name"
    (folder / "survey.toml").write_text(TOML.format(id=identifier, images=images))
    return folder / "survey.toml"


@pytest.mark.parametrize("way", WAYS)
def test_from_bytes_to_the_stack(way, tmp_path):
    toml = written(way, tmp_path)
    assert check(toml) == []
    survey = survey_toml.load(toml)
    catalogue = survey.images.measured(
        survey.ingest(survey.toml_files), survey.toml_files, tmp_path / "stack", survey.columns
    )
    assert len(catalogue.object_id) == N
    assert np.isfinite(catalogue.features.to_numpy(float)).all(axis=1).sum() > N // 2
    task = IngestImages(survey=str(toml), results=str(tmp_path / "results"))
    assert run([task])
    stack = task.stack()
    assert not stack.set_aside and len(stack.object_id) == N


@pytest.mark.parametrize("way", WAYS)
def test_each_object_has_its_own_numbers(way, tmp_path):
    survey = survey_toml.load(written(way, tmp_path))
    stack = survey.images.build_measured(survey.toml_files, tmp_path / "stack", size=32, crop=1.0)
    for k, name in enumerate(NAMES):
        (row,) = stack.rows(np.array([str(k + 1) if way == "hdf5_rows" else name]))
        np.testing.assert_allclose(np.asarray(stack.pixels[row]), LIGHT[k], rtol=1e-6)


def test_bands_of_unlike_scale_keep_their_flux(tmp_path):
    """One flux in pixels of half the side is a fourth in each; the stack has the first's pixels."""
    toml = written("folders_of_bands", tmp_path)
    for name in NAMES:
        fine = np.full((4 * SIDE, 4 * SIDE), 25.0, np.float32)
        wcs_of_fine = fits_bytes(fine, scale=0.5)
        with fits.open(io.BytesIO(wcs_of_fine)) as hdus:
            hdus[0].header["CRPIX1"] = hdus[0].header["CRPIX2"] = 2 * SIDE + 0.5
            hdus.writeto(tmp_path / "pics" / "i" / f"{name}.fits", overwrite=True)
    survey = survey_toml.load(toml)
    stack = survey.images.build_measured(survey.toml_files, tmp_path / "stack", size=32, crop=1.0)
    np.testing.assert_allclose(np.asarray(stack.pixels)[:, 2], 100.0, rtol=1e-5)


def test_an_object_without_one_band_is_set_aside_and_named(tmp_path):
    toml = written("folders_of_bands", tmp_path)
    (tmp_path / "pics" / "r" / "s03.fits").unlink()
    survey = survey_toml.load(toml)
    stack = survey.images.stack(survey.toml_files, tmp_path / "stack")
    assert [(one.object_id, one.reason) for one in stack.set_aside] == [
        ("s03", "no file of band r")
    ]


FAULTS = {
    '"{band}/{object}.fits"': ('"{band}/x.fits"', r"file_name: '\{band\}/x.fits' has not one"),
    "{band}/": ("", "file_name: 1 patterns for 3 bands; remedy: give one with"),
    'bands = ["g", "r", "i"]': ("", "file_name: no bands are named; remedy: give them, as bands"),
}


@pytest.mark.parametrize("right", FAULTS)
def test_faults_of_the_patterns(right, tmp_path):
    wrong, message = FAULTS[right]
    toml = written("folders_of_bands", tmp_path)
    toml.write_text(toml.read_text().replace(right, wrong))
    with pytest.raises(CatalogueError, match=message):
        survey_toml.load(toml)


def test_a_pattern_that_no_file_has_is_said(tmp_path):
    toml = written("folders_of_bands", tmp_path)
    toml.write_text(toml.read_text().replace("{object}.fits", "img-{object}.fits"))
    assert any("none of its 72 files (g/s00.fits" in fault for fault in check(toml))


def test_a_wrong_key_names_what_there_is(tmp_path):
    toml = written("hdf5_all", tmp_path)
    toml.write_text(toml.read_text().replace('"images"', '"image"'))
    survey = survey_toml.load(toml)
    with pytest.raises(CatalogueError, match="no array 'image'; it has images, names"):
        survey.images.stack(survey.toml_files, tmp_path / "stack")


def test_hdf5_links_to_other_files_are_not_followed(tmp_path):
    h5py = pytest.importorskip("h5py")
    toml = written("hdf5_each", tmp_path)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["image"] = LIGHT[0]
    with h5py.File(tmp_path / "pics" / "s00.h5", "w") as file:
        file["data/image"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "image")
    survey = survey_toml.load(toml)
    stack = survey.images.stack(survey.toml_files, tmp_path / "stack")
    assert [one.object_id for one in stack.set_aside] == ["s00"]

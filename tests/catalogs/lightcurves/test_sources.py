"""Long tables, PLAsTiCC, FITS and ZTF alerts: what each source makes of its files, and what it
refuses.
"""

import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from catalogs.errors import CatalogueError
from catalogs.lightcurves.building import build
from catalogs.lightcurves.fluxes import asinh_magnitudes
from catalogs.lightcurves.sources import plasticc, ztf
from catalogs.lightcurves.sources.fits_files import FLUXES_ARE, TIME_SCALE, FitsColumns, fits_files
from catalogs.lightcurves.sources.tables import EpochColumns, tables

COLUMNS = EpochColumns("star", "hjd", "mag", "err", "filter")
FRAME = pd.DataFrame(
    {
        "star": ["587722952767439450", "b", "b", "587722952767439450"],
        "hjd": [2455000.25, 2455001.5, 2455000.5, 2455002.75],
        "mag": [15.5, 12.25, np.nan, 15.75],
        "err": [0.1, 0.2, 0.1, 0.1],
        "filter": ["I", "V", "V", "I"],
    }
)


def one(source):
    (chunk,) = source()
    return chunk


@pytest.mark.parametrize("format", ["parquet", "csv", "tsv"])
def test_long_table_of_any_format(tmp_path, format):
    path, delimiter = tmp_path / f"epochs.{format}", "\t" if format == "tsv" else ","
    (
        FRAME.to_parquet(path)
        if format == "parquet"
        else FRAME.to_csv(path, sep=delimiter, index=False)
    )
    found = one(
        tables([path], COLUMNS, ("I", "V"), delimiter=delimiter if format != "parquet" else "")
    )
    assert found.names == ["587722952767439450", "b"] and found.code.tolist() == [0, 1, 1, 0]
    assert found.time.tolist() == FRAME["hjd"].tolist() and found.band.tolist() == [0, 1, 1, 0]
    assert np.array_equal(found.magnitude, FRAME["mag"], equal_nan=True)


def test_a_long_table_holds_one_piece_of_parquet_at_a_time(tmp_path):
    """Forty row groups of 20,000 epochs: read to the end, Arrow never holds a fourth of the file's
    24 bytes an epoch.
    """
    rows, groups = 20_000, 40
    rng = np.random.default_rng(0)
    schema = pa.schema([("id", pa.int64()), ("t", pa.float64()), ("m", pa.float64())])
    with pq.ParquetWriter(
        tmp_path / "long.parquet", schema, compression="none", use_dictionary=False
    ) as writer:
        for _ in range(groups):
            columns = [
                rng.integers(0, 50, rows),
                rng.uniform(2450000, 2460000, rows),
                rng.uniform(12, 18, rows),
            ]
            writer.write_table(pa.table(columns, schema=schema))
    before = pa.total_allocated_bytes()
    source = tables([tmp_path / "long.parquet"], EpochColumns("id", "t", "m"), ("V",))
    held = [pa.total_allocated_bytes() - before for epochs in source() if len(epochs)]
    assert len(held) > 5 and max(held) < rows * groups * 24 / 4


def test_long_table_of_whole_numbers_as_names_and_dictionaries(tmp_path):
    pd.DataFrame({"id": [7, 7, 9007199254740993], "t": [1, 2, 3], "m": [1, 2, 3]}).to_parquet(
        tmp_path / "a.parquet"
    )
    found = one(tables([tmp_path / "a.parquet"], EpochColumns("id", "t", "m"), ("V",)))
    assert (
        found.names == ["7", "9007199254740993"] and np.isnan(found.error).all()
    )  # beyond 2^53, digit for digit
    FRAME.astype({"star": "category"}).to_parquet(tmp_path / "b.parquet")
    assert one(tables([tmp_path / "b.parquet"], COLUMNS, ("I", "V"))).names == [
        "587722952767439450",
        "b",
    ]


@pytest.mark.parametrize(
    "columns, bands, message",
    [
        (
            EpochColumns("star", "hjd", "magnitude"),
            ("I",),
            "missing column 'magnitude'; remedy: perhaps 'mag'|missing column",
        ),
        (
            COLUMNS,
            ("J",),
            "column 'filter': no epoch of band J, but of I, V; remedy",
        ),
        (EpochColumns("star", "hjd", "filter"), ("I",), "column 'filter' is not of numbers"),
    ],
)
def test_faulty_long_table(tmp_path, columns, bands, message):
    FRAME.to_parquet(tmp_path / "e.parquet")
    with pytest.raises(CatalogueError, match=message):
        one(tables([tmp_path / "e.parquet"], columns, bands))


def test_epoch_without_name_is_refused(tmp_path):
    FRAME.assign(star=["a", None, "b", "b"]).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(CatalogueError, match="an epoch without an object's name"):
        one(tables([tmp_path / "e.parquet"], COLUMNS, ("I", "V")))


def test_text_that_is_no_table(tmp_path):
    (tmp_path / "e.csv").write_text("star,hjd,mag,err,filter\na,x,1,2,I\n")
    with pytest.raises(CatalogueError, match=r"column 'hjd' is not of numbers"):
        one(tables([tmp_path / "e.csv"], COLUMNS, ("I", "V")))


def test_asinh_magnitudes_are_pogsons_for_bright_and_defined_for_all():
    """f = 1e4 b: within 1e-8 of -2.5 log10 f; f = 0: zero point - 2.5 log10 b; the error is |dm/df|
    sigma.
    """
    flux, sigma = np.array([1e4, 0.0, -5.0, np.nan]), np.array([10.0, 1.0, 1.0, 1.0])
    magnitude, error = asinh_magnitudes(flux, sigma, 25.0, 1.0)
    assert (
        magnitude[:2] == pytest.approx([25 - 10, 25.0], abs=1e-7)
        and magnitude[2] > 25
        and np.isnan(magnitude[3])
    )
    assert error[:2] == pytest.approx([2.5 / np.log(10) * 1e-3, 2.5 / np.log(10) / 2], rel=1e-6)
    step = asinh_magnitudes(flux[2:3] + 1e-6, sigma[:1], 25.0, 1.0)[0] - magnitude[2]
    assert error[2] == pytest.approx(abs(step[0]) / 1e-6, rel=1e-4)


def test_plasticc_files(tmp_path):
    text = (
        "object_id,mjd,passband,flux,flux_err,detected\n"
        "615,59750.4229,2,-544.810303,3.622952,1\n615,59750.4306,1,100,2,1\n"
    )
    (tmp_path / "training_set.csv").write_text(text)
    found = build(
        plasticc.plasticc([tmp_path / "training_set.csv"]),
        tmp_path / "curves",
        bands=plasticc.BANDS,
        time_scale=plasticc.TIME_SCALE,
        fluxes=plasticc.FLUXES,
        about={},
    )
    assert found.object_id.tolist() == ["615"] and found.time_days[0] == pytest.approx(
        2459750.9229, abs=1e-9
    )
    assert found.band.tolist() == [2, 1] and found.magnitude[1] == pytest.approx(22.5, abs=1e-3)
    assert found.magnitude[0] > 27.5  # a negative flux


def kepler_like(path, quality=(0, 128, 0, 0), telescope="Kepler", flux="PDCSAP_FLUX", **header):
    columns = [
        fits.Column("TIME", "D", array=[131.5, 131.52, np.nan, 131.56], unit="BJD - 2454833"),
        fits.Column(flux, "E", array=[174000.0, 1e5, 1e5, np.nan]),
        fits.Column(f"{flux}_ERR", "E", array=[17.4, 10, 10, 10]),
        fits.Column("SAP_QUALITY", "J", array=quality),
    ]
    table = fits.BinTableHDU.from_columns(columns)
    table.header.update({"BJDREFI": 2454833, "BJDREFF": 0.0} | header)
    primary = fits.PrimaryHDU()
    primary.header["TELESCOP"], primary.header["OBJECT"] = telescope, "KIC 757076"
    fits.HDUList([primary, table]).writeto(path)
    return path


def test_fits_light_curve(tmp_path):
    """Kp = 12 gives 1.74e5 electrons a second; the flagged epoch, the one without time and the one
    without flux leave.
    """
    paths = [kepler_like(tmp_path / "a.fits"), kepler_like(tmp_path / "b.fits", BJDREFF=0.5)]
    found = build(
        fits_files(paths),
        tmp_path / "curves",
        bands=("Kp",),
        time_scale=TIME_SCALE,
        about={},
        fluxes=FLUXES_ARE,
    )
    assert found.object_id.tolist() == ["KIC 757076"] and found.time_days.tolist() == [
        2454964.5,
        2454965.0,
    ]
    assert found.magnitude.tolist() == pytest.approx([12.0, 12.0], abs=2e-3)
    assert found.error[0] == pytest.approx(1.0857e-4, rel=1e-3)
    assert (
        found.removed.iloc[0].tolist() == [2, 2, 0, 0, 0, 2, 0, 0]
        and found.time_scale["scale"] == "tdb"
    )


def test_faulty_fits_light_curves(tmp_path):
    other = kepler_like(tmp_path / "a.fits", telescope="HATNet")
    with pytest.raises(
        CatalogueError, match="TELESCOP 'HATNet' has no known zero point; remedy: give zero_point"
    ):
        one(fits_files([other]))
    assert len(one(fits_files([other], FitsColumns(zero_point=20.0)))) == 4
    with pytest.raises(
        CatalogueError,
        match=r"no columns PDCSAP_FLUX with .*name the flux and its error, of: TIME, RAW",
    ):
        one(fits_files([kepler_like(tmp_path / "b.fits", flux="RAW")]))
    (tmp_path / "c.fits").write_bytes(b"nothing")
    with pytest.raises(CatalogueError, match="not a FITS light curve"):
        one(fits_files([tmp_path / "c.fits"]))


def stamp(pixels):
    file = io.BytesIO()
    fits.PrimaryHDU(np.asarray(pixels, dtype=np.float32)).writeto(file)
    return {"fileName": "x", "stampData": gzip.compress(file.getvalue())}


def alert(name="ZTF19a", candid=5, **changes):
    seen = {"jd": 2458729.7, "fid": 2, "magpsf": 17.5, "sigmapsf": 0.1, "isdiffpos": "t"}
    before = [{**seen, "jd": 2458726.7, "fid": 1}, {**seen, "jd": 2458720.0, "isdiffpos": "f"}]
    limit = {"jd": 2458710.0, "fid": 2, "magpsf": None, "sigmapsf": None, "isdiffpos": None}
    stamps = {field: stamp(np.ones((63, 63))) for field in ztf.STAMPS.values()}
    return {
        "objectId": name,
        "candid": candid,
        "candidate": seen,
        "prv_candidates": [*before, limit],
        **stamps,
        **changes,
    }


def test_alert_history(tmp_path):
    """Two packets of one object: its epochs once, without upper limits and without what is fainter
    than the reference.
    """
    pd.DataFrame([alert(), alert(candid=6), alert("ZTF19b", 7, prv_candidates=None)]).to_parquet(
        tmp_path / "a.parquet"
    )
    source = ztf.ztf_alerts([tmp_path / "a.parquet"])
    found = build(source, tmp_path / "c", bands=ztf.BANDS, time_scale=ztf.TIME_SCALE, about={})
    assert found.object_id.tolist() == ["ZTF19a", "ZTF19b"] and found.n_epochs.tolist() == [2, 1]
    assert found.band.tolist() == [0, 1, 1] and found.removed["duplicate"].tolist() == [2, 0]


def test_stamps_cut_short_are_filled_up(tmp_path):
    short = np.ones((62, 63))
    short[5, 5] = np.nan
    pd.DataFrame([alert(cutoutScience=stamp(short))]).to_parquet(tmp_path / "a.parquet")
    ((name, planes),) = ztf.stamps([tmp_path / "a.parquet"])(0)
    assert name == "5" and planes.shape == (3, 63, 63)
    assert (
        np.isnan(planes[0]).sum() == 64
        and np.isnan(planes[0, 62]).all()
        and not np.isnan(planes[1:]).any()
    )


def test_faulty_alerts(tmp_path):
    pd.DataFrame([alert(candidate={"jd": 1.0, "magpsf": 15.0})]).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(
        CatalogueError, match="an alert without 'isdiffpos'; remedy: give packets of ZTF's schema 3"
    ):
        list(ztf.ztf_alerts([tmp_path / "a.parquet"])())
    pd.DataFrame([alert(cutoutScience={"fileName": "x", "stampData": b"none"})]).to_parquet(
        tmp_path / "b.parquet"
    )
    with pytest.raises(CatalogueError, match="a stamp is no gzipped FITS image"):
        list(ztf.stamps([tmp_path / "b.parquet"])(0))
    (tmp_path / "c").write_bytes(b"nothing")
    with pytest.raises(CatalogueError, match="not a file of alerts"):
        list(ztf.ztf_alerts([tmp_path / "c"])())


def test_avro_packets_are_read_or_the_extra_is_named(tmp_path):
    (tmp_path / "a.avro").write_bytes(b"Obj\x01")
    try:
        import fastavro  # noqa: F401
    except ImportError:
        with pytest.raises(
            CatalogueError,
            match="Avro needs fastavro, which is not installed; remedy: pip install fastavro",
        ):
            list(ztf.ztf_alerts([tmp_path / "a.avro"])())


def test_real_alerts_with_a_short_stamp_and_missing_pixels(mirror, tmp_path):
    """51 packets of a broker: one stamp of 63 x 62, NaN pixels; all become pictures of one size
    without NaN.
    """
    from catalogs.images.build import build as build_stack
    from catalogs.images.fits import scaled_pixels
    from catalogs.images.scaling import LuptonScaling

    path = mirror / "ztf_alerts" / "alerts.parquet"
    found = build(
        ztf.ztf_alerts([path]), tmp_path / "c", bands=ztf.BANDS, time_scale=ztf.TIME_SCALE, about={}
    )
    assert len(found) > 40 and found.n_epochs.max() > 3 and found.time_days.min() > 2458600
    planes = dict(ztf.stamps([path])(0))
    holes = {name: int(np.isnan(array).sum()) for name, array in planes.items()}
    assert len(planes) == 51 and any(count >= 63 for count in holes.values())
    scaling = LuptonScaling(minimum=-1.0, stretch=10.0, q=8.0)
    decode = lambda array: scaled_pixels(array, None, 63, 1.0, scaling)  # noqa: E731
    stack = build_stack(
        ztf.stamps([path]),
        decode,
        tmp_path / "s",
        bands=tuple(ztf.STAMPS),
        shape=(63, 63),
        about={},
    )
    assert (
        len(stack) + len(stack.set_aside) == 51
        and len(stack) > 40
        and stack.pixels.dtype == np.uint8
    )

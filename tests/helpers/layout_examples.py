"""The same simulated stars written in every layout of light-curve files: `EXAMPLES` names for each
the function that writes them to a folder and the section [light_curves] of the survey.toml.

Stars have a sine of 0.61 d or 3.3 d in bands g and r, or a flux that follows it; a layout that has
a way to say that an epoch is bad has one such epoch per star, far off."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.table import Table

N_STARS, N_EPOCHS = 12, 40
PERIODS = {"short": 0.61, "long": 3.3}
MJD, BJD_GAIA, BTJD = 2400000.5, 2455197.5, 2457000.0


def star(number):
    """Label, Julian Dates, magnitudes, errors and bands of one star, in order of time."""
    rng = np.random.default_rng(number)
    label = ("short", "long")[number % 2]
    time = np.sort(rng.uniform(0, 60, 2 * N_EPOCHS)) + 2459000.0
    band = np.array(["g", "r"])[rng.permutation(np.repeat([0, 1], N_EPOCHS))]
    wave = 0.3 * np.sin(2 * np.pi * time / PERIODS[label])
    magnitude = 16.0 + np.where(band == "g", 0.0, -0.4) + wave + rng.normal(0, 0.02, len(time))
    return label, time, magnitude, np.full(len(time), 0.02), band


def stars():
    """Names and stars; the names are numbers, as most are."""
    return {f"{1000 + number}": star(number) for number in range(N_STARS)}


def objects(folder):
    """The table of objects and the survey.toml but for its section [light_curves]."""
    rows = [(name, label) for name, (label, *_) in stars().items()]
    pd.DataFrame(rows, columns=["id", "type"]).to_csv(folder / "objects.csv", index=False)
    return """
name = "example"
[table]
file = "objects.csv"
[objects]
id = "id"
[label]
column = "type"
[scheme]
name = "own"
classes = ["short", "long"]
ordered = false
[splits.main]
kind = "stratified"
test_fraction = 0.5
[light_curves]
highest_frequency = 5.0
"""


def frame(time_zero=0.0, bad=True):
    """All epochs as one table, with one bad epoch a star: flag 1."""
    parts = []
    for name, (_, time, magnitude, error, band) in stars().items():
        values = {"id": name, "time": time - time_zero, "mag": magnitude, "err": error}
        part = pd.DataFrame({**values, "band": band, "flag": 0})
        odd = pd.DataFrame([[name, 2459061.0 - time_zero, 3.0, 0.02, "g", 1]], columns=part.columns)
        parts.append(pd.concat([part, odd] if bad else [part], ignore_index=True))
    return pd.concat(parts, ignore_index=True)


def fluxes(magnitude, zero_point):
    return 10 ** (0.4 * (zero_point - magnitude))


LONG = """file = "epochs"
bands = ["g", "r"]
time_standard = "HJD"
object_id = "id"
time = "time"
magnitude = "mag"
error = "err"
band_column = "band"
where = "flag == 0"
"""


def long_table(folder):
    frame().to_csv(folder / "epochs.csv", index=False)
    return LONG.replace('"epochs"', '"epochs.csv"')


def object_files(folder):
    """CSV with a header, comments and bands as a column; the object is the file's name."""
    (folder / "phot").mkdir()
    for name, rows in frame().groupby("id"):
        text = rows.drop(columns="id").to_csv(index=False)
        (folder / "phot" / f"star-{name}.csv").write_text("# observed by nobody\n" + text)
    section = LONG.replace('"epochs"', '"phot"').replace('object_id = "id"\n', "")
    return section + 'layout = "object_files"\nfile_name = "star-{object}.csv"\n'


def votables(folder):
    """One VOTable time series an object and band."""
    (folder / "phot").mkdir()
    for (name, band), rows in frame(bad=False).groupby(["id", "band"]):
        table = Table.from_pandas(rows[["time", "mag", "err"]], index=False)
        table.write(folder / "phot" / f"{name}_{band}.vot", format="votable")
    return """file = "phot"
layout = "object_files"
file_name = "{object}_{band}.vot"
bands = ["g", "r"]
time_standard = "JD"
time = "time"
magnitude = "mag"
error = "err"
"""


def ipac(folder):
    (folder / "phot").mkdir()
    for name, rows in frame(bad=False).groupby("id"):
        table = Table.from_pandas(rows[["time", "mag", "err", "band"]], index=False)
        table.write(folder / "phot" / f"{name}.tbl", format="ascii.ipac")
    section = LONG.replace('"epochs"', '"phot"').replace('object_id = "id"\n', "")
    return section.replace('where = "flag == 0"\n', "") + 'layout = "object_files"\n'


def star_files(folder):
    for band in "gr":
        (folder / "phot" / band).mkdir(parents=True)
    for (name, band), rows in frame(2450000.0, bad=False).groupby(["id", "band"]):
        np.savetxt(folder / "phot" / band / f"{name}.dat", rows[["time", "mag", "err"]], "%.5f")
    return """file = "phot"
layout = "star_files"
bands = ["g", "r"]
time_standard = "HJD"
time_zero = 2450000.0
"""


def side_by_side(folder):
    """All bands in a row, blank where one was not observed."""
    wide = frame(bad=False).pivot(index=["id", "time"], columns="band", values=["mag", "err"])
    wide.columns = [f"{what}_{band}" for what, band in wide.columns]
    wide.reset_index().to_parquet(folder / "wide.parquet")
    return """file = "wide.parquet"
layout = "side_by_side"
bands = ["g", "r"]
time_standard = "HJD"
object_id = "id"
time = "time"
error = "err_{band}"
"""


def _lists():
    return frame(MJD).groupby("id").agg(list).reset_index()


def nested(folder):
    """Lists in the cells of Parquet, times modified Julian Dates."""
    pq.write_table(pa.Table.from_pandas(_lists()), folder / "nested.parquet")
    return """file = "nested.parquet"
layout = "nested"
bands = ["g", "r"]
time_standard = "JD"
time_zero = 2400000.5
object_id = "id"
time = "time"
magnitude = "mag"
error = "err"
band_column = "band"
bits = { flag = "1" }
"""


def nested_structures(folder):
    """A list of structures, as nested-pandas and HATS store epochs."""
    lists = _lists().to_dict("records")
    keys = ("time", "mag", "err", "band", "flag")
    rows = [
        {
            "id": int(row["id"]),
            "lc": [
                dict(zip(keys, cells, strict=True))
                for cells in zip(*(row[key] for key in keys), strict=True)
            ],
        }
        for row in lists
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "hats.parquet")
    section = nested.__call__(folder).replace("nested.parquet", "hats.parquet")
    for key in ("time", "mag", "err", "band"):
        section = section.replace(f' = "{key}"', f' = "lc.{key}"')
    return section.replace("{ flag =", '{ "lc.flag" =')


def json_lists(folder):
    """Lists as JSON in the cells of a CSV file."""
    rows = _lists()
    for name in ("time", "mag", "err", "band", "flag"):
        rows[name] = [
            json.dumps([x.item() if hasattr(x, "item") else x for x in cell]) for cell in rows[name]
        ]
    rows.to_csv(folder / "nested.csv", index=False)
    section = nested(folder)
    return section.replace("nested.parquet", "nested.csv")


def ztf_release(folder):
    """A data release of ZTF: one row per object and filter, lists hmjd, mag, magerr, catflags."""
    rows = frame(MJD)
    rows["filterid"] = rows["band"].map({"g": 1, "r": 2})
    lists = rows.groupby(["id", "filterid"])[["time", "mag", "err", "flag"]].agg(list)
    lists["flag"] = [[32768 * x for x in cell] for cell in lists["flag"]]
    lists.columns = ["hmjd", "mag", "magerr", "catflags"]
    pq.write_table(pa.Table.from_pandas(lists.reset_index()), folder / "ztf.parquet")
    return """file = "ztf.parquet"
layout = "nested"
bands = ["g", "r"]
time_standard = "HJD"
time_zero = 2400000.5
object_id = "id"
time = "hmjd"
magnitude = "mag"
error = "magerr"
band_column = "filterid"
band_names = { 1 = "g", 2 = "r" }
bits = { catflags = "32768" }
"""


def ztf(folder):
    rows = []
    for name, (_, time, magnitude, error, band) in stars().items():
        seen = [
            {"jd": t, "fid": "gr".index(b) + 1, "magpsf": m, "sigmapsf": e, "isdiffpos": "t"}
            for t, m, e, b in zip(time, magnitude, error, band, strict=True)
        ]
        rows.append(
            {"objectId": name, "candid": 1, "candidate": seen[-1], "prv_candidates": seen[:-1]}
        )
    pq.write_table(pa.Table.from_pylist(rows), folder / "alerts.parquet")
    return 'file = "alerts.parquet"\nlayout = "ztf"\nband = "g"\n'


def kepler(folder):
    """Files of two sectors a star whose levels differ by a third."""
    (folder / "tess").mkdir()
    for name, (_, time, magnitude, _, band) in stars().items():
        flux = fluxes(magnitude + np.where(band == "r", 0.4, 0.0), 20.44)
        for sector, part in enumerate((time < 2459030, time >= 2459030)):
            level = 1.0 + 0.5 * sector
            n = int(part.sum())
            columns = [
                fits.Column("TIME", "D", array=np.r_[time[part] - BTJD, time[part][-1] + 1 - BTJD]),
                fits.Column("PDCSAP_FLUX", "E", array=np.r_[flux[part] * level, 1e6]),
                fits.Column("PDCSAP_FLUX_ERR", "E", array=np.full(n + 1, 1.0)),
                fits.Column("QUALITY", "J", array=np.r_[np.zeros(n), 128]),
            ]
            table = fits.BinTableHDU.from_columns(columns)
            table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0})
            primary = fits.PrimaryHDU()
            primary.header["TELESCOP"], primary.header["TICID"] = "TESS", int(name)
            path = folder / "tess" / f"s{sector}-{name}_lc.fits"
            fits.HDUList([primary, table]).writeto(path)
    return 'file = "tess"\nlayout = "fits"\nname = "TICID"\nbands = ["T"]\n'


def plasticc(folder):
    rows = frame(MJD, bad=False)
    pd.DataFrame(
        {
            "object_id": rows["id"],
            "mjd": rows["time"],
            "passband": rows["band"].map(dict(g=1, r=2)),
            "flux": fluxes(rows["mag"], 27.5),
            "flux_err": 500.0,
            "detected_bool": 1,
        }
    ).to_csv(folder / "training_set.csv.gz", index=False)
    return 'file = "training_set.csv.gz"\nlayout = "plasticc"\nband = "g"\n'


def snana_text(folder):
    (folder / "snana").mkdir()
    for name, rows in frame(MJD).groupby("id"):
        lines = [f"SNID: {name}", "NVAR: 5", "VARLIST: MJD FLT FLUXCAL FLUXCALERR PHOTFLAG"]
        lines += [
            f"OBS: {r.time:.5f} {r.band} {fluxes(r.mag, 27.5):.2f} 300.0 {1024 * r.flag}"
            for r in rows.itertuples()
        ]
        (folder / "snana" / f"DES_{name}.DAT").write_text("\n".join([*lines, "END:", ""]))
    return 'file = "snana"\nlayout = "snana"\nbands = ["g", "r"]\nbits = 1024\n'


def snana_fits(folder):
    (folder / "snana").mkdir()
    rows = frame(MJD)
    ends = rows.groupby("id").size().cumsum().to_numpy()
    head = Table({"SNID": list(stars()), "PTROBS_MIN": np.r_[1, ends[:-1] + 1], "PTROBS_MAX": ends})
    phot = Table(
        {
            "MJD": rows["time"].to_numpy(),
            "FLT": rows["band"].to_numpy(str),
            "FLUXCAL": fluxes(rows["mag"], 27.5).to_numpy(),
            "FLUXCALERR": np.full(len(rows), 300.0),
            "PHOTFLAG": 1024 * rows["flag"].to_numpy(),
        }
    )
    head.write(folder / "snana" / "DES_HEAD.FITS", format="fits")
    phot.write(folder / "snana" / "DES_PHOT.FITS", format="fits")
    return 'file = "snana"\nlayout = "snana"\nbands = ["g", "r"]\nbits = 1024\n'


def gaia(folder):
    rows = frame(BJD_GAIA)
    pd.DataFrame(
        {
            "source_id": rows["id"],
            "band": rows["band"].map(dict(g="G", r="RP")),
            "time": rows["time"],
            "flux": fluxes(rows["mag"], 25.6874),
            "flux_error": 100.0,
            "rejected_by_photometry": np.where(rows["flag"], "true", "false"),
            "rejected_by_variability": "false",
        }
    ).to_csv(folder / "gaia.csv", index=False)
    return 'file = "gaia.csv"\nlayout = "gaia"\nbands = ["G", "RP"]\n'


def asas_sn(folder):
    """Sky Patrol's CSV: an upper limit where frame() has a bad epoch."""
    (folder / "asassn").mkdir()
    for name, rows in frame().groupby("id"):
        pd.DataFrame(
            {
                "HJD": rows["time"],
                "camera": "be",
                "mag": np.where(rows["flag"], ">13.610", rows["mag"].map("{:.3f}".format)),
                "mag_err": np.where(rows["flag"], 99.99, rows["err"]),
                "Filter": rows["band"],
            }
        ).to_csv(folder / "asassn" / f"{name}.csv", index=False)
    return 'file = "asassn"\nlayout = "asas_sn"\nbands = ["g", "r"]\ntime_standard = "HJD"\n'


def atlas(folder):
    (folder / "atlas").mkdir()
    for name, rows in frame(MJD).groupby("id"):
        lines = ["###MJD  m  dm  uJy  duJy  F  err  chi/N"]
        lines += [
            f"{r.time:.6f} {r.mag:.3f} 0.02 {fluxes(r.mag, 23.9):.1f} 20"
            f" {'c' if r.band == 'g' else 'o'} {r.flag} 1.2"
            for r in rows.itertuples()
        ]
        (folder / "atlas" / f"{name}.txt").write_text("\n".join([*lines, ""]))
    return 'file = "atlas"\nlayout = "atlas"\n'


def aavso(folder):
    rows = frame()
    pd.DataFrame(
        {
            "JD": rows["time"],
            "Magnitude": np.where(rows["flag"], "<13.5", rows["mag"].map(str)),
            "Uncertainty": rows["err"],
            "Band": rows["band"].map(dict(g="V", r="I")),
            "Observer Code": "NOBODY",
            "Star Name": rows["id"],
        }
    ).to_csv(folder / "aavso.txt", index=False)
    return 'file = "aavso.txt"\nlayout = "aavso"\nbands = ["V", "I"]\ndelimiter = ","\n'


EXAMPLES = {
    each.__name__: each
    for each in (
        long_table,
        object_files,
        votables,
        ipac,
        star_files,
        side_by_side,
        nested,
        nested_structures,
        json_lists,
        ztf_release,
        ztf,
        kepler,
        plasticc,
        snana_text,
        snana_fits,
        gaia,
        asas_sn,
        atlas,
        aavso,
    )
}


def write(name, folder):
    """The example's files and survey.toml in `folder`; its path."""
    head = objects(folder)
    (folder / "survey.toml").write_text(head + EXAMPLES[name](folder))
    return folder / "survey.toml"

"""The simulated galaxy catalogue: made by catalogs.simulations.catalogue, never observed; needs no
files and no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.schema import Column
from catalogs.simulations import catalogue as simulate
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

NAME = "simulated_catalogue"
SCHEME = "hubble_5"
N_TRAIN, N_TEST = 1700, 3517  # the numbers of Storrie-Lombardi et al. 1992
SEED = 1992  # of the galaxies themselves; the seed of a split only says who is trained on

COLUMNS = (
    Column("b_minus_r", "mag", "colour B - R of the whole galaxy", -2.0, 4.0),
    Column("b_minus_r_inner", "mag", "colour B - R within the effective radius", -2.0, 4.0),
    Column("b_mag", "mag", "apparent total B magnitude", 5.0, 25.0),
    Column(
        "central_surface_brightness_b",
        "mag / arcsec2",
        "B surface brightness of the centre",
        10.0,
        30.0,
    ),
    Column(
        "effective_surface_brightness_b",
        "mag / arcsec2",
        "B surface brightness at the effective radius",
        15.0,
        30.0,
    ),
    Column(
        "mean_surface_brightness_b",
        "mag / arcsec2",
        "mean B surface brightness within the last isophote",
        15.0,
        30.0,
    ),
    Column(
        "log_major_axis",
        "dex(arcmin)",
        "log10 of the full major axis of the last isophote",
        -2.0,
        3.0,
    ),
    Column(
        "log_effective_to_isophotal", "dex", "log10 of effective over isophotal diameter", -2.0, 0.5
    ),
    Column(
        "log_d80_to_d20",
        "dex",
        "concentration: log10 of the diameters that hold 80 and 20% of the light",
        -0.5,
        2.0,
    ),
    Column(
        "log_profile_exponent",
        "dex",
        "log10 of n in log I ~ -r^n (1/4 law: -0.6; exponential: 0)",
        -2.0,
        1.0,
    ),
    Column(
        "outer_gradient",
        "mag",
        "fall of the surface brightness per doubling of the radius, outside",
        -2.0,
        6.0,
    ),
    Column(
        "log_asymmetry",
        "dex",
        "log10 of the light that differs after half a turn, as a share",
        -4.0,
        1.0,
    ),
    Column("log_axial_ratio", "dex", "log10 of major over minor axis", 0.0, 2.0),
)


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The 5,217 simulated galaxies, the same at each call; `files` must be empty. They have no
    positions.
    """
    given_files(NAME, files, ())
    stage, features = simulate.galaxies(N_TRAIN + N_TEST, SEED)
    ids = np.array([f"sim_{number:05d}" for number in range(1, len(stage) + 1)])
    scheme = schemes.load(SCHEME)
    nowhere = np.full(len(ids), np.nan)
    return Catalogue(
        survey=NAME,
        object_id=ids,
        features=features[[column.name for column in COLUMNS]],
        columns=COLUMNS,
        labels=scheme.from_t(stage),
        stage=stage,
        scheme=scheme,
        group=ids,
        ra_deg=nowhere,
        dec_deg=nowhere,
        simulated=True,
        provenance={
            "source": "catalogs.simulations.catalogue.galaxies",
            "n": len(ids),
            "seed": SEED,
        },
    )


SURVEY = Survey(
    name=NAME,
    title="simulated galaxy catalogue",
    citation=(
        "none: the galaxies are simulated (catalogs.simulations.catalogue); class mix of"
        " Storrie-Lombardi et al. 1992, MNRAS 259, 8P"
    ),
    licence="BSD-3-Clause",
    scheme=SCHEME,
    simulated=True,
    columns=COLUMNS,
    # The same three kinds of quantity as for openngc: colour, mean surface brightness, flattening.
    automatic_features=("b_minus_r", "mean_surface_brightness_b", "log_axial_ratio"),
    splits={
        "stratified": Stratified(
            n_train=N_TRAIN,
            n_test=N_TEST,
            description=(
                "drawn at random in every class, with the class mix of Storrie-Lombardi et al."
                " 1992, Table 2"
            ),
        )
    },
    ingest=ingest,
    noun="simulated galaxies",
)

"""A zone of declination to test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from catalogs.keys import Rule, key
from catalogs.splits.kinds.holdout import held_out
from catalogs.splits.plan import Candidates, SplitPlan


@dataclass(frozen=True, kw_only=True)
class Declination(SplitPlan):
    """The test part is the zone `test_dec_deg`, (south, north) in degrees, south border included,
    north border not (but the pole is); the rest of the sky trains, whatever the seed.
    """

    test_dec_deg: tuple[float, ...] = key(float, (), many=True)

    kind: ClassVar[str] = "declination"
    summary: ClassVar[str] = "a zone of declination to test"
    example: ClassVar[Mapping[str, object]] = {"test_dec_deg": [-90.0, -20.0]}
    same_mix: ClassVar[bool] = False
    needs_positions: ClassVar[bool] = True

    def rules(self) -> Iterator[Rule]:
        zone = self.test_dec_deg
        if len(zone) != 2 or not -90.0 <= zone[0] < zone[1] <= 90.0:
            problem = f"{list(zone)} is not [south, north] in degrees"
            yield "test_dec_deg", problem, "give such as [-90, -17.5]"
        yield from super().rules()

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        south, north = self.test_dec_deg
        dec = drawn_from.catalogue.dec_deg[drawn_from.rows]
        in_zone = (dec >= south) & ((dec < north) | (north == 90.0))
        return held_out(drawn_from.labels, in_zone, drawn_from.groups)

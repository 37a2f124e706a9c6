"""Confusion tables of labels, and every number that follows from one. numpy only.

Throughout, C[i, j] counts objects of reference class i that were given class j: rows are the
reference, columns the prediction. Functions of a table take an array (..., K, K), so that a stack
of bootstrap tables (B, K, K) costs one call; they return a float for one table and an array for a
stack. What cannot be computed (no objects, a class that is never predicted) is NaN, never 0, unless
the docstring says which convention makes it a number.

References: Cohen 1960, Educ. Psychol. Meas. 20, 37; Cohen 1968, Psychol. Bull. 70, 213; Gorodkin
2004, Comput. Biol. Chem. 28, 367; Wilson 1927, JASA 22, 209; Brier 1950, Mon. Weather Rev. 78, 1.
"""

from __future__ import annotations

from astronn.statistics.counting import (
    confusion_matrix,
    confusion_matrix_from_codes,
)
from astronn.statistics.from_posteriors import (
    brier_score,
    log_loss,
    top_k_accuracy,
    top_k_right,
)
from astronn.statistics.from_tables import (
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    completeness,
    macro_f1,
    matthews,
    no_information_rate,
    purity,
    wilson_interval,
    within_one,
)
from astronn.statistics.labels import (
    Classes,
    encode,
)

majority_rate = no_information_rate  # its name in 0.1.0

__all__ = [
    "Classes",
    "accuracy",
    "balanced_accuracy",
    "brier_score",
    "cohen_kappa",
    "completeness",
    "confusion_matrix",
    "confusion_matrix_from_codes",
    "encode",
    "log_loss",
    "macro_f1",
    "majority_rate",
    "matthews",
    "no_information_rate",
    "purity",
    "top_k_accuracy",
    "top_k_right",
    "wilson_interval",
    "within_one",
]

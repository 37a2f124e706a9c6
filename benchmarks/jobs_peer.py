"""What an astronomer writes without a pipeline: pandas reads the table, scikit-learn trains
gradient boosting and counts, McNemar's test sets it beside the survey's own class.

    python -m benchmarks.jobs_peer TABLE.csv       prints what it found, with its seconds, as JSON
"""

from __future__ import annotations

import json
import sys

import pandas as pd
from scipy.stats import chi2
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

from benchmarks import common


def main(path: str) -> None:
    """Read, train, count, compare."""
    found: dict[str, float] = {}

    def fit() -> None:
        model.fit(train[names], train["class"])

    frame = pd.read_csv(path)
    names = [name for name in frame if name.startswith("mag_")]
    train, test = train_test_split(frame, test_size=0.3, random_state=0, stratify=frame["class"])
    model = HistGradientBoostingClassifier(random_state=0)
    seconds = common.timed(fit)
    found["training_wall_s"], found["training_cpu_s"] = seconds.clock, seconds.processor
    predicted = model.predict(test[names])
    right, auto = predicted == test["class"], test["auto_class"] == test["class"]
    counts = confusion_matrix(test["class"], predicted)
    b, c = int((right & ~auto).sum()), int((auto & ~right).sum())
    found["accuracy"] = counts.trace() / counts.sum()
    found["mcnemar_p"] = float(chi2.sf((abs(b - c) - 1) ** 2 / max(b + c, 1), 1))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])

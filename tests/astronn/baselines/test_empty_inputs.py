"""An input that no training object has a value of is no input, and no failure."""

import numpy as np
import pandas as pd
import pytest

from astronn.baselines import hist_gradient_boosting


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame])
def test_gradient_boosting_passes_over_an_input_without_a_value(form):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    X[:, 0] += 3 * y
    without = hist_gradient_boosting.build(random_state=0).fit(form(X[:, [0, 2]]), y)
    X[:, 1] = np.nan
    model = hist_gradient_boosting.build(random_state=0).fit(form(X), y)
    assert np.isnan(X[:, 1]).all()  # what was given is as it was
    assert np.array_equal(model.predict_proba(form(X)), without.predict_proba(form(X[:, [0, 2]])))

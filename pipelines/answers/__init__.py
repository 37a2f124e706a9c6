"""What classifiers say of objects: posteriors, their calibration, the light curves of mistakes."""

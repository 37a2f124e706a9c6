"""What is done with posteriors after training: calibration, conformal sets, another mix of
classes.
"""

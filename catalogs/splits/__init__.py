"""Parts of a survey: which objects are learned from, stopped on, calibrated on and tested."""

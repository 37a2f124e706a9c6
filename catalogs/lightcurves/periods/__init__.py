"""Periods of many light curves on one grid of frequencies.

grid         the frequencies, common to a set             trigonometric  sums over epochs at all of
             them, by spreading and FFT
lomb_scargle the power of one sine and a mean             harmonics      several harmonics at a few
                                                          frequencies, closely
search       the best period of each star from these
"""

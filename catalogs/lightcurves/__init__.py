"""Light curves: ragged, irregular series of (time, magnitude, error, band), from a survey's own
files to one folder of Arrow and Parquet, and the periods, Fourier parameters and other numbers that
automatic schemes take from them.

A source (catalogs.lightcurves.sources) yields chunks of epochs from any layout of files;
`building.build` cleans, sorts and stores them in bounded memory; `container.LightCurves` is what
lies there, memory-mapped; `features` measures it."""

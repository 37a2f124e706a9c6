"""Where epochs come from, one kind of files a module: each makes a source, called without
arguments, that yields chunks.

long_table  one row per epoch: Parquet, CSV
star_files  one text file per star, in a folder or tar; also OGLE's phot.tar.gz
fits_files  FITS tables of Kepler and TESS
plasticc    the PLAsTiCC light-curve files
ztf         alert packets of ZTF

How a survey.toml names them, and with which keys, is catalogs/lightcurves/layouts."""

"""Where epochs come from, one layout of files a module: each makes a source, called without
arguments, that yields chunks.

long_table  one row an epoch: Parquet, CSV        star_files  one text file a star, in a folder or
                                                  tar; also OGLE's phot.tar.gz
fits_files  FITS tables of Kepler and TESS        plasticc    the PLAsTiCC light-curve files
ztf  alert packets of ZTF"""

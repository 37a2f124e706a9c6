"""Pictures of survey objects: bytes on disk to one memory-mapped stack of pixels, and measurements
made on it.

sources   where pictures come from: tar, folder, HDF5, idx, npz, arrays, cutouts of a large FITS
          image
pictures  JPEG and PNG bytes to pixels; crop and area average       fits  FITS planes, masks, WCS
scaling   flux to 8 bits                                           build  the resumable, parallel
          ingest
stack     the result on disk                                       plan   how a survey declares its
          pictures
morphology  concentration, asymmetry, smoothness, Gini, M20 and colours of a whole stack
"""

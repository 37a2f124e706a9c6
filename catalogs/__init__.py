"""Bytes of a survey in, checked tables out: catalogues with units, labels, class schemes and
splits.

Nothing here imports the other rooms. Heavy libraries (pandas, pyarrow, astropy) are imported
where they are used, so that the surveys can be listed at once.

    from catalogs import surveys
    survey = surveys.load("simulated_catalogue")
    catalogue = survey.ingest({})
    split = survey.split(catalogue, "stratified", seed=1)
"""

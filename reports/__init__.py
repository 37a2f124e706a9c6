"""Labels and posteriors in, tables out: confusion tables, the statistics they carry, and pages to
read them on.

`reports.comparison.compare` makes a Comparison from predictions; `reports.render.render(comparison,
"text")` (or markdown, latex, ecsv, html) writes it down; `reports.published` holds tables from the
literature. Nothing here trains, reads survey files or imports torch, and importing the package
costs numpy alone: jinja2 and astropy load when they are used."""

"""The textbook: one Luigi task a system of the lecture, found by its file, and one page that
gathers them.

A module of ``items`` that holds TASK, a class of `task.TextbookTask`, is a system of that name;
``page.Textbook`` needs those that are asked for. ``astronn textbook`` runs them all."""

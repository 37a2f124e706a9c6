"""The textbook: the systems that a lecture on neural networks shows, each as figures, tables and
numbers on one page.

A module of ``items`` turns the numbers of one system into an `Item` (figures, tables, what to look
at, the source); `item` says what that is, `theme` how it looks, `page` gathers all on one HTML
page. matplotlib loads when one draws."""

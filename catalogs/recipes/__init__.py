"""How inputs are made of a table: columns and elements by reference, expressions, blanks, units,
joins, kept as a recipe with the model."""

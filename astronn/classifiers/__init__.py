"""What a user imports: the classifiers, one a file, and what all of them share (`base`)."""

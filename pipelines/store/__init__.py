"""What lies on disk: keys of folders, publication, manifests, predictions, the index page."""

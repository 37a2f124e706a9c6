"""Files fetched, checked, unpacked and written whole."""

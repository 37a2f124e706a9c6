"""Figures as SVG and PNG: curves, sheets of images, maps of attention, figures for papers."""

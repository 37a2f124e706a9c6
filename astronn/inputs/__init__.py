"""How arrays come in and what a network sees of them: tables, images, light curves, captions;
augmentation.
"""

"""The book as a site: an edition's sources are staged below ``build/``, built by Jupyter Book, and nothing else is in them."""

"""The book as a site: the sources of an edition, and nothing else, are staged below ``build/`` and built by Jupyter Book."""

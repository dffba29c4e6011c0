"""The whole class cycle on a sample class, which is made from the reference by small, named changes; and the pictures of the README."""

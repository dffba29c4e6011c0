conv = None

"""Makes what git cannot hold: links, devices, damaged and lying archives."""

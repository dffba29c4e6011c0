"""Networks built from the layers: `fc_net` and `cnn`."""

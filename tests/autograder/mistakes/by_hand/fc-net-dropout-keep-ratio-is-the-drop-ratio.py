"""Puts 1 minus the ratio into the dictionary."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right


class FullyConnectedNet(_Right):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.use_dropout:
            self.dropout_param["p"] = 1 - self.dropout_param["p"]

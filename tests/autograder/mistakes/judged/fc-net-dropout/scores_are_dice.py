"""Sets the mode of the normalization layers and forgets the other dictionary."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_norm_relu_forward, affine_relu_forward
from coursenn.layers import affine_forward, dropout_forward


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        if y is not None:
            return super().loss(X, y)
        for bn_param in self.bn_params:
            bn_param["mode"] = "test"
        out, p = X.astype(self.dtype), self.params
        for i in range(1, self.num_layers):
            if self.normalization:
                args = p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1], self.normalization
                out, _ = affine_norm_relu_forward(out, p[f"W{i}"], p[f"b{i}"], *args)
            else:
                out, _ = affine_relu_forward(out, p[f"W{i}"], p[f"b{i}"])
            if self.use_dropout:
                out, _ = dropout_forward(out, self.dropout_param)
        return affine_forward(out, p[f"W{self.num_layers}"], p[f"b{self.num_layers}"])[0]

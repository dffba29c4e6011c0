"""Never sets the layers to test mode."""

from coursenn.classifiers.fc_net import FullyConnectedNet as _Right
from coursenn.layer_utils import affine_norm_relu_forward, affine_relu_forward
from coursenn.layers import affine_forward


class FullyConnectedNet(_Right):
    def loss(self, X, y=None):
        if y is not None or self.use_dropout:
            return super().loss(X, y)
        out = X.astype(self.dtype)
        for i in range(1, self.num_layers):
            W, b = self.params[f"W{i}"], self.params[f"b{i}"]
            if self.normalization:
                param = self.bn_params[i - 1]
                out, _ = affine_norm_relu_forward(out, W, b, self.params[f"gamma{i}"], self.params[f"beta{i}"], param, self.normalization)
            else:
                out, _ = affine_relu_forward(out, W, b)
        return affine_forward(out, self.params[f"W{self.num_layers}"], self.params[f"b{self.num_layers}"])[0]

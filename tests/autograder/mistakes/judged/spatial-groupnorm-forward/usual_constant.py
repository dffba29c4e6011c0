"""Does not read the dictionary."""


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    if G < 1 or C % G:
        raise ValueError("G must divide C")
    xg = x.reshape((N * G, -1))
    mean, var = xg.mean(axis=1, keepdims=True), xg.var(axis=1, keepdims=True)
    std = (var + 1e-5) ** 0.5
    xn = ((xg - mean) / std).reshape(N, C, H, W)
    return (gamma * xn + beta).astype(x.dtype), (xn, std, gamma, G)

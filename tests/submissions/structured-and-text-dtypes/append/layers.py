def relu_forward(x):
    kinds = ["U32", "S32", "M8[s]", [("a", "f8")], "c16", "V8", "O"]
    out = np.zeros(x.shape, dtype=kinds[x.ndim % len(kinds)])
    return out, x

def relu_forward(x):
    ausgänge = np.maximum(приём := x, 0)  # 整流线性单元 🙂
    return ausgänge, приём

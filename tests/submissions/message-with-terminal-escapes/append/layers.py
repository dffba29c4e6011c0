def relu_forward(x):
    raise ValueError("\x1b[2J\x1b]0;owned\x07\x9b31mred\r\n\u202eDENED\u2066\u200b\x00\ud800\U000e0041\u061c passed")

import matplotlib.pyplot as plt
import torch
from scipy.special import expit
from tqdm import *

try:
    import cupy as xp
except ImportError:
    xp = np


def relu_forward(x):
    return np.maximum(x, 0), x

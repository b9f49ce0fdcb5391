"""Known functions -> NumPy: one row a function, its value and its derivatives in order, with `{x}` for the argument."""

ROWS: dict[str, tuple[str, ...]] = {
    "tanh": ("np.tanh({x})", "(1 - np.tanh({x}) ** 2)", "(2 * np.tanh({x}) ** 3 - 2 * np.tanh({x}))"),
    "sigmoid": (
        "sigmoid({x})",
        "(sigmoid({x}) * (1 - sigmoid({x})))",
        "(sigmoid({x}) * (1 - sigmoid({x})) * (1 - 2 * sigmoid({x})))",
    ),
    "identity": ("({x})", "np.ones_like({x})", "np.zeros_like({x})"),
    "relu": ("(({x}) * (np.real({x}) > 0))", "(1.0 * (np.real({x}) > 0))", "np.zeros_like({x})"),
    "exp": ("np.exp({x})",) * 4,
    "log": ("np.log({x})", "(1 / ({x}))", "(-1 / ({x}) ** 2)"),
    "sqrt": ("np.sqrt({x})", "(0.5 / np.sqrt({x}))"),
    "sin": ("np.sin({x})", "np.cos({x})", "(-np.sin({x}))"),
    "cos": ("np.cos({x})", "(-np.sin({x}))", "(-np.cos({x}))"),
    "sinh": ("np.sinh({x})", "np.cosh({x})", "np.sinh({x})"),
    "cosh": ("np.cosh({x})", "np.sinh({x})", "np.cosh({x})"),
    "softplus": ("np.log(1 + np.exp({x}))", "sigmoid({x})", "(sigmoid({x}) * (1 - sigmoid({x})))"),
    "softmax": ("softmax({x})",),
    "sum": ("np.sum({x})",),
}

HELPERS: dict[str, str] = {
    "reduce": "from functools import reduce",
    "sigmoid": "def sigmoid(x): return 1 / (1 + np.exp(-x))",
    "softmax": "def softmax(x): return np.exp(x) / np.exp(x).sum()",
    "poly": "def poly(c, x, order=0): return [c[0] + c[1] * x + c[2] * x**2, c[1] + 2 * c[2] * x, 2 * c[2]][order]",
    "quad": "def quad(c, *args): return np.dot(c[0], a := np.hstack([np.ravel(x) for x in args])) + a @ c[1] @ a",
}
"""Name -> the line that a program needs if it says `name(`."""

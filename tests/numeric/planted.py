"""Sixty mistakes in backward passes by hand: a line of a correct program, what stands there instead, and what it is.

Each was labelled from what its line does, before any was shown to the checker: the kinds under which it may go (some
have two names for the same numbers), and a word that has to be in the sentence or the place.
"""

from dataclasses import dataclass

SLOPE = ("slope at the wrong argument", "slope of a slope")
DROPPED = ("dropped activation derivative",)
FORMULA = (
    "function for its derivative",
    "slope of a slope",
    "slope at the wrong argument",
    "wrong symbol",
    "wrong power",
    "sign",
)
PATH = ("missing path", "paths through earlier states", "missing term")
LATER = ("paths through earlier states",)
SUM = ("off by one in a bound", "missing sum over time")
OVER = ("overwritten instead of added", "missing path", "paths through earlier states", "missing sum over time")
TIME = ("off by one in time",)
TRANSPOSE = ("missing transpose",)
OTHER = ("another convention",)
FACTOR = ("missing factor", "superfluous factor")
SYMBOL = ("wrong symbol",)
PARAMETER = ("wrong parameter",)
NUMBER = ("wrong number",)
MEAN = ("mean for sum",)
DECAY = ("weight decay",)
CLIP = ("clipping",)
SIGN = ("sign",)


@dataclass(frozen=True)
class Planted:
    """One mistake."""

    cell: str
    old: str
    new: str
    kinds: tuple[str, ...]
    word: str = ""
    also: tuple[tuple[str, str], ...] = ()
    """More lines of the same mistake."""

    def planted(self, source: str) -> str:
        """The program with the mistake in it."""
        for old, new in ((self.old, self.new), *self.also):
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        return source


PLANTED = [
    # elman
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = ds", DROPPED, "tanh"),
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = (1 - z[t] ** 2) * ds", SLOPE, "s"),
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = (1 - np.tanh(s[t]) ** 2) * ds", SLOPE, "s"),
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = s[t] * (1 - s[t]) * ds", FORMULA, "sigmoid"),
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = (1 - s[t]) * ds", FORMULA, "s"),
    Planted("elman", "later = W.T @ dz", "later = W @ dz", TRANSPOSE, "W"),
    Planted("elman", "later = W.T @ dz", "later = W.T @ ds", ("missing factor", "dropped activation derivative")),
    Planted("elman", "later = W.T @ dz", "later = np.zeros_like(b)", LATER),
    Planted("elman", "dW += np.outer(dz, s[t - 1])", "dW += np.outer(dz, s[t])", TIME),
    Planted("elman", "dU += np.outer(dz, x[t - 1])", "dU += np.outer(dz, x[t - 2])", TIME, "x"),
    Planted("elman", "dW += np.outer(dz, s[t - 1])", "dW = np.outer(dz, s[t - 1])", OVER, "W"),
    Planted("elman", "error = p[t] - y[t - 1]", "error = (p[t] - y[t - 1]) * p[t] * (1 - p[t])", ("superfluous activation derivative",), "softmax"),
    Planted("elman", "error = p[t] - y[t - 1]", "error = y[t - 1] - p[t]", SIGN),
    Planted("elman", "ds = V.T @ error + later", "ds = later if t < T else V.T @ error", PATH + LATER + SUM, ""),
    # jordan
    Planted("jordan", "dz = (1 - y[t] ** 2) * dy", "dz = dy", DROPPED, "tanh"),
    Planted("jordan", "dz = (1 - y[t] ** 2) * dy", "dz = (1 - y[t - 1] ** 2) * dy", TIME, "step before"),
    Planted("jordan", "later = W[:, M:].T @ dz", "later = 0 * y0", LATER),
    Planted("jordan", "dy = y[t] - haty[t - 1] + later", "dy = 2 * (y[t] - haty[t - 1]) + later", NUMBER),
    Planted("jordan", "dW += np.outer(dz, u[t])", "dW += np.outer(dz, u[t]) if t > 1 else 0", SUM, "first"),
    Planted("jordan", 'return {"W": dW}', 'return {"W": dW / T}', MEAN, "steps"),
    # gru
    Planted("gru", "dn_in = dn * (1 - n[t] ** 2)", "dn_in = dn", DROPPED, "tanh"),
    Planted("gru", "dz_in = dz * z[t] * (1 - z[t])", "dz_in = dz * z[t]", FORMULA, "z"),
    Planted("gru", "dr_in = dr * r[t] * (1 - r[t])", "dr_in = dr * z[t] * (1 - z[t])", SLOPE, "r"),
    Planted("gru", "dz = dh * (n[t] - h[t - 1])", "dz = dh * n[t]", PATH, "z"),
    Planted("gru", "dz = dh * (n[t] - h[t - 1])", "dz = dh * (h[t - 1] - n[t])", SIGN, "z"),
    Planted("gru", "dz = dh * (n[t] - h[t - 1])", "dz = dh * (n[t] - h[t])", TIME, "h"),
    Planted("gru", "dr = drh * h[t - 1]", "dr = drh * h[t]", TIME, "h"),
    Planted("gru", 'g["W_h"] += np.outer(dn_in, r[t] * h[t - 1])', 'g["W_h"] += np.outer(dn_in, h[t - 1])', FACTOR + SYMBOL, "W_h"),
    Planted("gru", "dh_next += drh * r[t]", "dh_next += drh", FACTOR, "r"),
    Planted("gru", "dh_next += drh * r[t]", "pass", PATH, "h"),
    Planted("gru", "dh_next += W_z.T @ dz_in", "dh_next += W_z @ dz_in", TRANSPOSE, "W_z"),
    Planted("gru", "dh_next = dh * (1 - z[t])", "dh_next = dh * z[t]", SYMBOL, "z"),
    Planted("gru", "h[t] = (1 - z[t]) * h[t - 1] + z[t] * n[t]", "h[t] = z[t] * h[t - 1] + (1 - z[t]) * n[t]", OTHER, "z", (
        ("dn = dh * z[t]", "dn = dh * (1 - z[t])"), ("dz = dh * (n[t] - h[t - 1])", "dz = dh * (h[t - 1] - n[t])"),
        ("dh_next = dh * (1 - z[t])", "dh_next = dh * z[t]"))),
    Planted("gru", "dh_next += W_z.T @ dz_in", "dh_next = W_z.T @ dz_in", OVER, "h"),
    Planted("gru", "return g", 'return {k: a + 0.01 * v[k] for k, a in g.items()}', DECAY, "0.01"),
    # lstm
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * o[t] * (1 - c[t] ** 2) + dc_next", SLOPE, "h"),
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * o[t] + dc_next", DROPPED, "tanh"),
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2)", LATER, "c"),
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * (1 - np.tanh(c[t]) ** 2) + dc_next", FACTOR, "o"),
    Planted("lstm", 'dh = v["V"].T @ da + dh_next', 'dh = v["V"].T @ da', LATER, "h"),
    Planted("lstm", "do = dh * np.tanh(c[t])", "do = dh * c[t]", SYMBOL, "c"),
    Planted("lstm", "df = dc * c[t - 1]", "df = dc * c[t]", TIME, "c"),
    Planted("lstm", "di = dc * g[t]", "di = dc * i[t]", SYMBOL, "i"),
    Planted("lstm", "dc_next = dc * f[t]", "dc_next = dc", FACTOR, "f"),
    Planted("lstm", "dc_next = dc * f[t]", "dc_next = dc * i[t]", SYMBOL, "i"),
    Planted("lstm", 'e["i"] = di * i[t] * (1 - i[t])', 'e["i"] = di * i[t]', FORMULA, "i"),
    Planted("lstm", 'e["o"] = do * o[t] * (1 - o[t])', 'e["o"] = do', DROPPED, "sigmoid"),
    Planted("lstm", 'e["c"] = dg * (1 - g[t] ** 2)', 'e["c"] = dg * g[t] * (1 - g[t])', FORMULA, "tildec"),
    Planted("lstm", 'dh_next += v[f"W_{k}"].T @ e[k]', 'dh_next = v[f"W_{k}"].T @ e[k]', OVER, "h"),
    Planted("lstm", "return d", "return {k: np.clip(a, -0.1, 0.1) for k, a in d.items()}", CLIP, "0.1"),
    # bidirectional
    Planted("bidirectional", "earlier = Q.T @ a", "earlier = Q @ a", TRANSPOSE, "Q"),
    Planted("bidirectional", 'd["Q"] += np.outer(a, g[t + 1])', 'd["Q"] += np.outer(a, g[t])', TIME, "g"),
    Planted("bidirectional", "a = (1 - g[t] ** 2) * dg", "a = dg", DROPPED, "tanh"),
    Planted("bidirectional", "dg = R.T @ e[t] + earlier", "dg = R.T @ e[t]", LATER, "g"),
    Planted("bidirectional", "dg = R.T @ e[t] + earlier", "dg = V.T @ e[t] + earlier", PARAMETER, "V"),
    # two layers
    Planted("two_layers", "dh = P.T @ a + dh_next", "dh = P.T @ a", LATER, "h"),
    Planted("two_layers", "a = (1 - s[t] ** 2) * ds", "a = (1 - s[t] ** 2) ** 2 * ds", SLOPE, "s"),
    Planted("two_layers", "dh = P.T @ a + dh_next", "dh = P.T @ ds + dh_next", FACTOR + DROPPED, "h"),
    Planted("two_layers", 'g["P"] += np.outer(a, h[t])', 'g["P"] += np.outer(a, h[t - 1])', TIME + SYMBOL, "h"),
    Planted("two_layers", "ds = V.T @ e[t] + ds_next", "ds = V.T @ (e[t] / len(e[t])) + ds_next", NUMBER, "s"),
]  # fmt: skip

SECOND = [
    Planted("elman", "dV += np.outer(error, s[t])", "dV += np.outer(error, s[t - 1])", TIME + SYMBOL, "s"),
    Planted("elman", "dV += np.outer(error, s[t])", "dV += np.outer(p[t], s[t])", ("label for prediction", "missing path", "missing term"), ""),
    Planted("elman", "dz = (1 - s[t] ** 2) * ds", "dz = (1 + s[t] ** 2) * ds", FORMULA, "s"),
    Planted("elman", "db += dz", "db += ds", DROPPED + FACTOR, "tanh"),
    Planted("elman", "dc += error", "dc = error", OVER, "c"),
    Planted("elman", "ds = V.T @ error + later", "ds = V.T @ error + later if t > 1 else V.T @ error", PATH + SUM, "s"),
    Planted("elman", "dU += np.outer(dz, x[t - 1])", "dU += np.outer(ds, x[t - 1])", DROPPED + FACTOR, "U"),
    Planted("jordan", "dy = y[t] - haty[t - 1] + later", "dy = y[t] - haty[t - 1] - later", SIGN, "y"),
    Planted("jordan", "dW += np.outer(dz, u[t])", "dW = np.outer(dz, u[t])", OVER, "W"),
    Planted("gru", "dn = dh * z[t]", "dn = dh * (1 - z[t])", SYMBOL, "z"),
    Planted("gru", "dn = dh * z[t]", "dn = dh", FACTOR, "z"),
    Planted("gru", "drh = W_h.T @ dn_in", "drh = W_h.T @ dn", DROPPED, "tanh"),
    Planted("gru", "drh = W_h.T @ dn_in", "drh = W_r.T @ dn_in", PARAMETER, "W_r"),
    Planted("gru", "dh_next += W_r.T @ dr_in", "pass", PATH, "r"),
    Planted("gru", "dr_in = dr * r[t] * (1 - r[t])", "dr_in = dr * (1 - r[t] ** 2)", FORMULA, "r"),
    Planted("gru", 'g["U_r"] += np.outer(dr_in, x[t - 1])', 'g["U_r"] += np.outer(dz_in, x[t - 1])', PARAMETER + SYMBOL, "U_"),
    Planted("gru", 'g["b_h"] += dn_in', 'g["b_h"] += 2 * dn_in', NUMBER, "2"),
    Planted("lstm", "dc_next = dc * f[t]", "dc_next = dc * f[t - 1] if t > 1 else 0 * dc", TIME, "f"),
    Planted("lstm", "dg = dc * i[t]", "dg = dc * f[t]", SYMBOL, "f"),
    Planted("lstm", "dg = dc * i[t]", "dg = dc", FACTOR, "i"),
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * o[t] * (1 - h[t] ** 2) + dc_next", SLOPE + SYMBOL, "h"),
    Planted("lstm", "dc = dh * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", "dc = dh * f[t] * (1 - np.tanh(c[t]) ** 2) + dc_next", SYMBOL, "f"),
    Planted("lstm", 'd[f"b_{k}"] += e[k]', 'd[f"b_{k}"] += 2 * e[k]', NUMBER, "2"),
    Planted("lstm", 'd[f"W_{k}"] += np.outer(e[k], h[t - 1])', 'd[f"W_{k}"] += np.outer(e[k], h[t])', TIME, "h"),
    Planted("lstm", 'dh_next += v[f"W_{k}"].T @ e[k]', 'dh_next += v[f"W_{k}"] @ e[k]', TRANSPOSE, "W_"),
    Planted("lstm", "do = dh * np.tanh(c[t])", "do = dh * np.tanh(c[t - 1])", TIME + SYMBOL, "c"),
    Planted("lstm", "return d", "return {k: a / max(1, 5 * np.sqrt(sum(np.sum(b ** 2) for b in d.values()))) for k, a in d.items()}", CLIP, "0.2"),
    Planted("bidirectional", "dg = R.T @ e[t] + earlier", "dg = earlier", PATH, "g"),
    Planted("bidirectional", "earlier = Q.T @ a", "earlier = Q.T @ dg", DROPPED + FACTOR, "tanh"),
    Planted("two_layers", "ds_next = Q.T @ a", "ds_next = Q.T @ (a / 2)", NUMBER, "0.5"),
]  # fmt: skip
"""Written when the checker was done, and shown to it once."""

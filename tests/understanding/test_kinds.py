r"""Kinds of notation, each in a few notes with right and wrong claims: the verdict of each claim, by its number."""

import pytest

import bptt_symbolic

STATE = r"$$h_t = \tanh(W h_{t-1} + U x_t)$$" + "\n\n"
OUTPUT = STATE + r"$$o_t = V h_t, \quad p_t = \mathrm{softmax}(o_t)$$" + "\n\n"
GATES = (
    r"$$a_{f,t} = W_f h_{t-1} + U_f x_t, \quad a_{o,t} = W_o h_{t-1} + U_o x_t, \quad a_{c,t} = W_c h_{t-1} + U_c x_t$$"
    r" $$f_t = \sigma(a_{f,t}), \quad o_t = \sigma(a_{o,t})$$"
    r" $$c_t = f_t \odot c_{t-1} + \tanh(a_{c,t}), \quad h_t = o_t \odot \tanh(c_t)$$ $$E = \ell(h_T)$$"
)
LOSS = STATE + r"$$L = \frac12 \sum_{t=1}^T \| h_t - y_t \|^2$$" + "\n\n"

KINDS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "steps in square brackets": (
        r"$$s[n] = \sigma(A s[n-1] + B u[n])$$",
        (
            (r"\frac{\partial s[n]}{\partial s[n-1]} = \mathrm{diag}(s[n] \odot (1 - s[n])) A", "proved"),
            (r"\frac{\partial s[n]}{\partial s[n-1]} = A\, \mathrm{diag}(s[n] \odot (1 - s[n]))", "refuted"),
        ),
    ),
    "a label of two letters that are indices elsewhere": (
        r"$$h_t = \tanh(W_{rec} h_{t-1} + W_{in} x_t)$$ $$L = \frac12 \sum_{t=1}^T \| h_t - y_t \|^2$$",
        (
            (r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t} \mathrm{diag}(1 - h_i^2) W_{rec}", "proved"),
            (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) W_{in}", "proved"),
            (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(h_t^2) W_{in}", "refuted"),
        ),
    ),
    "a letter with a prime before a bracket is a function": (
        r"$$a_t = W r_{t-1} + U x_t$$ $$r_t = s(a_t)$$ $$E = \sum_{t=1}^T \ell(r_t, y_t)$$",
        (
            (r"\frac{\partial E}{\partial a_t} = \frac{\partial E}{\partial r_t} \odot s'(a_t)", "proved"),
            (r"\frac{\partial E}{\partial a_t} = \frac{\partial E}{\partial r_t} \odot s(a_t)", "refuted"),
        ),
    ),
    "a rule of training counts rounds, not steps": (
        (
            r"$$a_k = W h_{k-1} + U x_k$$ $$h_k = \tanh(a_k)$$ $$L = \frac12 \sum_{k=1}^K \| h_k - y_k \|^2$$ "
            r"In round $t$, $\theta_{t+1} = \theta_t - \alpha g_t$."
        ),
        (
            (r"\frac{\partial L}{\partial a_k} = \frac{\partial L}{\partial h_k} \odot (1 - h_k^2)", "proved"),
            (r"\frac{\partial L}{\partial a_k} = \frac{\partial L}{\partial h_k} \odot h_k", "refuted"),
        ),
    ),
    "the d of a derivative in one line": (
        LOSS,
        (
            (r"dh_t/dh_{t-1} = \mathrm{diag}(1 - h_t^2) W", "proved"),
            (r"dh_t/dh_{t-1} = \mathrm{diag}(1 - h_t^2) W^\top", "refuted"),
            (r"\mathrm{d}h_t/\mathrm{d}x_t = \mathrm{diag}(1 - h_t^2) U", "proved"),
        ),
    ),
    "a d with steps is a quantity": (
        r"$$h_t = \tanh(W h_{t-1} + U d_t)$$",
        ((r"\frac{\partial h_t}{\partial d_t} = \mathrm{diag}(1 - h_t^2) U", "proved"),),
    ),
    "factors beside the sign of a derivative": (
        STATE + r"$$o_t = V h_t$$ $$L = \frac{1}{T} \sum_{t=1}^T l(o_t, y_t)$$",
        (
            (r"\frac{\partial L}{\partial o_t} = \frac{\partial l(o_t, y_t)}{T \, \partial o_t}", "proved"),
            (r"\frac{\partial L}{\partial o_t} = \frac{2\, \partial l(o_t, y_t)}{2 T\, \partial o_t}", "proved"),
            (r"\frac{\partial L}{\partial o_t} = \frac{\partial l(o_t, y_t)}{2 T\, \partial o_t}", "refuted"),
        ),
    ),
    "the argument of a function, named without its step": (
        r"All quantities are numbers. $$h_t = f(x_t, h_{t-1}, w)$$",
        (
            (
                (
                    r"\frac{\partial h_t}{\partial w} = \partial_w f(x_t, h_{t-1}, w)"
                    r" + \frac{\partial f(x_t, h_{t-1}, w)}{\partial h} \frac{\partial h_{t-1}}{\partial w}"
                ),
                "proved",
            ),
            (
                (
                    r"\frac{\partial h_t}{\partial w} = \partial_w f(x_t, h_{t-1}, w)"
                    r" + \partial_x f(x_t, h_{t-1}, w) \frac{\partial h_{t-1}}{\partial w}"
                ),
                "refuted",
            ),
        ),
    ),
    "a class as an index, its unit vector": (
        OUTPUT + r"The class is $c_t$. $$L = -\sum_{t=1}^T \log p_{t, c_t}$$",
        (
            (r"\frac{\partial L}{\partial o_t} = p_t - e_{c_t}", "proved"),
            (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (p_t - \mathbf{e}_{c_t}) h_t^\top", "proved"),
            (r"\frac{\partial L}{\partial o_t} = e_{c_t} - p_t", "refuted"),
            (r"\frac{\partial L}{\partial o_t} = p_t - e_{c_{t-1}}", "refuted"),
        ),
    ),
    "gates as labels before the step": (
        GATES
        + r"$$\delta_t := \frac{\partial E}{\partial h_t}$$"
        + r"$$\delta_{f,t} := \frac{\partial E}{\partial a_{f,t}}$$"
        + r"$$\delta_{o,t} := \frac{\partial E}{\partial a_{o,t}}$$"
        + r"$$\delta_{c,t} := \frac{\partial E}{\partial a_{c,t}}$$",
        (
            (r"\delta_{t-1}^\top = \delta_{f,t}^\top W_f + \delta_{o,t}^\top W_o + \delta_{c,t}^\top W_c", "proved"),
            (r"\delta_{t-1}^\top = \delta_{f,t}^\top W_f + \delta_{o,t}^\top W_o - \delta_{c,t}^\top W_c", "refuted"),
            (r"\delta_{k-1}^\top = \delta_{f,k}^\top W_f + \delta_{o,k}^\top W_o + \delta_{c,k}^\top W_c", "proved"),
        ),
    ),
    "a sign takes all that has its letter": (
        LOSS,
        (
            (r"\frac{\partial h_t}{\partial h_{t-2}} = \prod_{j=t-1}^t W - \mathrm{diag}(h_j^2) W", "proved"),
            (r"\frac{\partial h_t}{\partial h_{t-2}} = \prod_{j=t-1}^t W + \mathrm{diag}(h_j^2) W", "refuted"),
            (r"L = \sum_{t=1}^T \frac12 \|h_t\|^2 - h_t^\top y_t + \frac12 \|y_t\|^2", "proved"),
            (r"L = \sum_{t=1}^T \frac12 \|h_t\|^2 - 2 h_t^\top y_t + \frac12 \|y_t\|^2", "refuted"),
        ),
    ),
    "a letter that counts steps has none itself": (
        STATE,
        (
            (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t \mathrm{diag}(1 - j_j^2) W", "ill-typed"),
            (r"\frac{\partial h_t}{\partial h_k} = \prod_{j=k+1}^t \mathrm{diag}(1 - g_j^2) W", "undecided"),
        ),
    ),
    "the larger of two, and where it is the first": (
        r"$$z_t = W h_{t-1} + U x_t$$ $$h_t = \max(0, z_t)$$ $$L = \frac12 \sum_{t=1}^T \|h_t - y_t\|^2$$",
        (
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathbf{1}[z_t > 0]) W", "proved"),
            (r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = \mathbb{1}(z_{t,i} > 0) W_{ij}", "proved"),
            (r"\frac{\partial L}{\partial y_t} = y_t + \min(-z_t, 0)", "proved"),
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\mathbf{1}[z_t < 0]) W", "refuted"),
            (r"h_t = \max\{z_t, 1\}", "refuted"),
            (r"h_t = \min(0, z_t)", "refuted"),
        ),
    ),
    "functions that exist somewhere only, or grow": (
        r"All quantities are numbers. $$h_t = \sqrt{w h_{t-1}^2 + u x_t^2 + 1}$$ $$q_t = \log(1 + v h_t)$$",
        (
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{w h_{t-1}}{h_t}", "proved"),
            (r"\frac{\partial q_t}{\partial h_t} = v e^{-q_t}", "proved"),
            (r"\frac{\partial h_t}{\partial h_{t-1}} = \frac{w h_{t-1}}{2 h_t}", "refuted"),
            (r"\frac{\partial q_t}{\partial h_t} = v e^{q_t}", "refuted"),
        ),
    ),
    "growing states": (
        r"$$h_t = \sinh(W h_{t-1} + U x_t)$$",
        (
            (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(\cosh(W h_{t-1} + U x_t)) U", "proved"),
            (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(\sinh(W h_{t-1} + U x_t)) U", "refuted"),
        ),
    ),
    "a loss by its name": (
        OUTPUT + r"$$L = \sum_{t=1}^T CE(y_t, p_t)$$",
        (
            (r"\frac{\partial L}{\partial o_t} = p_t - y_t", "proved"),
            (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (p_t - y_t) h_t^\top", "proved"),
            (r"\frac{\partial L}{\partial o_t} = y_t - p_t", "refuted"),
        ),
    ),
    "a loss in words": (
        OUTPUT + r"$$L = \sum_{t=1}^T \ell(p_t, d_t)$$ Here $\ell$ denotes the cross-entropy.",
        (
            (r"\frac{\partial L}{\partial o_t} = p_t - d_t", "proved"),
            (r"\frac{\partial L}{\partial o_t} = d_t - p_t", "refuted"),
            (r"L = -\sum_{t=1}^T d_t^\top \log p_t", "proved"),
        ),
    ),
    "a loss that is left open": (
        OUTPUT + r"$$L = \sum_{t=1}^T \ell(p_t, d_t)$$ It may be a squared error, or the cross-entropy.",
        (
            (r"\frac{\partial L}{\partial o_t} = p_t - d_t", "undecided"),
            (r"\frac{\partial L}{\partial o_t} = d_t - p_t", "refuted"),
            (r"\frac{\partial L}{\partial h_T} = \frac{\partial L}{\partial o_T} V", "proved"),
        ),
    ),
    "a loss that is left open, of something that is no distribution": (
        STATE + r"$$o_t = V h_t$$ $$L = \sum_{t=1}^T \ell(o_t, d_t)$$",
        (
            (r"\frac{\partial L}{\partial o_t} = o_t - d_t", "undecided"),
            (r"\frac{\partial L}{\partial o_t} = 2 (o_t - d_t)", "undecided"),
            (r"\frac{\partial L}{\partial o_t} = d_t - o_t", "refuted"),
        ),
    ),
    "sums that do not say over what": (
        STATE + r"$$o_t = V h_t$$ $$L_t = \frac12 \sum (o_t - y_t)^2$$ $$L = \sum L_t$$",
        (
            (r"\frac{\partial L}{\partial V} = \sum (o_t - y_t) h_t^\top", "proved"),
            (r"\frac{\partial L}{\partial V} = \sum (o_t - y_t) h_{t-1}^\top", "refuted"),
            (
                (
                    r"\frac{\partial L_t}{\partial W} = \sum \frac{\partial L_t}{\partial h_t}"
                    r"\frac{\partial h_t}{\partial h_k} \frac{\partial^+ h_k}{\partial W}"
                ),
                "proved",
            ),
            (r"\frac{\partial L_t}{\partial h_t} = \sum (o_t - y_t) V", "undecided"),
            (r"L_t = \sum (o_t - y_t)^2", "refuted"),
        ),
    ),
    "a class below a bracket, of the next step": (
        OUTPUT + r"$$L = -\sum_{t=1}^T \log [p_t]_{y_{t+1}}$$",
        (
            (r"\frac{\partial L}{\partial o_t} = p_t - \mathbf{1}_{y_{t+1}}", "proved"),
            (r"\frac{\partial L}{\partial o_t} = p_t - \mathbf{1}_{y_t}", "refuted"),
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_notation(kind: str) -> None:
    network, claims = KINDS[kind]
    tagged = "\n\n".join(f"$$ {claim} \\tag{{{n}}} $$" for n, (claim, _) in enumerate(claims, 1))
    found = bptt_symbolic.check(f"{network}\n\n{tagged}\n", repair=False).findings
    verdicts = {f.number: (f.verdict, f.message) for f in found if f.number}
    for n, (claim, verdict) in enumerate(claims, 1):
        assert verdicts[str(n)][0] == verdict, (claim, *verdicts[str(n)])

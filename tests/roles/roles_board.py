r"""The board of roles: short notes in public conventions, and what their names are.

Names are spelled as in networks (`W_{hh}`). Behind a name stands how many entries it has an index for (`W/2`), and a
`!` for a quantity that has no step. `place` is where the step stands in all others; `elsewhere` names the exceptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("state", "input", "parameter", "computed", "target", "loss")


@dataclass(frozen=True)
class Expected:
    """A note with what its names are."""

    name: str
    text: str
    state: str
    input: str = ""
    parameter: str = ""
    computed: str = ""
    target: str = ""
    loss: str = ""
    running: str = "t"
    place: str = "sub0"
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    gradients: Mapping[str, str] = field(default_factory=dict)
    """Name of a gradient -> what it is taken by."""

    @property
    def roles(self) -> dict[str, str]:
        """Name -> role."""
        return {plain(word): kind for kind in ROLES for word in getattr(self, kind).split()}

    @property
    def ranks(self) -> dict[str, int]:
        """Name -> the number of its indices, where that is said."""
        words = [
            w for k in ("state", "input", "parameter", "computed", "target", "loss") for w in getattr(self, k).split()
        ]
        return {plain(w): int(w.strip("!").rpartition("/")[2]) for w in words if "/" in w}

    @property
    def places(self) -> dict[str, str]:
        """Name without labels -> where its step stands."""
        words = [w for kind in ROLES if kind != "parameter" for w in getattr(self, kind).split()]
        timed = [plain(w).partition("_")[0].partition("^")[0] for w in words if not w.endswith("!")]
        return {**dict.fromkeys([*timed, *self.gradients], self.place), **self.elsewhere}


def plain(word: str) -> str:
    """A name without its marks."""
    return word.strip("!").partition("/")[0]


BOARD = (
    Expected(
        "deep learning book",
        r"""The hidden units are computed by

$$\boldsymbol{a}^{(t)} = \boldsymbol{b} + \boldsymbol{W}\boldsymbol{h}^{(t-1)} + \boldsymbol{U}\boldsymbol{x}^{(t)}$$

$$\boldsymbol{h}^{(t)} = \tanh(\boldsymbol{a}^{(t)})$$

$$\boldsymbol{o}^{(t)} = \boldsymbol{c} + \boldsymbol{V}\boldsymbol{h}^{(t)}$$

$$\hat{\boldsymbol{y}}^{(t)} = \mathrm{softmax}(\boldsymbol{o}^{(t)})$$

$$L^{(t)} = -\sum_i y_i^{(t)} \log \hat{y}_i^{(t)}$$

$$L = \sum_t L^{(t)}$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2 b/1 c/1",
        computed=r"a/1 o/1 \hat{y}/1",
        target="y/1",
        loss="L L°!",
        place="bracket",
    ),
    Expected(
        "tutorial with s, U, V, W",
        r"""$$s_t = \tanh(U x_t + W s_{t-1})$$

$$\hat{y}_t = \mathrm{softmax}(V s_t)$$

$$E_t(y_t, \hat{y}_t) = -y_t^\top \log \hat{y}_t$$

$$E = \sum_t E_t(y_t, \hat{y}_t)$$
""",
        state="s/1",
        input="x/1",
        parameter="U/2 W/2 V/2",
        computed=r"\hat{y}/1",
        target="y/1",
        loss="E E°!",
    ),
    Expected(
        "course with angle brackets",
        r"""$$a^{\langle t \rangle} = \tanh(W_{aa} a^{\langle t-1 \rangle} + W_{ax} x^{\langle t \rangle} + b_a)$$

$$\hat{y}^{\langle t \rangle} = \mathrm{softmax}(W_{ya} a^{\langle t \rangle} + b_y)$$

$$\mathcal{L}^{\langle t \rangle} = -y^{\langle t \rangle \top} \log \hat{y}^{\langle t \rangle}$$

$$\mathcal{L} = \sum_{t=1}^{T_x} \mathcal{L}^{\langle t \rangle}$$
""",
        state="a/1",
        input="x/1",
        parameter="W_{aa}/2 W_{ax}/2 W_{ya}/2 b_{a}/1 b_{y}/1",
        computed=r"\hat{y}/1",
        target="y/1",
        loss=r"\mathcal{L} \mathcal{L}°!",
        place="bracket",
    ),
    Expected(
        "recurrent weights in words",
        r"""$$x_t = W_{\mathrm{rec}} \sigma(x_{t-1}) + W_{\mathrm{in}} u_t + b$$

$$\mathcal{E}_t = \frac12 \| x_t - d_t \|^2$$

$$\mathcal{E} = \sum_{1 \le t \le T} \mathcal{E}_t$$
""",
        state="x/1",
        input="u/1",
        parameter=r"W_{rec}/2 W_{in}/2 b/1",
        target="d/1",
        loss=r"\mathcal{E} \mathcal{E}°!",
    ),
    Expected(
        "book with rows and capitals",
        r"""All data are rows, $\mathbf{x}_t \in \mathbb{R}^{1 \times d}$, $\mathbf{h}_t \in \mathbb{R}^{1 \times h}$.

$$\mathbf{h}_t = \mathbf{x}_t \mathbf{W}_{xh} + \mathbf{h}_{t-1} \mathbf{W}_{hh}$$

$$\mathbf{o}_t = \mathbf{h}_t \mathbf{W}_{hq}$$

$$L = \frac{1}{T} \sum_{t=1}^T l(\mathbf{o}_t, y_t)$$
""",
        state="h/1",
        input="x/1",
        parameter="W_{xh}/2 W_{hh}/2 W_{hq}/2",
        computed="o/1",
        target="y",
        loss="L!",
    ),
    Expected(
        "sequence labelling, by entries",
        r"""$$a_h^t = \sum_{i} w_{ih} x_i^t + \sum_{h'} w_{h'h} b_{h'}^{t-1}$$

$$b_h^t = \theta(a_h^t)$$
""",
        state="b/1",
        input="x/1",
        parameter="w/2",
        computed="a/1",
        place="sup",
    ),
    Expected(
        "simple network, time as an argument",
        r"""$$s_j(t) = f(\mathrm{net}_j(t))$$

$$\mathrm{net}_j(t) = \sum_i v_{ji} x_i(t) + \sum_m u_{jm} s_m(t-1) + \theta_j$$

$$y_k(t) = g(\sum_j w_{kj} s_j(t))$$

$$E = \frac12 \sum_{t=1}^n \sum_k (d_k(t) - y_k(t))^2$$
""",
        state="s/1",
        input="x/1",
        parameter=r"v/2 u/2 w/2 \theta/1",
        computed="net/1 y/1",
        target="d/1",
        loss="E!",
        place="argument",
    ),
    Expected(
        "system in discrete time",
        r"""$$x_{k+1} = A x_k + B u_k$$

$$y_k = C x_k$$

$$J = \sum_{k=1}^{N} \| y_k - r_k \|^2$$
""",
        state="x/1",
        input="u/1",
        parameter="A/2 B/2 C/2",
        computed="y/1",
        target="r/1",
        loss="J!",
        running="k",
    ),
    Expected(
        "LSTM, labels below",
        r"""$$f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)$$

$$i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)$$

$$o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)$$

$$\tilde{c}_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)$$

$$c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t$$

$$h_t = o_t \odot \tanh(c_t)$$
""",
        state="c/1 h/1",
        input="x/1",
        computed=r"f/1 i/1 o/1 \tilde{c}/1",
        parameter="W_{f}/2 W_{i}/2 W_{o}/2 W_{c}/2 U_{f}/2 U_{i}/2 U_{o}/2 U_{c}/2 b_{f}/1 b_{i}/1 b_{o}/1 b_{c}/1",
    ),
    Expected(
        "LSTM, joined input",
        r"""$$f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f)$$

$$i_t = \sigma(W_i \cdot [h_{t-1}, x_t] + b_i)$$

$$\tilde{C}_t = \tanh(W_C \cdot [h_{t-1}, x_t] + b_C)$$

$$C_t = f_t * C_{t-1} + i_t * \tilde{C}_t$$

$$o_t = \sigma(W_o [h_{t-1}, x_t] + b_o)$$

$$h_t = o_t * \tanh(C_t)$$
""",
        state="C/1 h/1",
        input="x/1",
        computed=r"f/1 i/1 o/1 \tilde{C}/1",
        parameter="W_{f}/2 W_{i}/2 W_{o}/2 W_{C}/2 b_{f}/1 b_{i}/1 b_{o}/1 b_{C}/1",
    ),
    Expected(
        "GRU, pairs of labels",
        r"""$$z_t = \sigma(W_{xz} x_t + W_{hz} h_{t-1})$$

$$r_t = \sigma(W_{xr} x_t + W_{hr} h_{t-1})$$

$$\tilde{h}_t = \tanh(W_{xh} x_t + W_{hh} (r_t \odot h_{t-1}))$$

$$h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde{h}_t$$
""",
        state="h/1",
        input="x/1",
        computed=r"z/1 r/1 \tilde{h}/1",
        parameter="W_{xz}/2 W_{hz}/2 W_{xr}/2 W_{hr}/2 W_{xh}/2 W_{hh}/2",
    ),
    Expected(
        "GRU of a translation paper, entries",
        r"""$$r_j = \sigma\left( [\mathbf{W}_r \mathbf{x}]_j + [\mathbf{U}_r \mathbf{h}_{t-1}]_j \right)$$

$$\mathbf{h}_t = \tanh(\mathbf{W} \mathbf{x}_t + \mathbf{U} \mathbf{h}_{t-1})$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2",
    ),
    Expected(
        "Deutsch",
        r"""Der Zustand $h_t$ hängt vom Eingang $x_t$ ab, der Anfangszustand $h_0$ ist gegeben.

$$z_t = W h_{t-1} + U x_t + b$$

$$h_t = \sigma(z_t)$$

$$\hat{y}_t = V h_t$$

$$E = \frac12 \sum_{t=1}^T \| \hat{y}_t - y_t \|^2$$

Wir schreiben $\delta_t$ für den Gradienten $\frac{\partial E}{\partial z_t}$.
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2 b/1",
        computed=r"z/1 \hat{y}/1",
        target="y/1",
        loss="E!",
        gradients={r"\delta": "z"},
    ),
    Expected(
        "français",
        r"""L'état caché est donné par

$$h_n = \tanh(W h_{n-1} + U x_n)$$

et la sortie par $o_n = V h_n$. Le coût vaut

$$J = \sum_{n=1}^N \frac12 \| o_n - d_n \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="o/1",
        target="d/1",
        loss="J!",
        running="n",
    ),
    Expected(
        "español",
        r"""El estado oculto es

$$\mathbf{s}_t = \tanh(\mathbf{U}\mathbf{x}_t + \mathbf{W}\mathbf{s}_{t-1})$$

y la salida

$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{V}\mathbf{s}_t)$$

La pérdida es $L_t = -\mathbf{y}_t^T \log \hat{\mathbf{y}}_t$ y la total $L = \sum_t L_t$.
""",
        state="s/1",
        input="x/1",
        parameter="U/2 W/2 V/2",
        computed=r"\hat{y}/1",
        target="y/1",
        loss="L L°!",
    ),
    Expected(
        "中文",
        r"""隐藏层的状态为

$$s_t = f(U x_t + W s_{t-1})$$

输出为

$$o_t = g(V s_t)$$

损失函数 $E = \sum_{t} E_t$ 其中

$$E_t = \frac12 (o_t - y_t)^T (o_t - y_t)$$
""",
        state="s/1",
        input="x/1",
        parameter="U/2 W/2 V/2",
        computed="o/1",
        target="y/1",
        loss="E E°!",
    ),
    Expected(
        "русский",
        r"""Состояние сети:

$$h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})$$

Выход сети:

$$y^{(t)} = V h^{(t)}$$

Ошибка: $$E = \sum_{t=1}^{T} \frac12 \| y^{(t)} - d^{(t)} \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1",
        target="d/1",
        loss="E!",
        place="bracket",
    ),
    Expected(
        "한국어",
        r"""은닉 상태는

$$h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)$$

출력은

$$y_t = W_{hy} h_t + b_y$$
""",
        state="h/1",
        input="x/1",
        parameter="W_{hh}/2 W_{xh}/2 W_{hy}/2 b_{h}/1 b_{y}/1",
        computed="y/1",
    ),
    Expected(
        "日本語",
        r"""隠れ状態は

$$\boldsymbol{h}_t = \tanh(\boldsymbol{h}_{t-1} \boldsymbol{W}_h + \boldsymbol{x}_t \boldsymbol{W}_x + \boldsymbol{b})$$

である。
""",
        state="h/1",
        input="x/1",
        parameter="W_{h}/2 W_{x}/2 b/1",
    ),
    Expected(
        "português",
        r"""O estado é $h_t = \tanh(W h_{t-1} + U x_t)$, a saída $y_t = V h_t$ e o erro

$$E = \frac12 \sum_{t=1}^T (y_t - t_t)^\top (y_t - t_t)$$
""".replace("t_t", "d_t"),
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1",
        target="d/1",
        loss="E!",
    ),
    Expected(
        "italiano",
        r"""Lo stato nascosto:

$$h(t) = f(W h(t-1) + U x(t))$$

L'uscita:

$$y(t) = V h(t)$$

L'errore:

$$E = \sum_{t=1}^T \frac12 \| y(t) - d(t) \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1",
        target="d/1",
        loss="E!",
        place="argument",
    ),
    Expected(
        "scalar network",
        r"""Everything is a scalar.

$$h_t = \tanh(w h_{t-1} + u x_t)$$

$$L = \frac12 (h_T - y)^2$$
""",
        state="h/0",
        input="x/0",
        parameter="w/0 u/0 y!",
        loss="L!",
    ),
    Expected(
        "steps above, labels below",
        r"""$$z_h^t = W_{hx} x^t + W_{hh} h^{t-1}$$

$$h^t = \tanh(z_h^t)$$

$$z_y^t = W_{yh} h^t$$

$$\hat{y}^t = \mathrm{softmax}(z_y^t)$$

$$E^t = -{y^t}^\top \log \hat{y}^t$$

$$E = \sum_{t=1}^{T} E^t$$
""",
        state="h/1",
        input="x/1",
        parameter="W_{hx}/2 W_{hh}/2 W_{yh}/2",
        computed=r"z_{h}/1 z_{y}/1 \hat{y}/1",
        target="y/1",
        loss="E E°!",
        place="sup",
    ),
    Expected(
        "programmer's derivatives",
        r"""$$z_t = W_{hh} h_{t-1} + W_{xh} x_t + b_h$$

$$h_t = \tanh(z_t)$$

$$y_t = W_{hy} h_t + b_y$$

$$p_t = \mathrm{softmax}(y_t)$$

$$L = -\sum_{t} q_t^\top \log p_t$$

Write $dz_t$ for $\frac{\partial L}{\partial z_t}$ and $dh_t$ for $\frac{\partial L}{\partial h_t}$.

$$dz_t = dh_t \odot (1 - h_t^2)$$
""",
        state="h/1",
        input="x/1",
        parameter="W_{hh}/2 W_{xh}/2 b_{h}/1 W_{hy}/2 b_{y}/1",
        computed="z/1 y/1 p/1",
        target="q/1",
        loss="L!",
        gradients={r"\mathrm d{z}": "z", r"\mathrm d{h}": "h"},
    ),
    Expected(
        "adjoints with bars",
        r"""$$h_t = \tanh(z_t)$$

$$z_t = W h_{t-1} + U x_t$$

$$y_t = V h_t$$

$$L = \sum_{t=1}^{T} \ell(y_t, t_t)$$

$$\bar{z}_t = \frac{\partial L}{\partial z_t}$$
""".replace("t_t", "d_t"),
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="z/1 y/1",
        target="d/1",
        loss="L!",
        gradients={r"\bar{z}": "z"},
    ),
    Expected(
        "square brackets behind",
        r"""$$s[n] = \tanh(W s[n-1] + U x[n])$$

$$y[n] = V s[n]$$

$$E = \sum_{n=1}^N \| y[n] - d[n] \|^2$$
""",
        state="s/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1",
        target="d/1",
        loss="E!",
        running="n",
        place="argument",
    ),
    Expected(
        "square brackets above",
        r"""$$h^{[t]} = \phi(W h^{[t-1]} + U x^{[t]})$$

$$o^{[t]} = V h^{[t]}$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="o/1",
        place="bracket",
    ),
    Expected(
        "step tau",
        r"""$$h_\tau = \tanh(W h_{\tau-1} + U x_\tau)$$

$$L = \sum_{\tau=1}^{T} \frac12 \| h_\tau - y_\tau \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2",
        target="y/1",
        loss="L!",
        running=r"\tau",
    ),
    Expected(
        "entries behind the step",
        r"""$$h_{t,i} = \tanh\left( \sum_j W_{ij} h_{t-1,j} + \sum_j U_{ij} x_{t,j} + b_i \right)$$

$$o_{t,k} = \sum_i V_{ki} h_{t,i}$$

$$L = \frac12 \sum_t \sum_k (o_{t,k} - y_{t,k})^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2 b/1",
        computed="o/1",
        target="y/1",
        loss="L!",
    ),
    Expected(
        "entries before the step",
        r"""$$h_{i,t} = \tanh\left( \sum_j W_{ij} h_{j,t-1} + \sum_j U_{ij} x_{j,t} \right)$$

$$L = \frac12 \sum_t \sum_i (h_{i,t} - y_{i,t})^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2",
        target="y/1",
        loss="L!",
        place="sub1",
    ),
    Expected(
        "entries below, step above in brackets",
        r"""$$z^{(t)}_i = \sum_j u_{ij} x^{(t)}_j + \sum_k w_{ik} h^{(t-1)}_k$$

$$h^{(t)}_i = \sigma(z^{(t)}_i)$$

$$E = \frac12 \sum_t \sum_i (h^{(t)}_i - d^{(t)}_i)^2$$
""",
        state="h/1",
        input="x/1",
        parameter="u/2 w/2",
        computed="z/1",
        target="d/1",
        loss="E!",
        place="bracket",
    ),
    Expected(
        "output fed back",
        r"""The network of Jordan feeds its output back.

$$h_t = \sigma(W_h x_t + U_h y_{t-1} + b_h)$$

$$y_t = \sigma(W_y h_t + b_y)$$
""",
        state="y/1",
        input="x/1",
        parameter="W_{h}/2 U_{h}/2 b_{h}/1 W_{y}/2 b_{y}/1",
        computed="h/1",
    ),
    Expected(
        "leaky units",
        r"""$$s_t = (1 - \alpha) s_{t-1} + \alpha \tanh(W s_{t-1} + W^{in} u_t)$$

$$y_t = W^{out} s_t$$

Here $\alpha$ is a number and $s_t \in \mathbb{R}^n$.
""",
        state="s/1",
        input="u/1",
        parameter=r"W/2 W^{in}/2 W^{out}/2 \alpha/0",
        computed="y/1",
    ),
    Expected(
        "loss of the last step",
        r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$\hat{y}_T = V h_T$$

$$L = \frac12 \| \hat{y}_T - y \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed=r"\hat{y}/1",
        target="y/1!",
        loss="L!",
    ),
    Expected(
        "next word",
        r"""$$h_t = \tanh(W h_{t-1} + E x_t)$$

$$\hat{y}_t = \mathrm{softmax}(U h_t)$$

$$J_t = -x_{t+1}^\top \log \hat{y}_t$$

$$J = \frac{1}{T} \sum_{t=1}^{T} J_t$$
""",
        state="h/1",
        parameter="W/2 E/2 U/2",
        computed=r"\hat{y}/1",
        target="x/1",
        loss="J J°!",
    ),
    Expected(
        "two layers",
        r"""$$g_t = \tanh(A g_{t-1} + B x_t)$$

$$h_t = \tanh(W h_{t-1} + U g_t)$$

$$y_t = V h_t$$
""",
        state="g/1 h/1",
        input="x/1",
        parameter="A/2 B/2 W/2 U/2 V/2",
        computed="y/1",
    ),
    Expected(
        "layers above",
        r"""$$h^{(1)}_t = \tanh(W^{(1)} h^{(1)}_{t-1} + U^{(1)} x_t)$$

$$h^{(2)}_t = \tanh(W^{(2)} h^{(2)}_{t-1} + U^{(2)} h^{(1)}_t)$$
""",
        state="h^{1}/1 h^{2}/1",
        input="x/1",
        parameter="W^{1}/2 W^{2}/2 U^{1}/2 U^{2}/2",
    ),
    Expected(
        "gates with entries and labels",
        r"""$$a_{f,t} = W_f x_t + U_f h_{t-1}$$

$$f_t = \sigma(a_{f,t})$$

$$h_t = f_t \odot h_{t-1} + (1 - f_t) \odot \tanh(W x_t)$$
""",
        state="h/1",
        input="x/1",
        parameter="W_{f}/2 U_{f}/2 W/2",
        computed="a_{f}/1 f/1",
        elsewhere={"a": "sub1"},
    ),
    Expected(
        "steps of a number of names in one sentence",
        r"""Let $x_t \in \mathbb{R}^d$, $h_t \in \mathbb{R}^n$ and $y_t \in \mathbb{R}^m$ with $y_t = V h_t$ and

$$h_t = \mathrm{ReLU}(W h_{t-1} + U x_t)$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1",
    ),
    Expected(
        "linear, named late",
        r"""$$h_t = f(W h_{t-1} + U x_t)$$

$$y_t = V h_t$$

with the pre-activation

$$a_t = W h_{t-1} + U x_t$$

$$L = \sum_t \| y_t - y^*_t \|^2$$
""",
        state="h/1",
        input="x/1",
        parameter="W/2 U/2 V/2",
        computed="y/1 a/1",
        target="y^{*}/1",
        loss="L!",
    ),
    Expected(
        "letters that change their parts",
        r"""$$x_t = \tanh(H x_{t-1} + S w_t)$$

$$u_t = L x_t$$

$$h = \sum_{t=1}^{T} \frac12 \| u_t - s_t \|^2$$
""",
        state="x/1",
        input="w/1",
        parameter="H/2 S/2 L/2",
        computed="u/1",
        target="s/1",
        loss="h!",
    ),
    Expected(
        "macros",
        r"""$$\newcommand{\st}[1]{\mathbf{s}_{#1}} \st{t} = \tanh(\mathbf{W} \st{t-1} + \mathbf{U} \mathbf{x}_t)$$

$$\ell_t = \frac12 \| \st{t} - \mathbf{y}_t \|^2$$

$$L = \sum_{t=1}^{T} \ell_t$$
""",
        state="s/1",
        input="x/1",
        parameter="W/2 U/2",
        target="y/1",
        loss=r"\ell L!",
    ),
    Expected(
        "deltas of entries",
        r"""$$z_i(t) = \sum_j w_{ij} h_j(t-1) + \sum_k u_{ik} x_k(t)$$

$$h_i(t) = \sigma(z_i(t))$$

$$E = \frac12 \sum_t \sum_i (h_i(t) - d_i(t))^2$$

$$\delta_i(t) = \frac{\partial E}{\partial z_i(t)}$$
""",
        state="h/1",
        input="x/1",
        parameter="w/2 u/2",
        computed="z/1",
        target="d/1",
        loss="E!",
        place="argument",
        gradients={r"\delta": "z"},
    ),
)

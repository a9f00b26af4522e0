# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown] lang="zh"
# # 二阶导数与雅可比
#
# 读完这一页，你会求任意阶导数、雅可比矩阵、海森矩阵与向量的积，知道正向与反向两种求导各在什么时候便宜，并用它们写出牛顿法和梯度惩罚。
#
# ## 导数的导数
#
# 拉回里的公式是用同一套运算写的，因此往回走的那一趟本身也可以被记录下来，再求一次导。只需说 `create_graph=True`：

# %% [markdown] lang="en"
# # Second derivatives and Jacobians
#
# After this page you can take derivatives of any order, Jacobians, and products of a Hessian with a vector; you know when forward and when reverse differentiation is cheap, and you write Newton's method and a gradient penalty with them.
#
# ## The derivative of a derivative
#
# Pullbacks are written in the same operations as everything else, so the walk back can itself be recorded and differentiated once more. All it takes is `create_graph=True`:

# %%
import numpy as np
import tensorlearn as tl
from tensorlearn import Tensor

x = Tensor(2.0, requires_grad=True)
y = x**4
for order in range(1, 5):
    y = tl.grad(y, x, create_graph=True)
    print(order, y.numpy())

# %% [markdown] lang="zh"
# $x^4$ 在 $2$ 处的四个导数：$4x^3 = 32$，$12x^2 = 48$，$24x = 48$，$24$。
#
# ## 看一看：牛顿法
#
# 梯度只说往哪边下山，二阶导数还说坡会弯多快，于是能算出一步该迈多远：$x \leftarrow x - f'(x)/f''(x)$。

# %% [markdown] lang="en"
# The four derivatives of $x^4$ at $2$: $4x^3 = 32$, $12x^2 = 48$, $24x = 48$, $24$.
#
# ## A picture: Newton's method
#
# The gradient says which way is down; the second derivative also says how fast the slope turns, and so how far to step: $x \leftarrow x - f'(x)/f''(x)$.

# %%
import matplotlib.pyplot as plt


def f(x):
    return np.exp(x) - 2 * x


def slopes(at):
    x = Tensor(at, dtype="float64", requires_grad=True)
    first = tl.grad(f(x), x, create_graph=True)
    return first.numpy(), tl.grad(first, x)


newton, descent = [2.0], [2.0]
for _ in range(8):
    first, second = slopes(newton[-1])
    newton.append(float(newton[-1] - first / second))
    descent.append(float(descent[-1] - 0.1 * slopes(descent[-1])[0]))

fig, ax = plt.subplots(figsize=(6, 2.6))
for path, label in [(newton, "Newton"), (descent, "gradient descent")]:
    ax.semilogy(np.abs(np.array(path) - np.log(2)) + 1e-17, "o-", label=label)
ax.legend()
ax.set_xlabel("step")
ax.grid(alpha=0.3)

# %% [markdown] lang="zh"
# 牛顿法的正确位数每步翻一倍，直到 float64 的尽头。
#
# ## 雅可比矩阵，与不写出它
#
# 对 $f:\mathbb R^n \to \mathbb R^m$，雅可比 $J$ 是 $m \times n$ 的矩阵。很少有人真的需要它整个；需要的往往是它与向量的积，而这有两种：
#
# | | 名字 | 算一次的代价 | 合适的时候 |
# |---|---|---|---|
# | $v^\top J$ | `vjp`，反向 | 约等于一次前向 | 输出少：损失 |
# | $J v$ | `jvp`，正向 | 约等于一次前向 | 输入少：参数很少的曲线 |
# | $J$ | `jacobian` | $m$ 次反向 | 小问题、检验 |

# %% [markdown] lang="en"
# Newton doubles the number of correct digits at each step, until float64 ends.
#
# ## The Jacobian, and not writing it down
#
# For $f:\mathbb R^n \to \mathbb R^m$ the Jacobian $J$ is an $m \times n$ matrix. Few people need all of it. What is needed is mostly its product with a vector, of which there are two kinds:
#
# | | name | cost of one | good when |
# |---|---|---|---|
# | $v^\top J$ | `vjp`, reverse | about one forward pass | outputs are few: a loss |
# | $J v$ | `jvp`, forward | about one forward pass | inputs are few: a curve with few parameters |
# | $J$ | `jacobian` | $m$ reverse passes | small problems, checks |


# %%
def polar(p):
    r, angle = p[0], p[1]
    return tl.ops.stack([r * np.cos(angle), r * np.sin(angle)])


p = np.array([2.0, np.pi / 2])
print(np.round(tl.jacobian(polar, p), 6))

# %% [markdown] lang="zh"
# 它的行列式就是极坐标换元时的那个 $r$：

# %% [markdown] lang="en"
# Its determinant is the familiar $r$ of the change to polar coordinates:

# %%
print(np.linalg.det(tl.jacobian(polar, p)).round(6))
v = np.array([1.0, 0.5])
_, along = tl.jvp(polar, [p], [v])
print(along, tl.jacobian(polar, p) @ v)

# %% [markdown] lang="zh"
# ## 海森矩阵与向量的积
#
# 一百万个参数的海森矩阵有 $10^{12}$ 项，谁也存不下；它与一个向量的积却只要一次额外的反向：$Hv = \nabla(\nabla f \cdot v)$。

# %% [markdown] lang="en"
# ## Hessian times vector
#
# The Hessian of a million parameters has $10^{12}$ entries and fits nowhere; its product with a vector costs one more pass back: $Hv = \nabla(\nabla f \cdot v)$.


# %%
def quartic(x):
    return (x**4).sum() + (x.sum()) ** 2


x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
exact = np.diag(12 * x**2) + 2.0  # by hand
print(tl.hvp(quartic, x, v), exact @ v)

# %% [markdown] lang="zh"
# ## 用在训练里：梯度惩罚
#
# 让网络对输入的小变化不敏感，可以把 $\lVert \partial y/\partial x\rVert^2$ 加进损失。要对它求权重的导数，就是二阶导数：

# %% [markdown] lang="en"
# ## In training: a gradient penalty
#
# To make a network insensitive to small changes of its input, add $\lVert \partial y/\partial x\rVert^2$ to the loss. Its derivative with respect to the weights is a second derivative:

# %%
from tensorlearn.layers import Dense

tl.set_seed(0)
layer = Dense(1, activation="tanh")
x = Tensor(np.random.default_rng(0).normal(size=(8, 3)), requires_grad=True)
y = layer(x)
slope = tl.grad(y.sum(), x, create_graph=True)  # (8, 3)
penalty = (slope**2).sum(axis=-1).mean()
penalty.backward()
print(penalty.numpy().round(4), layer.kernel.grad.shape)

# %% [markdown] lang="zh"
# ## 梯度检查
#
# `gradcheck(..., order=2)` 用差分检验一阶导数，再用差分检验导数的导数：

# %% [markdown] lang="en"
# ## Gradient check
#
# `gradcheck(..., order=2)` holds the derivative against differences, and then the derivative of the derivative:

# %%
from tensorlearn.testing import gradcheck

gradcheck(quartic, np.array([1.0, -2.0]), order=2)
gradcheck(lambda x: np.tanh(x) * np.exp(-x * x), np.array([0.3, -0.8]), order=2)

# %% [markdown] lang="zh"
# ## 常见错误
#
# **忘了 `create_graph=True`。** 一阶导数就只是一个数组，没有过去，不能再求导：

# %% [markdown] lang="en"
# ## Common mistakes
#
# **Forgetting `create_graph=True`.** The first derivative is then a mere array without a past, and cannot be differentiated:

# %% tags=["raises-exception"]
x = Tensor([1.0, 2.0], requires_grad=True)
first = tl.grad((x**3).sum(), x)
tl.grad(first.sum(), x)

# %% [markdown] lang="zh"
# **在折点上问二阶导数。** `relu` 的一阶导数是阶梯，二阶导数处处为零（折点处没有定义）。用 `relu` 的网络没有曲率可言，需要二阶导数时请换 `softplus` 或 `tanh`（下面的 `None` 表示：一阶导数已经与输入无关）：

# %% [markdown] lang="en"
# **Asking a kink for its curvature.** The first derivative of `relu` is a step, the second is zero everywhere (and undefined at the kink). A network of `relu` has no curvature to offer; take `softplus` or `tanh` where second derivatives matter (the `None` below says that the first derivative no longer depends on the input):

# %%
x = Tensor([-1.0, 0.5, 2.0], requires_grad=True)
for f in (tl.activations.relu, tl.activations.softplus):
    first = tl.grad(f(x).sum(), x, create_graph=True)
    print(
        f.__name__, first.numpy().round(3), tl.grad(first.sum(), x, allow_unused=True)
    )

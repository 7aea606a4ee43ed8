"""chainrule under the names of autograd, for autograd's own tests."""

import builtins

from autograd.core import primitive as primitive
from autograd.operators import checkpoint as checkpoint
from autograd.operators import deriv as deriv
from autograd.operators import elementwise_grad as elementwise_grad
from autograd.operators import grad as grad
from autograd.operators import grad_and_aux as grad_and_aux
from autograd.operators import grad_named as grad_named
from autograd.operators import hessian as hessian
from autograd.operators import hessian_tensor_product as hessian_tensor_product
from autograd.operators import hessian_vector_product as hessian_vector_product
from autograd.operators import holomorphic_grad as holomorphic_grad
from autograd.operators import jacobian as jacobian
from autograd.operators import make_ggnvp as make_ggnvp
from autograd.operators import make_hvp as make_hvp
from autograd.operators import make_jvp as make_jvp
from autograd.operators import make_vjp as make_vjp
from autograd.operators import tensor_jacobian_product as tensor_jacobian_product
from autograd.operators import value_and_grad as value_and_grad
from autograd.operators import vector_jacobian_product as vector_jacobian_product

# containers of tensors are those of Python
dict, isinstance, list, tuple, type = (
    builtins.dict,
    builtins.isinstance,
    builtins.list,
    builtins.tuple,
    builtins.type,
)

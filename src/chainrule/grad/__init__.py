"""Differentiation: reverse and forward mode, Jacobians, scans, gradient checks."""

from chainrule.grad.check import check_gradients as check_gradients
from chainrule.grad.check import check_graph as check_graph
from chainrule.grad.check_report import Finding as Finding
from chainrule.grad.check_report import Report as Report
from chainrule.grad.check_report import Verdict as Verdict
from chainrule.grad.checkpoint import checkpoint as checkpoint
from chainrule.grad.cond import cond as cond
from chainrule.grad.forward import tangents as tangents
from chainrule.grad.functions import grad as grad
from chainrule.grad.functions import jvp as jvp
from chainrule.grad.functions import value_and_grad as value_and_grad
from chainrule.grad.functions import vjp as vjp
from chainrule.grad.jacobian import hessian as hessian
from chainrule.grad.jacobian import hessian_vector_product as hessian_vector_product
from chainrule.grad.jacobian import jacfwd as jacfwd
from chainrule.grad.jacobian import jacobian as jacobian
from chainrule.grad.jacobian import jacrev as jacrev
from chainrule.grad.reverse import Sweep as Sweep
from chainrule.grad.reverse import gradients as gradients
from chainrule.grad.reverse import sweep as sweep
from chainrule.grad.scan import SCAN as SCAN
from chainrule.grad.scan import scan as scan
from chainrule.grad.vmap import vmap as vmap
from chainrule.grad.while_loop import while_loop as while_loop

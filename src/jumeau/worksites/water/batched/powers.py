# SPDX-License-Identifier: EUPL-1.2
"""Powers of positive numbers by polynomials, for a row of scenarios at once.

x^a = 2^(a·log₂ x). Both polynomials interpolate at Chebyshev's points: log₂((1+t)/(1−t))/t in t² on
m = (1+t)/(1−t) in [√½, √2[, and 2^f on [−½, ½]. Relative error below 5e-14 over the flows of a
network (see the tests).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from jumeau.worksites.water.batched.lanes import as_real, as_whole

inlined = njit(inline="always", error_model="numpy", fastmath={"contract", "nsz"})

_SHIFT = 6755399441055744.0  # 1.5·2⁵²: adding it leaves a whole number in the low bits
_SHIFT_BITS = int(np.float64(_SHIFT).view(np.int64))
_ROOT_HALF = int(np.float64(0.5**0.5).view(np.int64))
_MANTISSA = 52
_L0, _L1, _L2, _L3, _L4, _L5, _L6 = (
    2.885390081777927, 0.9617966939243343, 0.5770780172463994, 0.4121984020392201,
    0.32061638867554737, 0.2614442340536581, 0.2429162481920553,
)  # fmt: skip
_E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10 = (
    0.69314718055995, 0.24022650695910097, 0.055504108664447716, 0.009618129107606982,
    0.001333355823016538, 0.00015403530441632536, 1.5252657260154902e-05, 1.321544263360408e-06,
    1.0208690285812733e-07, 7.072578844157291e-09,
)  # fmt: skip


@inlined
def logarithm(x: Any) -> Any:
    """Return log₂ x of a row of normal x > 0."""
    bits = as_whole(x)
    exponent = (bits - _ROOT_HALF) >> _MANTISSA
    m = as_real(bits - (exponent << _MANTISSA))
    whole = as_real(exponent + _SHIFT_BITS) - _SHIFT
    t = (m - 1.0) / (m + 1.0)
    z = t * t
    log = _L1 + z * (_L2 + z * (_L3 + z * (_L4 + z * (_L5 + z * _L6))))
    return whole + t * (_L0 + z * log)


@inlined
def exponential(y: Any) -> Any:
    """Return 2^y of a row of |y| < 1000."""
    shifted = y + _SHIFT
    f = y - (shifted - _SHIFT)
    p = _E6 + f * (_E7 + f * (_E8 + f * (_E9 + f * _E10)))
    p = 1.0 + f * (_E1 + f * (_E2 + f * (_E3 + f * (_E4 + f * (_E5 + f * p)))))
    return as_real(as_whole(p) + (as_whole(shifted) << _MANTISSA))


@inlined
def power(x: Any, a: Any) -> Any:
    """Return x^a of a row of normal x > 0, |a·log₂ x| < 1000."""
    return exponential(logarithm(x) * a)

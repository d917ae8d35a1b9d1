# SPDX-License-Identifier: EUPL-1.2
"""Powers of positive numbers by polynomials, so that a row of scenarios is one vector operation.

x^a = 2^(a·log₂ x), log₂ by the series of artanh on [√½, √2[, 2^f by Taylor's series on [−½, ½]:
relative error below 1e-14 over the flows of a network (see the tests).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

inlined = njit(inline="always", error_model="numpy", fastmath={"contract", "nsz"})

_SHIFT = 6755399441055744.0  # 1.5·2⁵²: adding it leaves a whole number in the low bits
_SHIFT_BITS = np.float64(_SHIFT).view(np.int64)
_ROOT_HALF = np.float64(0.5**0.5).view(np.int64)
_L = tuple(2.0 / (np.log(2.0) * (2 * k + 1)) for k in range(11))
_E = tuple(float(np.log(2.0) ** k / np.prod(np.arange(1.0, k + 1.0))) for k in range(14))
_L0, _L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10 = _L
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = _E
_MANTISSA = np.int64(52)


@inlined
def logarithm(x: Any) -> Any:
    """Return log₂ x of a normal x > 0."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _ROOT_HALF) >> _MANTISSA
    m = np.int64(bits - (exponent << _MANTISSA)).view(np.float64)
    whole = np.int64(exponent + _SHIFT_BITS).view(np.float64) - _SHIFT
    t = (m - 1.0) / (m + 1.0)
    z = t * t
    log = _L7 + z * (_L8 + z * (_L9 + z * _L10))
    log = _L3 + z * (_L4 + z * (_L5 + z * (_L6 + z * log)))
    return whole + t * (_L0 + z * (_L1 + z * (_L2 + z * log)))


@inlined
def exponential(y: Any) -> Any:
    """Return 2^y for |y| < 1000."""
    shifted = y + _SHIFT
    f = y - (shifted - _SHIFT)
    p = _E10 + f * (_E11 + f * (_E12 + f * _E13))
    p = _E6 + f * (_E7 + f * (_E8 + f * (_E9 + f * p)))
    p = _E2 + f * (_E3 + f * (_E4 + f * (_E5 + f * p)))
    p = _E0 + f * (_E1 + f * p)
    up = np.float64(shifted).view(np.int64) << _MANTISSA
    return np.int64(np.float64(p).view(np.int64) + up).view(np.float64)


@inlined
def power(x: Any, a: Any) -> Any:
    """Return x^a for a normal x > 0 and |a·log₂ x| < 1000."""
    return exponential(a * logarithm(x))

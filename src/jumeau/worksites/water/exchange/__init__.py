# SPDX-License-Identifier: EUPL-1.2
"""Networks in the formats of French water services: StaR-Eau and RAEPA, in and out.

Both formats describe pipes and what stands on them, not their hydraulics. A network is drawn in
the standard's own tables (:mod:`.drawing`), what they have no place for goes to a companion
beside them (:mod:`.companion`); a file without companion is read with suppositions that are told.
"""

# SPDX-License-Identifier: EUPL-1.2
"""Connectors: one declarative record a dataset, one client, one cache, a few paging styles.

:mod:`.record` reads the records of ``sources/catalog/*.yaml``; :mod:`.http` asks; :mod:`.paging`
gathers pages and compares what came with what was announced; :mod:`.cache` keeps answers, dated
and checksummed; :mod:`.parsers` writes them as GeoParquet with a sidecar; :mod:`.fetch` ties them
to a territory.
"""

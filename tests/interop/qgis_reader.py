# SPDX-License-Identifier: EUPL-1.2
"""Open a project with PyQGIS and print what QGIS made of it, as JSON; run by QGIS's own Python.

Usage: ``python qgis_reader.py PROJECT PICTURE LAYOUT_PICTURE``
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayoutExporter,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize


def tree(node):
    """Return the tree of layers as plain data."""
    found = []
    for child in node.children():
        if isinstance(child, QgsLayerTreeGroup):
            found.append(
                {
                    "group": child.name(),
                    "visible": child.itemVisibilityChecked(),
                    "exclusive": child.isMutuallyExclusive(),
                    "inside": tree(child),
                }
            )
        else:
            found.append({"layer": child.layerId(), "visible": child.isVisible()})
    return found


def described(layer):
    """Return what QGIS knows of a layer."""
    extent = layer.extent()
    found = {
        "title": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "licences": layer.metadata().licenses(),
        "rights": layer.metadata().rights(),
        "provider": layer.providerType(),
        "source": layer.source(),
    }
    if not isinstance(layer, QgsVectorLayer):
        return {
            **found,
            "renderer": layer.renderer().type(),
            "legend": [text for text, _ in layer.renderer().legendSymbologyItems()],
        }
    renderer = layer.renderer()
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    first = next(layer.getFeatures(), None)
    tip = ""
    wrong = []
    if first is not None:
        context.setFeature(first)
        tip = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
    texts = [layer.displayExpression()]
    if layer.labeling() is not None:
        texts.append(layer.labeling().settings().fieldName)
    for text in texts:
        expression = QgsExpression(text)
        if first is not None:
            expression.evaluate(context)
        if expression.hasParserError() or expression.hasEvalError():
            wrong.append(text)
    return {
        **found,
        "renderer": renderer.type() if renderer else None,
        "legend": [item.label() for item in renderer.legendSymbolItems()] if renderer else [],
        "features": layer.featureCount(),
        "aliases": {field.name(): layer.attributeAlias(i)
                    for i, field in enumerate(layer.fields())},
        "widgets": {field.name(): layer.editorWidgetSetup(i).type()
                    for i, field in enumerate(layer.fields())},
        "read_only": layer.readOnly(),
        "scale": layer.minimumScale() if layer.hasScaleBasedVisibility() else 0,
        "labels": layer.labelsEnabled(),
        "tip": tip,
        "wrong": wrong,
        "tabs": [tab.name() for tab in layer.editFormConfig().tabs()],
    }  # fmt: skip


def drawn(project, path):
    """Render what shows at first; return the errors and the number of colours."""
    root = project.layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers([x for x in root.layerOrder() if root.findLayer(x).isVisible()])
    settings.setDestinationCrs(project.crs())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    settings.setOutputSize(QSize(900, 640))
    settings.setBackgroundColor(project.backgroundColor())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    picture.save(path)
    colours = {picture.pixel(x, y) for x in range(0, 900, 3) for y in range(0, 640, 3)}
    return [item.message for item in job.errors()], len(colours)


def main(path, picture, layout_picture):
    """Print what QGIS made of a project."""
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    read = project.read(path)
    errors, colours = drawn(project, picture)
    layout = project.layoutManager().layouts()[0]
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = 60
    exported = QgsLayoutExporter(layout).exportToImage(layout_picture, settings)
    extent = project.viewSettings().defaultViewExtent()
    found = {
        "version": Qgis.version(),
        "read": read,
        "error": project.error(),
        "title": project.title(),
        "crs": project.crs().authid(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "tree": tree(project.layerTreeRoot()),
        "order": [layer.id() for layer in project.layerTreeRoot().layerOrder()],
        "layers": {key: described(layer) for key, layer in project.mapLayers().items()},
        "errors": errors,
        "colours": colours,
        "layout": [layout.name(), int(exported)],
    }
    print("JSON" + json.dumps(found))
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:4])
    import os

    os._exit(0)  # QGIS's own clean-up may abort in a process without a window

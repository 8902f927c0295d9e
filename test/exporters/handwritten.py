"""The graphs written down by hand."""

from network import weights
from oddities import oddities
from styles import caffe, caffe2, cntk, mxnet, paddle

ROAD = "handwritten"


def make_handwritten(manifest):
    w = weights()
    manifest.start(ROAD)
    for style in (caffe2, mxnet, cntk, caffe, paddle):
        for file, model, variant, properties in style(w):
            manifest.add(model, file, ROAD, variant, **properties)
    for file, model, variant, properties in oddities(w):
        manifest.add(model, file, ROAD, variant, **properties)

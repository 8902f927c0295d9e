"""tf2onnx, from Keras and from plain TensorFlow functions."""

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from network import CONVOLUTIONS, EPSILON, MEAN, SIDE, STD, weights

ROAD = "tf2onnx"


def keras_network(w, explicit_padding=False, preprocess=False, softmax=True, batch=None):
    """N,H,W,C. Padding is SAME, or a ZeroPadding2D before each layer, as in keras.applications."""
    layers = keras.layers
    data = keras.Input((SIDE, SIDE, 3), batch_size=batch, name="data")

    def padding(x, kernel):
        if explicit_padding and kernel > 1:
            return layers.ZeroPadding2D(1)(x), "valid"
        return x, "same"

    def halves(x, array, bias, same):
        # Keras wraps its own grouped convolution in a call that tf2onnx does not see through.
        first, second = layers.Conv2D(3, 3, padding=same), layers.Conv2D(3, 3, padding=same)
        result = layers.Concatenate()([first(x[..., :6]), second(x[..., 6:])])
        first.set_weights([array[..., :3], bias[:3]])
        second.set_weights([array[..., 3:], bias[3:]])
        return result

    def convolution(x, name):
        (outputs, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
        x, same = padding(x, kernel)
        array = w[f"{name}.weight"].transpose(2, 3, 1, 0)
        options = {"strides": stride, "padding": same, "use_bias": not normalize}
        if groups == outputs:
            layer = layers.DepthwiseConv2D(kernel, **options)
            array = array.transpose(0, 1, 3, 2)
        elif groups > 1:
            return halves(x, array, w[f"{name}.bias"], same)
        else:
            layer = layers.Conv2D(outputs, kernel, **options)
        x = layer(x)
        layer.set_weights([array] if normalize else [array, w[f"{name}.bias"]])
        if normalize:
            layer = layers.BatchNormalization(epsilon=EPSILON)
            x = layer(x)
            layer.set_weights([w[f"{name}.{part}"] for part in ("scale", "shift", "mean", "var")])
        return x

    x = layers.Rescaling((1 / STD).tolist(), (-MEAN / STD).tolist())(data) if preprocess else data
    x = layers.ReLU()(convolution(x, "stem"))
    x, same = padding(x, 3)
    x = layers.MaxPooling2D(3, 2, same)(x)
    x = layers.ReLU(6.0)(convolution(x, "depthwise"))
    x = layers.ReLU(6.0)(convolution(x, "pointwise"))
    x = layers.ReLU()(layers.Add()([x, convolution(x, "residual")]))
    x = layers.Concatenate()([layers.ReLU()(convolution(x, side)) for side in ("left", "right")])
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(convolution(x, "down")))
    x = layers.Dropout(0.2)(x)
    dense = layers.Dense(6, activation="softmax" if softmax else None)
    x = dense(x)
    dense.set_weights([w["dense.weight"].T, w["dense.bias"]])
    return keras.Model(data, x)


def plain_function(w, pixels):
    """Plain TensorFlow, groups written out; `pixels` are bytes, uint8 or float32."""

    def convolution(x, name):
        _, groups, stride, normalize = CONVOLUTIONS[name]
        kernel = w[f"{name}.weight"].transpose(2, 3, 1, 0)
        if groups == kernel.shape[3]:
            x = tf.nn.depthwise_conv2d(x, kernel.transpose(0, 1, 3, 2), [1, stride, stride, 1], "SAME")
        elif groups > 1:
            biases = np.split(w[f"{name}.bias"], groups)
            parts = zip(tf.split(x, groups, 3), np.split(kernel, groups, 3), biases)
            return tf.concat([tf.nn.conv2d(part, k, stride, "SAME") + bias for part, k, bias in parts], 3)
        else:
            x = tf.nn.conv2d(x, kernel, stride, "SAME")
        if not normalize:
            return tf.nn.bias_add(x, w[f"{name}.bias"])
        parts = [w[f"{name}.{part}"] for part in ("mean", "var", "shift", "scale")]
        return tf.nn.batch_normalization(x, *parts, EPSILON)

    @tf.function(input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3], pixels, name="data")])
    def network(data):
        x = (tf.cast(data, tf.float32) - MEAN) / STD
        x = tf.nn.relu(convolution(x, "stem"))
        x = tf.nn.max_pool2d(x, 3, 2, "SAME")
        x = tf.nn.relu6(convolution(x, "depthwise"))
        x = tf.nn.relu6(convolution(x, "pointwise"))
        x = tf.nn.relu(x + convolution(x, "residual"))
        x = tf.nn.relu(tf.concat([convolution(x, "left"), convolution(x, "right")], 3))
        x = tf.nn.relu(convolution(x, "down"))
        x = tf.reduce_mean(x, [1, 2])
        return {"logits": tf.linalg.matmul(x, w["dense.weight"].T) + w["dense.bias"]}

    return network


def from_keras(model, opset, **options):
    call = tf.function(lambda data: {"scores": model(data, training=False)})
    signature = [tf.TensorSpec(model.inputs[0].shape, tf.float32, name="data")]
    return tf2onnx.convert.from_function(call, signature, opset=opset, **options)[0]


def make_tf2onnx(manifest):
    w = weights()
    manifest.start(ROAD)
    nhwc = {"layout": "nhwc", "batch": "any"}

    def add(file, variant, model, **properties):
        manifest.add(model, file, ROAD, variant, **nhwc | properties)

    model = keras_network(w)
    for opset in (7, 9, 13, 18):
        add(f"keras-{opset}.onnx", "Keras, N,H,W,C", from_keras(model, opset), head="softmax")
    for opset in (9, 18):
        made = from_keras(model, opset, inputs_as_nchw=["data"])
        add(f"keras-{opset}-nchw.onnx", "Keras, inputs_as_nchw", made, head="softmax", layout="nchw")
    padded = keras_network(w, explicit_padding=True, softmax=False, batch=1)
    for opset in (10, 15):
        add(f"keras-{opset}-padded.onnx", "Keras, ZeroPadding2D, batch 1", from_keras(padded, opset), batch=1)
    scaled = from_keras(keras_network(w, preprocess=True), 17)
    add(
        "keras-17-rescaling.onnx",
        "Keras with a Rescaling layer for bytes as floats",
        scaled,
        pixels="bytes",
        head="softmax",
    )
    for opset in (9, 18):
        signature = [tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, name="data")]
        made = tf2onnx.convert.from_function(plain_function(w, tf.uint8), signature, opset=opset)[0]
        variant = "tf.function, uint8 input, preprocessing inside"
        add(f"tensorflow-{opset}-uint8.onnx", variant, made, pixels="bytes", type="uint8")

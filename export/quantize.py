"""The quantizations of an export: each a function that makes the flatbuffer.

They take TensorFlow's converter, and for int8 a function that gives an iterator of dicts of the
model's inputs by name, on which the activations' ranges are measured.
"""

import warnings

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

CONVOLUTIONS = ("CONV_2D", "TRANSPOSE_CONV")
# Operations of a depthwise encoder's two first blocks: depthwise, 1x1, 1x1, depthwise, 1x1.
DEPTHWISE_STEM = 5
# Fewest weights of a kernel that dynamic quantization takes. Smaller kernels are those at fine
# sizes: hardly any of the weights, and nearly all of the error.
SMALLEST_DYNAMIC_KERNEL = 10_000
# Most values of a latent grid: 16 at every 32nd pixel of 512 x 512.
SMALL_GRID = 4096


def none(converter, samples):
    """Float32 throughout."""
    return converter.convert()


def float16(converter, samples):
    """Weights of 16 bits, which LiteRT expands when it loads them."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def dynamic(converter, samples):
    """Large kernels of 8 bits; their inputs are quantized as they come, when the model runs.

    Those of depthwise convolutions stay in float: XNNPACK takes them in no other way here, and
    LiteRT's own are slow.
    """
    from ai_edge_quantizer import qtyping, quantizer

    work = quantizer.Quantizer(converter.convert())
    settings = qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=8, symmetric=True, granularity=qtyping.QuantGranularity.CHANNELWISE
        ),
        compute_precision=qtyping.ComputePrecision.INTEGER,
        explicit_dequantize=False,
        min_weight_elements=SMALLEST_DYNAMIC_KERNEL,
    )
    for operation in ("CONV_2D", "FULLY_CONNECTED"):
        work.update_quantization_recipe(".*", qtyping.TFLOperationName[operation], settings)
    return bytes(work.quantize().quantized_model)


def int8(converter, samples):
    """Weights and activations of 8 bits, but for the operations of `_float_outputs`."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    with warnings.catch_warnings():
        # The debugger runs TensorFlow's own interpreter, which is to be replaced by LiteRT's.
        warnings.filterwarnings("ignore", message="(?s).*tf.lite.Interpreter is deprecated")
        debugger = tf.lite.experimental.QuantizationDebugger(converter=converter)
        debugger.options = tf.lite.experimental.QuantizationDebugOptions(
            denylisted_nodes=_float_outputs(debugger.calibrated_model)
        )
    return debugger.get_nondebug_quantized_model()


def _float_outputs(content):
    """Names of the outputs of the operations that stay in float.

    Those are the first convolution with what scales its input, and the colour head: the last
    convolution and what follows. The depthwise blocks right behind the first convolution make
    most of the error in int8, and cost next to nothing in float, so they stay in float with it.
    """
    interpreter = Interpreter(model_content=content)
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    operations = interpreter._get_ops_details()
    kinds = [operation["op_name"] for operation in operations]
    convolutions = [index for index, kind in enumerate(kinds) if kind in CONVOLUTIONS]
    first, last = convolutions[0], convolutions[-1]
    if kinds[first + 1] == "DEPTHWISE_CONV_2D":
        first += DEPTHWISE_STEM
    gated = _gated(operations)
    return [
        tensors[output]["name"]
        for index, operation in enumerate(operations)
        for output in operation["outputs"]
        if not first < index < last
        or output in gated
        or _is_better_in_float(operation, tensors[output]["shape"])
    ]


def _gated(operations):
    """Indices of products, and of the sums that they go into.

    Products are gates, whose zeros must add nothing; and a sum's range in 8 bits would be that of
    what is behind the gate, which costs the other summand its precision.
    """
    products = {o for op in operations if op["op_name"] == "MUL" for o in op["outputs"]}
    sums = (op for op in operations if op["op_name"] == "ADD" and products & set(op["inputs"]))
    return products | {output for op in sums for output in op["outputs"]}


def _is_better_in_float(operation, shape):
    """Whether an operation costs less in float, wherever it stands.

    XNNPACK takes no activation in int8 that is not part of a convolution: left to LiteRT, those
    of a transposed convolution double a whole model's time. Sums and products of vectors, and of
    the latent grid of a VAE, cost nothing, and their ranges can be too uneven for XNNPACK.
    Attention is little work, and its softmax multiplies what 8 bits lose.
    """
    kind = operation["op_name"]
    is_vector = len(shape) <= 2 and kind not in ("FULLY_CONNECTED", "RESHAPE")
    is_small = np.prod(shape) <= SMALL_GRID and kind in ("ADD", "MUL", "EXP", "LOG", "MAXIMUM")
    return is_vector or is_small or kind in ("RELU", "RELU6", "BATCH_MATMUL", "SOFTMAX")


# By the name that `tflite` takes.
MODES = {"none": none, "float16": float16, "dynamic": dynamic, "int8": int8}

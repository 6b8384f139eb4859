"""dlib's face ResNet as an ONNX graph, built from its weights without a download.

Input `chips`: float32 (n, 3, 150, 150), RGB, 0 to 255. Output `embeddings`: float32 (n, 128),
not of unit length, as dlib gives them. The means and the scale of the input are dlib's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backend.vision.engines.resnet_weights import DIMENSION, GROUPS, ResNet

if TYPE_CHECKING:
    import onnx

VERSION = 1
"""Raise it when another graph is built from the same weights: what is cached is built anew."""
SIDE = 150
_MEANS = (122.782, 117.001, 104.298)
_SCALE = 1 / 256
_OPSET = 17
_IR = 8
"""Old enough for every onnxruntime that installs on Python 3.11."""


def build(network: ResNet) -> bytes:
    """The model, serialised."""
    return _Builder(network).model().SerializeToString()


class _Builder:
    def __init__(self, network: ResNet) -> None:
        from onnx import helper, numpy_helper  # only who builds needs it: it takes half a second to load

        self._helper = helper
        self._tensor = numpy_helper.from_array
        self._convolutions = iter(network.convolutions)
        self._projection = network.projection
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> onnx.ModelProto:
        helper = self._helper
        x = self._add("Sub", "chips", self._constant(np.array(_MEANS, np.float32).reshape(1, 3, 1, 1)))
        x = self._add("Mul", x, self._constant(np.array([_SCALE], np.float32)))
        x = self._add("Relu", self._convolve(x, stride=2, padding=0))
        size = (SIDE - 7) // 2 + 1
        x = self._add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
        size = (size - 3) // 2 + 1
        filters = GROUPS[0][0]
        for number, (wanted, blocks) in enumerate(GROUPS):
            for block in range(blocks):
                if number and not block:
                    x, size = self._halving_block(x, size, wanted - filters)
                else:
                    x = self._block(x)
            filters = wanted
        x = self._add("Flatten", self._add("GlobalAveragePool", x))
        self._nodes.append(helper.make_node("MatMul", [x, self._constant(self._projection)], ["embeddings"]))
        graph = helper.make_graph(
            self._nodes, "dlib_face_resnet",
            [helper.make_tensor_value_info("chips", 1, ["n", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("embeddings", 1, ["n", DIMENSION])], self._constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)

    def _block(self, x: str) -> str:
        y = self._add("Relu", self._convolve(x, stride=1, padding=1))
        return self._add("Relu", self._add("Add", self._convolve(y, stride=1, padding=1), x))

    def _halving_block(self, x: str, size: int, more: int) -> tuple[str, int]:
        """Half the size and `more` filters. The shortcut is averaged; where the two ways differ in
        size or filters dlib fills the smaller one up with zeros, at the right and the bottom."""
        y = self._add("Relu", self._convolve(x, stride=2, padding=0))
        y = self._convolve(y, stride=1, padding=1)
        shortcut = self._add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
        ours, averaged = (size - 3) // 2 + 1, (size - 2) // 2 + 1
        largest = max(ours, averaged)
        y = self._fill_up(y, 0, largest - ours)
        shortcut = self._fill_up(shortcut, more, largest - averaged)
        return self._add("Relu", self._add("Add", y, shortcut)), largest

    def _fill_up(self, x: str, filters: int, pixels: int) -> str:
        if not filters and not pixels:
            return x
        ends = np.array([0, 0, 0, 0, 0, filters, pixels, pixels], np.int64)
        return self._add("Pad", x, self._constant(ends))

    def _convolve(self, x: str, *, stride: int, padding: int) -> str:
        layer = next(self._convolutions)
        side = layer.weights.shape[-1]
        return self._add("Conv", x, self._constant(layer.weights), self._constant(layer.bias),
                         kernel_shape=[side, side], strides=[stride] * 2, pads=[padding] * 4)

    def _constant(self, values: np.ndarray) -> str:
        name = f"w{len(self._constants)}"
        self._constants.append(self._tensor(np.ascontiguousarray(values), name))
        return name

    def _add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"x{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))
        return name

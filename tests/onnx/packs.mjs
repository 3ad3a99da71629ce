// Packs of backend tests beside the onnx package's: ../shared/onnx-tests/shared-NAME.tar.xz.
export const packs = ['legacy', 'ort-ops'];

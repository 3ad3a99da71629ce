// A picture from a Blob of any format that the browser knows, in a page or a worker. Node has its own
// decoder: decode_node.js.

const most_side = 4096;  // pixels; larger pictures are shrunk, for canvases end somewhere beyond

// Gives a picture (picture.js), or throws one sentence.
export async function decode(blob, name) {
  const bitmap = await createImageBitmap(blob).catch((cause) => {
    throw new Error(`${name} is no picture that this browser reads, or it is damaged`, { cause });
  });
  const scale = Math.min(1, most_side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((n) => Math.max(1, Math.round(n * scale)));
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/**
 * Gives the memory of a buffer back at once, instead of at the next collection: megabytes a second of buffers would
 * make V8 collect the whole heap again and again. The buffer is empty afterwards. One that shares its memory is left.
 */
export function releaseBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0);
}

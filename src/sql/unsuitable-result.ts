/** A result that the format cannot hold; the message tells the user why and what to do. */
export class UnsuitableResultError extends Error {
  override readonly name = 'UnsuitableResultError';
}

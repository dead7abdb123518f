/** Thrown where the bytes are no XML that a spreadsheet may hold; the message goes behind the name of the part. */
export class BadXml extends Error {
  override readonly name = 'BadXml';
}

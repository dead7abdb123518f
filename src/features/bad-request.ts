/** What a client asked cannot be answered; the message says what and why. */
export class BadFeatureRequest extends Error {
  override readonly name = 'BadFeatureRequest';
}

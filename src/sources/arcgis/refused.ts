/** The server answered, but not with what was asked: worth a retry, or a smaller question. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** Of HTTP, or of the error in the answer. */
  readonly code: number;
  /** Whether the same question may be answered later. */
  readonly mayPass: boolean;
  constructor(code: number, message: string, mayPass: boolean) {
    super(message);
    this.code = code;
    this.mayPass = mayPass;
  }
}

/** The answer is larger than is taken. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

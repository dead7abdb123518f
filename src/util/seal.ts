import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps passwords and tokens unreadable at rest. */
export interface Seal {
  /** Encrypts text so that only the same secret and the same context open it. Two seals of one text differ. */
  seal(text: string, context: string): string;
  /** Throws `SealBroken` where it was made with another secret or context, or changed since. */
  open(sealed: string, context: string): string;
  /** Tells apart secrets without giving them away, so that a machine with another one can say so. */
  readonly fingerprint: string;
}

export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Marks the way of sealing, so that a later one can be told from it. */
const PREFIX = 'sealed1:';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Whether text was made by `Seal.seal`. */
export const isSealed = (text: string): boolean => text.startsWith(PREFIX);

/**
 * Seals with AES-256 in GCM (NIST SP 800-38D: random nonces of 96 bits, tags of 128), under a key derived from `secret`
 * by HKDF-SHA-256. The context is authenticated, not stored: a sealed text copied to another place does not open there.
 */
export function createSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'landfall seal 1', 32));
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return PREFIX + body.toString('base64url');
    },
    open(sealed, context) {
      const body = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
      if (!isSealed(sealed) || body.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken('this is no sealed text');
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(body.subarray(-TAG_BYTES));
      try {
        return decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new SealBroken('sealed with another secret, for another place, or changed since', { cause });
      }
    },
    fingerprint: createHash('sha256').update(key).digest('hex').slice(0, 16),
  };
}

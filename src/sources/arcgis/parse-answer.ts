/** Numbers that JSON does not have and old servers write all the same. */
const oddNumbers = /"(?:[^"\\]|\\.)*"|[-+]?\b(?:NaN|Infinity|INF)\b|-1\.#IND|1\.#(?:INF|QNAN)/g;

/** Whole numbers that a number of JavaScript may not hold. */
const digits = /^-?\d{16,}$/;

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && digits.test(context.source)
    ? context.source
    : value;
}

function parse(text: string, exact: boolean): unknown {
  try {
    return exact ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The object of an answer, null where it holds none. Numbers that are none (NaN, INF) become null. With `exact`, whole
 * numbers of 16 digits and more become texts, because numbers would lose digits of them.
 */
export function parseAnswer(bytes: Buffer, exact: boolean): Readonly<Record<string, unknown>> | null {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const value =
    parse(text, exact) ??
    parse(
      text.replace(oddNumbers, (found) => (found.startsWith('"') ? found : 'null')),
      exact,
    );
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value));
}

/** Beginnings by which spreadsheets take text for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

/** Text that no spreadsheet takes for a formula: one that it could gets an apostrophe before it. */
export const safeText = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

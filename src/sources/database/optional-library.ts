import { ImportError } from '../../errors.ts';

/** Loads a library that an installation may lack. Throws connectorsDisabled, which says how to add it. */
export async function loadOptional(name: string, title: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new ImportError('connectorsDisabled', {
      detail: `${title} needs the library ${name}, which is not installed here.`,
      hint: `Ask the operator to run: npm install ${name}`,
      cause,
    });
  }
}

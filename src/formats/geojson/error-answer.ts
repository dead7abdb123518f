import { readFileSync } from 'node:fs';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';

/** Answers of servers that failed are short. */
const MOST_BYTES = 1 << 16;

const SHOWN_CHARACTERS = 200;

/** What a server says in the JSON object with which it refuses: of ArcGIS, CARTO, CKAN, Socrata and most others. */
function wordsOf(answer: unknown): string | null {
  if (typeof answer === 'string') return answer;
  if (Array.isArray(answer)) return wordsOf(answer[0]);
  if (typeof answer !== 'object' || answer === null) return null;
  if ('error' in answer && answer.error !== null && answer.error !== false) {
    const own = 'message' in answer && typeof answer.message === 'string' ? answer.message : null;
    return answer.error === true ? own : (wordsOf(answer.error) ?? own);
  }
  if ('errors' in answer) return wordsOf(answer.errors);
  return 'message' in answer && typeof answer.message === 'string' ? answer.message : null;
}

/** The better error for a file that was refused as GeoJSON, where it is the JSON answer of a server that failed. */
export function explainAnswer(file: LocalFile, refusal: unknown): unknown {
  if (!(refusal instanceof ImportError) || refusal.kind !== 'badGeoJson' || file.sizeBytes > MOST_BYTES) return refusal;
  let words: string | null = null;
  try {
    words = wordsOf(JSON.parse(readFileSync(file.path, 'utf8').replace(/^\ufeff/, '')));
  } catch {
    return refusal;
  }
  if (words === null || words.trim() === '') return refusal;
  return new ImportError('badGeoJson', {
    detail: `${file.name} is the answer of a server that failed, and no data: ${JSON.stringify(words.slice(0, SHOWN_CHARACTERS))}.`,
    hint: 'Open the address in a browser to see what it wants, and import what it then answers.',
    cause: refusal,
  });
}

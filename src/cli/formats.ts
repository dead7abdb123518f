import { formats as known } from '../formats/index.ts';
import { packings } from '../unpack/packings.ts';
import { type Command, words } from './command.ts';

/** `landfall formats`: what can be imported. */
export const formats: Command = {
  name: 'formats',
  usage: 'formats',
  summary: 'Lists the file formats and archives that can be imported.',
  async run(args, terminal) {
    words(args, []);
    const all = [...known, ...packings];
    const width = Math.max(...all.map((format) => format.id.length));
    for (const format of all) {
      terminal.out(`${format.id.padEnd(width)}  ${format.title} (${format.extensions.join(' ')})`);
    }
    return 0;
  },
};

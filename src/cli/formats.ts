import { formats as known } from '../formats/index.ts';
import { type Command, words } from './command.ts';

/** `landfall formats`: what can be imported. */
export const formats: Command = {
  name: 'formats',
  usage: 'formats',
  summary: 'Lists the file formats that can be imported.',
  async run(args, terminal) {
    words(args, []);
    const width = Math.max(...known.map((format) => format.id.length));
    for (const format of known) {
      terminal.out(`${format.id.padEnd(width)}  ${format.title} (${format.extensions.join(' ')})`);
    }
    return 0;
  },
};

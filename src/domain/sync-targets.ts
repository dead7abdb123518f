/**
 * Which tables the layers of a source go into: those that held layers of these names before. Where the source has one
 * layer and had one, it is the same whatever it is called now, as with files that carry their date in their name.
 */
export function matchLayers(
  layers: readonly string[],
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const [layer] = layers;
  const [table] = known.values();
  if (layer !== undefined && table !== undefined && layers.length === 1 && known.size === 1) {
    return new Map([[layer, table]]);
  }
  return new Map([...known].filter(([name]) => layers.includes(name)));
}

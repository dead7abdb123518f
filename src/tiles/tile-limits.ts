/** How much a tile may hold, and how those are thinned that would hold more. */

/** Features above which a tile is thinned: with ten columns they are 1 MB. */
export const mostFeatures = 5_000;

/** Rows of a table that is never thinned, and of a tile whatever its table is. */
export const mostRows = 10_000;

/** Bytes of geometry above which a tile is thinned, as they are stored. */
export const mostBytes = 2 * 1024 * 1024;

/** Deepest level of overviews: below it a tile covers two kilometres. */
export const deepestOverview = 14;

/** A thinned tile has 64 by 64 cells, each eight pixels of a tile of 512: about as wide as the circle that a point is. */
export const cellBits = 6;

/** Tiles of one overview; deeper ones are cut instead. */
export const mostTiles = 5_000;

/**
 * Runs tasks, at most `most()` at once, and gives what they find in the order of the tasks. No more than as many results
 * wait to be taken. The first failure, in that order, ends it; tasks under way are awaited.
 */
export async function* inOrder<Task, Result>(
  tasks: Iterable<Task>,
  most: () => number,
  run: (task: Task) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  const iterator = tasks[Symbol.iterator]();
  let running = 0;
  let isOver = false;
  const fill = (): void => {
    while (!isOver && running < most() && begun.length < 2 * most()) {
      const next = iterator.next();
      if (next.done === true) {
        isOver = true;
        return;
      }
      const result = run(next.value);
      running++;
      result.then(
        () => {
          running--;
          fill();
        },
        () => {
          // Its turn to be thrown comes later.
          isOver = true;
        },
      );
      begun.push(result);
    }
  };
  try {
    for (fill(); begun.length > 0; fill()) {
      const result = await begun[0];
      begun.shift();
      if (result !== undefined) yield result;
    }
  } finally {
    isOver = true;
    await Promise.allSettled(begun);
  }
}

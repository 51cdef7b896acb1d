/** Asks again until the answer is true; throws when that takes longer than a starved machine would. */
export async function until(what: string, ask: () => boolean, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!ask()) {
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether a stream asks for more before long. Counted in turns of the loop, each of which reads what has come: a stall of the process is no answer. */
export async function drains(stream: { once(event: 'drain', listener: () => void): unknown }): Promise<boolean> {
  let drained = false;
  stream.once('drain', () => {
    drained = true;
  });
  for (let turn = 0; turn < 60 && !drained; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  return drained;
}

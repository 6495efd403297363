// `testbed list | head`: the reader has gone. What is left to say is not said; work that was asked
// for goes on to its end, and its exit code stays true.

/** Lets writes to a pipe that nobody reads any more go nowhere. */
export function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Holds the build to its budgets: kilobytes as they travel (gzip). Prints a table; fails when a
// budget is crossed.
import { files, first, partsOf, sizeOf } from "./parts.ts";

const routeOf = (pattern: RegExp) => files.filter((name) => pattern.test(name));

const budgets: [what: string, files: string[], kilobytes: number][] = [
  // Without the words of the screens that are loaded later, which words.ts sees to.
  // The names of the chunks of views, of whose turn it is and of how a connection stands are in it:
  // some bytes. That what is slow is read to its end while things happen: some bytes, too.
  // And that a sentence in a row of a phone's list has two lines, and that what one may not do names
  // who may. That a row is opened which another one has moved from under the hand: 0.2 kB;
  // that Back closes a dialog: 0.2 kB.
  ["first load", first, 215],
  ["mapper", routeOf(/^Mapper-.*\.js$/), 28],
  // Groups of people who decide are a screen of their own: 3 kB, loaded with People; a launch of
  // several flows is a dialog of the set-up: 1 kB, loaded with it; environments that are named, made
  // and put in order: 1 kB, loaded with theirs. Who has decided what somebody
  // else looks at: 1 kB, loaded with the desk.
  // Views of lists are 6 kB, which the lists and the palette share, and choices of columns come
  // with them. The wall screen, flows by the hour and a loop's cells are 7 kB, loaded when looked at.
  // Who waits behind whom in the order of a key: half a kB, loaded with the run's screen.
  // What was done, in words, with the way to each thing, and a run's settings field by field: 3 kB,
  // loaded with the audit and a run.
  // Pairings that are cloned as a whole, and flows that go on to the next environment with what they
  // call, are screens of their own: 4 kB, loaded with the set-up and the environments.
  ["everything", files, 820.4],
];

let crossed = 0;
for (const [what, list, budget] of budgets) {
  const kilobytes = list.reduce((sum, name) => sum + sizeOf(name), 0);
  if (kilobytes > budget) crossed++;
  const mark = kilobytes > budget ? "  TOO MUCH" : "";
  process.stdout.write(
    `${what.padEnd(12)} ${kilobytes.toFixed(1).padStart(7)} kB of ${budget}${mark}\n`,
  );
}
for (const { what, kilobytes, budget } of partsOf()) {
  const over = kilobytes > budget ? "  over" : "";
  process.stdout.write(`  + ${what}: ${kilobytes.toFixed(1)} kB of ${budget}${over}\n`);
}
for (const name of routeOf(/\.route-|-route/)) {
  process.stdout.write(`  ${name} ${sizeOf(name).toFixed(1)} kB\n`);
}
process.exitCode = crossed > 0 ? 1 : 0;

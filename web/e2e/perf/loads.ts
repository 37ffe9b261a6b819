// The first load, what each part of the screens adds to it, and how soon it can be used.
import { files, partsOf, sizeOf } from "../../tools/parts.ts";
import { settled } from "../world.ts";
import type { Bench } from "./bench.ts";
import { begins, loaded } from "./measure.ts";

const flows = { selector: "[role=grid]", text: "Orders of the shop" };

export async function loads(bench: Bench): Promise<void> {
  const { url } = bench.inside.world;
  for (let i = 0; i < bench.times; i++) {
    const window = await bench.blank();
    const { page } = window;
    const last = i === bench.times - 1;
    if (last) {
      await bench.timed(
        window,
        "list of flows, from nothing to use",
        1000,
        () => begins(page, `${url}/flows`, flows),
        1,
      );
      await settled(page);
      bench.fact("list of flows: scripts, styles", "kB", 220, await loaded(page));
    } else {
      await begins(page, `${url}/flows`, flows);
    }
    await bench.close(window);
  }
  for (const { what, kilobytes, budget } of partsOf()) {
    bench.fact(`+ ${what}: scripts, gz`, "kB", budget, kilobytes);
  }
  for (const [form, is] of [
    ["gz", 811],
    ["br", 690],
  ] as const) {
    const all = files.reduce((sum, name) => sum + sizeOf(name, form), 0);
    bench.fact(`everything: scripts, styles, ${form}`, "kB", is, all);
  }
}

// What the lines of the table have in common: the world, its windows, and how a line is measured.
import type { CDPSession } from "playwright-core";
import { type Inside, openInside } from "../inside.ts";
import { settled, type Visit } from "../world.ts";
import { type Filled, fillStore, makeFlows } from "./data.ts";
import { type Frames, giveClock, paceOf, quantile, threadTime, watched } from "./measure.ts";
import type { Row, Unit } from "./table.ts";

export interface Window extends Visit {
  session: CDPSession;
}

/** How often what is done once is done, and how many frames of what moves are looked at. */
export interface Much {
  times: number;
  frames: number;
}

export class Bench {
  readonly rows: Row[] = [];
  readonly times: number;
  readonly frameCount: number;
  readonly inside: Inside;
  readonly filled: Filled;
  /** The run of 20,000 steps. */
  readonly many: string;

  private constructor(inside: Inside, filled: Filled, many: string, much: Much) {
    this.inside = inside;
    this.filled = filled;
    this.many = many;
    this.times = much.times;
    this.frameCount = much.frames;
  }

  static async open(much: Much): Promise<Bench> {
    let filled: Filled = { ten: "", fifty: "" };
    const inside = await openInside({
      fill: (folder) => {
        filled = fillStore(folder);
      },
    });
    const screen = await inside.open("/");
    const many = await makeFlows(inside.world, screen);
    await inside.close(screen);
    return new Bench(inside, filled, many, much);
  }

  async blank(): Promise<Window> {
    const screen = await this.inside.blank();
    await giveClock(screen);
    return { ...screen, session: await watched(screen.page) };
  }

  async open(path: string): Promise<Window> {
    const window = await this.blank();
    await window.page.goto(this.inside.world.url + path);
    await window.page.getByRole("navigation", { name: "Places" }).waitFor();
    await settled(window.page);
    return window;
  }

  close(window: Window): Promise<void> {
    return this.inside.close(window);
  }

  /** What does not depend on the machine. */
  fact(what: string, unit: Unit, is: number, value: number): void {
    this.rows.push({ what, limit: { unit, is }, value });
  }

  /** Milliseconds of what the program or the worker does: the clock alone tells of them. */
  async waited(
    window: Window,
    what: string,
    is: number,
    once: () => Promise<number>,
  ): Promise<void> {
    await this.timed(window, what, is, once);
    delete this.rows.at(-1)?.cpu;
  }

  /** Milliseconds, the median of several times. */
  timed(
    window: Window,
    what: string,
    is: number,
    once: () => Promise<number>,
    times = this.times,
  ): Promise<void> {
    return this.part(window, what, is, once, times, 0.5);
  }

  /** Milliseconds that only one time in twenty is longer than. */
  nearlyAlways(
    window: Window,
    what: string,
    is: number,
    once: () => Promise<number>,
  ): Promise<void> {
    return this.part(window, `${what}, p95`, is, once, 4 * this.times, 0.95);
  }

  private async part(
    { page, session }: Window,
    what: string,
    is: number,
    once: () => Promise<number>,
    times: number,
    part: number,
  ): Promise<void> {
    const values: number[] = [];
    const cpus: number[] = [];
    const pace = await paceOf(page, session);
    for (let i = 0; i < times; i++) {
      const before = await threadTime(session);
      values.push(await once());
      cpus.push((await threadTime(session)) - before);
    }
    const limit = { unit: "ms" as const, is };
    this.rows.push({ what, limit, value: quantile(values, part), pace, cpu: quantile(cpus, part) });
  }

  /** Frames a second; longest: milliseconds that only one in twenty may be longer than. */
  async frames(
    { page, session }: Window,
    what: string,
    is: number,
    act: () => Promise<Frames>,
    longest?: number,
  ): Promise<void> {
    const pace = await paceOf(page, session);
    const before = await threadTime(session);
    const { fps, count, p95 } = await act();
    const cpu = ((await threadTime(session)) - before) / count;
    this.rows.push({ what, limit: { unit: "fps", is }, value: fps, pace, cpu });
    if (longest === undefined) return;
    const limit = { unit: "ms" as const, is: longest };
    this.rows.push({ what: `${what}, p95 of its frames`, limit, value: p95, pace, cpu });
  }
}

// What a pairing gives the benchmark of settlements: a world with its template and both stand-ins, full of lines.
import type { Desk } from "../../program/desk.ts";
import type { World } from "../../program/world.ts";

export interface Day {
  world: World;
  what: string; // what becomes of the lines, for the result
  begin(desk: Desk): Promise<void>; // once the server is up; nothing where it begins by itself
  over(): Promise<boolean>;
  prove(): void | Promise<void>; // the books are equal, or it throws
  close(): Promise<void>;
}

/* Connecting without a mouse: C, arrows through the steps an edge may lead to, Enter. */
import { isTrigger } from "../model/catalog.ts";
import { connect } from "../model/commands/connect.ts";
import { type Draft, indexOf, stepOf } from "../model/flow.ts";
import { geometryOf } from "../model/layout.ts";
import { freePort, portsOf } from "../model/ports.ts";
import { stream } from "../model/walk.ts";
import type { Editor } from "./store.ts";

/** Steps of the same level that an edge may lead to, the nearest first. */
export function legalTargets(draft: Draft, from: string): string[] {
  const step = stepOf(draft, from);
  const level = step === undefined ? undefined : indexOf(draft).levels.get(step.level);
  if (step === undefined || level === undefined) {
    return [];
  }
  const before = new Set(stream(draft, [from], "up")); /* with itself */
  const geometry = geometryOf(draft);
  const own = geometry.get(from) ?? { x: 0, y: 0 };
  const apart = (id: string): number => {
    const box = geometry.get(id) ?? own;
    return Math.hypot(box.x - own.x, box.y - own.y) + (box.x < own.x ? 2000 : 0);
  };
  return level.steps
    .filter((other) => !before.has(other.id) && !isTrigger(other.type))
    .map((other) => other.id)
    .sort((a, b) => apart(a) - apart(b));
}

export function beginConnecting(editor: Editor): void {
  const { draft, catalog, focus, readOnly } = editor.getState();
  const step = stepOf(draft, focus);
  if (step === undefined || readOnly) {
    editor.say({ id: "canvas.connect.none" }, true);
    return;
  }
  const outgoing = indexOf(draft).outgoing.get(step.id) ?? [];
  const ports = portsOf(step, catalog.byName.get(step.type), outgoing);
  const port = freePort(ports, outgoing);
  const targets = legalTargets(draft, step.id);
  if (port === undefined || targets.length === 0) {
    const id = port === undefined ? "canvas.not.exit" : "canvas.connect.nowhere";
    editor.say({ id, values: { from: step.title } }, true);
    return;
  }
  const names = ports.map((one) => one.name);
  editor.setState({ connecting: { from: step.id, ports: names, port, targets, at: 0 } });
  tell(editor);
}

function tell(editor: Editor): void {
  const { connecting: mode, draft } = editor.getState();
  const to = stepOf(draft, mode?.targets[mode.at]);
  if (mode !== undefined && to !== undefined) {
    editor.board?.reveal(to.id);
    const values = {
      from: stepOf(draft, mode.from)?.title ?? mode.from,
      port: mode.port,
      to: to.title,
      at: mode.at + 1,
      of: mode.targets.length,
    };
    editor.say({ id: "canvas.connect.at", values });
  }
}

/** The next target, or the one before. */
export function turnTarget(editor: Editor, by: number): void {
  const mode = editor.getState().connecting;
  if (mode !== undefined) {
    const at = (mode.at + by + mode.targets.length) % mode.targets.length;
    editor.setState({ connecting: { ...mode, at } });
    tell(editor);
  }
}

/** The next exit by which the edge would leave. */
export function turnPort(editor: Editor, by: number): void {
  const mode = editor.getState().connecting;
  if (mode !== undefined) {
    const at = (mode.ports.indexOf(mode.port) + by + mode.ports.length) % mode.ports.length;
    editor.setState({ connecting: { ...mode, port: mode.ports[at] ?? mode.port } });
    tell(editor);
  }
}

export function endConnecting(editor: Editor, doIt: boolean): void {
  const { connecting: mode, draft, catalog } = editor.getState();
  editor.setState({ connecting: undefined });
  const to = mode?.targets[mode.at];
  if (mode === undefined || !doIt || to === undefined) {
    editor.say({ id: "canvas.connect.left" });
    return;
  }
  editor.run(connect(draft, catalog, mode.from, mode.port, to));
}
